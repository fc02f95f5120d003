import { activityInfo, heartbeat } from '@temporalio/activity';
import { latencyFile, latencyHistogramFile } from '../../procedure/evidence-names.js';
import { measuredOperation, type MeasuredOperation } from '../../procedure/latency/operations.js';
import { performanceTeamName } from '../../procedure/flows.js';
import type { LatencyObservation } from '../../procedure/observations.js';
import type { MeasureWriteInput } from '../contract.js';
import type { Session } from '../database/database.js';
import { findMemberships, findTeamsByPrefix, type MembershipRow, type TeamRow } from '../database/lookups.js';
import { findTables } from '../database/tables.js';
import { writeEvidenceFile } from '../support/files.js';
import { askedOf, withEffects } from './effects.js';
import { buildFlowRequest, newSettings, parseFlowAnswer, SECOND_ROLE, type FlowRequest } from './flows.js';
import { histogramText } from './latency-histogram.js';
import { prefixOf, progressOf, userOf, type LatencyProgress } from './latency-plan.js';
import { latencyText, observationOf, type LatencySample } from './latency-report.js';
import { IN_FLIGHT, sendOnSchedule } from './open-model.js';
import { SHORT_WAIT_MS, WAITS } from './patience.js';
import { usersOf } from './session.js';
import type { FlowServices } from './run-flow.js';
import { describeEnd, InFlight, MADE_AGAIN, outcomeOf, type WriteAnswer } from './timed-write.js';

const BEAT_MS = 1000;

/** One write that is to be timed, on a team of the creates. */
interface Due {
  readonly label: string;
  readonly request: FlowRequest;
  /** The team's owner. */
  readonly user: number;
  /** It was sent by an earlier try already, so it is made for its row's sake and not timed. */
  readonly untimed: boolean;
}

/**
 * seed §6.2: times one of flows 2 to 5 on the newest teams of this side's creates, one write a team, at a fixed rate.
 * Repeated, it goes on where it was: a write whose row stands already is not made again, its time comes from the last
 * heartbeat or is left out. A write that gets no answer in time is a failure and stays one. A 429 ends it unless its wait
 * is short. Throws TargetUnreachable when the target is away.
 */
export async function measureWrite(
  services: FlowServices,
  input: MeasureWriteInput,
): Promise<LatencyObservation> {
  const startedAt = new Date().toISOString();
  const kind = measuredOperation(input.operation);
  const { attempt } = activityInfo();
  const details: unknown = activityInfo().heartbeatDetails;
  const earlier = attempt > 1 ? progressOf(details) : null;
  const samples: LatencySample[] = [...(earlier?.done ?? [])];
  const flying = new InFlight(services, () => {
    beat();
  });
  const beat = (): void => {
    const known = new Set(samples.map(({ label }) => label));
    const before = (earlier?.sent ?? []).filter((label) => !known.has(label));
    const sent = [...new Set([...before, ...flying.labels])];
    heartbeat({ series: 1, done: samples, sent } satisfies LatencyProgress);
  };
  const timer = setInterval(beat, BEAT_MS);
  try {
    const sent = new Set(earlier?.sent ?? []);
    const { due, left, missing } = await workOf(services, { input, kind, known: samples, sent });
    samples.push(...left);
    const { ratePerSecond } = input;
    const throttled = await send(services, { due, kind, ratePerSecond, flying }, (sample) => {
      samples.push(sample);
      beat();
    });
    samples.sort((one, other) => one.label.localeCompare(other.label));
    const ended = throttled === null ? missing : describeEnd(throttled);
    const { settings } = services.environment;
    const seen = await withEffects(services, samples, ({ label }) => ({
      teamName: performanceTeamName(input.tag, label),
      teamId: null,
      asked: askedOf(kind.flow, settings, {
        ...{ teamName: performanceTeamName(input.tag, label), gameId: null, membershipId: null },
        user: userOf(label, usersOf(settings).length),
      }),
    }));
    const about = { side: input.side, operation: input.operation, startedAt, ...seen };
    await writeEvidenceFile(
      input.evidence,
      latencyFile(input.side, input.operation),
      latencyText({ ...about, ended }),
    );
    const histogramFile = latencyHistogramFile(input.side, input.operation);
    await writeEvidenceFile(input.evidence, histogramFile, histogramText(about));
    return {
      ...observationOf({ id: input.observationId, ...about }),
      samplesWanted: input.measured,
      claim: kind.claims ? input.claim : 'none',
      histogramFile,
    };
  } finally {
    clearInterval(timer);
  }
}

interface Work {
  readonly due: readonly Due[];
  /** Whose rows stand already, without a time. */
  readonly left: readonly LatencySample[];
  /** Why there are fewer than asked for; `null` = there are not. */
  readonly missing: string | null;
}

async function workOf(
  services: FlowServices,
  about: {
    readonly input: MeasureWriteInput;
    readonly kind: MeasuredOperation;
    readonly known: readonly LatencySample[];
    /** Labels of what an earlier try had sent when it died. */
    readonly sent: ReadonlySet<string>;
  },
): Promise<Work> {
  const { input, kind, known, sent } = about;
  const { settings } = services.environment;
  const users = usersOf(settings).length;
  const done = new Set(known.map(({ label }) => label));
  const { teams, members } = await inDatabase(services, async (session) => {
    const found = await findTables(session, settings.database.tables);
    const all = await findTeamsByPrefix(session, found, prefixOf(input));
    const newest = all.sort((one, other) => other.id - one.id).slice(0, input.measured);
    const username = settings.testData.member;
    const rows = await findMemberships(session, found, { teamIds: newest.map(({ id }) => id), username });
    return { teams: newest, members: new Map(rows.map((row) => [row.teamId, row])) };
  });
  const due: Due[] = [];
  const left: LatencySample[] = [];
  const unmet: string[] = [];
  for (const team of teams.sort((one, other) => one.id - other.id)) {
    const label = team.name.slice(prefixOf(input).length - 1);
    if (done.has(label)) continue;
    const member = members.get(team.id) ?? null;
    if (stands(kind, { team, member, services })) {
      const note = 'left out: an earlier try wrote it, its answer was lost';
      left.push({ label, warmUp: false, status: null, ms: null, note, outcome: 'left-out' });
      continue;
    }
    const context = { teamId: team.id, teamSlug: team.slug ?? '', membershipId: member?.id ?? null };
    const question = { testData: settings.testData, teamName: team.name, gameId: 0, context };
    const built = buildFlowRequest(kind.flow, question);
    if (built.ok)
      due.push({ label, request: built.request, user: userOf(label, users), untimed: sent.has(label) });
    else unmet.push(built.reason);
  }
  const short = input.measured - due.length - left.length - known.length;
  return {
    due,
    left,
    missing:
      short <= 0
        ? null
        : `${String(short)} had no team to work on (${unmet[0] ?? `${String(teams.length)} teams were created`})`,
  };
}

/** Whether the row is as the write would leave it. */
function stands(
  { operation }: MeasuredOperation,
  about: {
    readonly team: TeamRow;
    readonly member: MembershipRow | null;
    readonly services: FlowServices;
  },
): boolean {
  const { team, member } = about;
  switch (operation) {
    case 'team_create':
      return true;
    case 'member_add':
      return member !== null;
    case 'role_update':
      return member?.role === SECOND_ROLE;
    case 'member_remove':
      return member !== null && member.status !== 'ACTIVE';
    case 'settings_update': {
      const { testData } = about.services.environment.settings;
      const wanted = newSettings({ testData, teamName: team.name, gameId: 0, context: null });
      return team.description === wanted.description;
    }
  }
}

function send(
  { signal }: FlowServices,
  how: {
    readonly due: readonly Due[];
    readonly kind: MeasuredOperation;
    readonly ratePerSecond: number;
    readonly flying: InFlight;
  },
  keep: (sample: LatencySample) => void,
): Promise<WriteAnswer | null> {
  return sendOnSchedule<Due, WriteAnswer>({
    items: how.due,
    intervalMs: 1000 / how.ratePerSecond,
    inFlight: IN_FLIGHT,
    patience: { waitMs: SHORT_WAIT_MS, times: WAITS },
    signal,
    send: ({ label, request, user }) => how.flying.send(label, { ...request, user }),
    done: (due, answer, ms) => {
      keep(sampleOf(due, { answer, ms, flow: how.kind.flow }));
    },
  });
}

function sampleOf(
  { label, untimed }: Due,
  about: { readonly answer: WriteAnswer; readonly ms: number; readonly flow: MeasuredOperation['flow'] },
): LatencySample {
  const { answer, ms, flow } = about;
  const { status } = answer;
  const failed = { label, warmUp: false, status, ms: null, outcome: outcomeOf(answer) };
  if (answer.kind !== 'answer') return { ...failed, note: describeEnd(answer) };
  const parsed = parseFlowAnswer(flow, answer);
  // Also a 200 that says `success: false`.
  if (!parsed.ok) return { ...failed, note: `failed: ${parsed.reason}` };
  return untimed
    ? { label, warmUp: false, status, ms: null, note: MADE_AGAIN, outcome: 'left-out' }
    : { label, warmUp: false, status, ms, note: null };
}

function inDatabase<T>(services: FlowServices, fn: (session: Session) => Promise<T>): Promise<T> {
  return services.databases.withDatabase(services.environment, services.signal, fn);
}
