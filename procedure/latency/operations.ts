import type { FlowNumber } from '../flows.js';
import type { SampleSettings, Thresholds } from '../plan.js';

/** A kind of write whose latency is measured on both sides. */
export interface MeasuredOperation {
  readonly operation: 'team_create' | 'member_add' | 'settings_update' | 'role_update' | 'member_remove';
  readonly flow: FlowNumber;
  readonly title: string;
  /** Row of seed §6.2, or the path of seed §9. */
  readonly endpoint: string;
  /** Where the number of samples stands among the plan's. */
  readonly samples: 'measured' | 'memberAdd' | 'settings' | 'roleUpdate' | 'memberRemove';
  /** False: so few that nothing is claimed about p95. */
  readonly claims: boolean;
  /** The columns of seed §6.2, in milliseconds; `null` = the seed has no such row, or the plan is from before there was one. */
  readonly limits: (thresholds: Thresholds) => { readonly acceptable: number; readonly alert: number } | null;
}

const limits = (
  acceptable: number | undefined,
  alert: number | undefined,
): ReturnType<MeasuredOperation['limits']> =>
  acceptable === undefined || alert === undefined ? null : { acceptable, alert };

/** In the order in which they are measured: each works on the teams that the creates made. */
export const MEASURED_OPERATIONS: readonly MeasuredOperation[] = [
  {
    operation: 'team_create',
    flow: 1,
    title: 'Team create',
    endpoint: '/api/vnext/teams/create/',
    samples: 'measured',
    claims: true,
    limits: (known) => limits(known.createAcceptableP95Ms, known.createAlertP95Ms),
  },
  {
    operation: 'member_add',
    flow: 2,
    title: 'Member add',
    endpoint: '/api/vnext/teams/{slug}/members/add/',
    samples: 'memberAdd',
    claims: true,
    limits: (known) => limits(known.memberAddAcceptableP95Ms, known.memberAddAlertP95Ms),
  },
  {
    operation: 'settings_update',
    flow: 4,
    title: 'Settings update',
    endpoint: '/api/vnext/teams/{slug}/settings/',
    samples: 'settings',
    claims: true,
    limits: (known) => limits(known.settingsAcceptableP95Ms, known.settingsAlertP95Ms),
  },
  {
    operation: 'role_update',
    flow: 3,
    title: 'Role update',
    endpoint: '/api/vnext/teams/{slug}/members/{id}/role/',
    samples: 'roleUpdate',
    claims: false,
    limits: () => null,
  },
  {
    operation: 'member_remove',
    flow: 5,
    title: 'Member removal',
    endpoint: '/api/vnext/teams/{slug}/members/{id}/remove/',
    samples: 'memberRemove',
    claims: false,
    limits: () => null,
  },
];

export type MeasuredOperationName = MeasuredOperation['operation'];

export function measuredOperation(name: MeasuredOperationName): MeasuredOperation {
  const found = MEASURED_OPERATIONS.find((one) => one.operation === name);
  if (found === undefined) throw new RangeError(`there is no measured operation ${name}`);
  return found;
}

/** How many of it a plan asks for, a side. A team is changed once, so there are never more than creates. */
export function samplesOf(samples: SampleSettings, { samples: key }: MeasuredOperation): number {
  return Math.min(samples[key] ?? 0, samples.measured);
}

/** Id of its observation: stable, so that a measurement made again takes the place of the old one. */
export function latencyId(side: 'baseline' | 'after', operation: MeasuredOperationName): string {
  return operation === 'team_create' ? `${side}-latency` : `${side}-latency-${operation}`;
}

/** `3 + 100 team creates, 100 member adds, 4 a second`: the first number warms up. */
export function writesText(samples: SampleSettings): string {
  const [creates, ...others] = MEASURED_OPERATIONS.map(
    (kind) => `${String(samplesOf(samples, kind))} ${kind.title.toLowerCase()}s`,
  );
  const later = others.filter((text) => !text.startsWith('0 '));
  return [
    `${String(samples.warmUp)} + ${creates ?? ''}`,
    ...later,
    `${String(samples.ratePerSecond)} a second`,
  ].join(', ');
}

/** Requests of one side that go out in the measured users' names: warm-up, and every sample. */
export function requestsASide(samples: SampleSettings): number {
  return MEASURED_OPERATIONS.reduce((sum, kind) => sum + samplesOf(samples, kind), samples.warmUp);
}
