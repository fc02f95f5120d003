import { failureKinds } from '../latency/failure-kinds.js';
import { MEASURED_OPERATIONS, samplesOf, type MeasuredOperation } from '../latency/operations.js';
import { observationsOf, type LatencyObservation, type Observation } from '../observations.js';
import type { Plan } from '../plan.js';

/** Share of the writes asked for that may stand without a time beside a claim about p95: as many as lie above it. */
const MOST_LEFT_OUT = 0.05;

interface Seen {
  readonly observations: readonly Observation[];
  readonly samples: Plan['samples'];
}

interface Wanted {
  readonly kind: MeasuredOperation;
  readonly measured: number;
  readonly claim: 'p95' | 'none';
}

/** What was planned to be measured and was not, in words; an operation with no samples planned misses nothing. */
export function missingLatency({ observations, samples }: Seen): string[] {
  const all = observationsOf(observations, 'latency');
  return MEASURED_OPERATIONS.flatMap((kind) => {
    const measured = samplesOf(samples, kind);
    if (measured === 0) return [];
    const wanted: Wanted = { kind, measured, claim: kind.claims ? samples.claim : 'none' };
    return (['baseline', 'after'] as const).flatMap((side) => {
      const name = `${side === 'baseline' ? 'off' : 'on'}${kind.flow === 1 ? '' : ` (${kind.title})`}`;
      const one = all.find((candidate) => candidate.side === side && candidate.operation === kind.operation);
      if (one === undefined) return [`Latency was not measured with the flag ${name}.`];
      if (one.p95Ms === null)
        return [`Latency was not measured with the flag ${name}.`, ...failed(one, wanted, name)];
      return [...tooFew(one, wanted, name), ...leftOut(one, wanted, name), ...failed(one, wanted, name)];
    });
  });
}

/** Rows that the writes after the creates left; needed as soon as there were any. */
export function missingLaterCopies({ observations, samples }: Seen): string[] {
  const later = MEASURED_OPERATIONS.some((kind) => kind.flow !== 1 && samplesOf(samples, kind) > 0);
  if (!later) return [];
  const copy = observationsOf(observations, 'copy').find((one) => one.id === LATER_COPIES);
  if (copy === undefined || copy.status === 'unknown' || copy.status === 'none')
    return [
      `The later writes of the performance test were not compared: ${copy?.reason ?? 'no measurement'}.`,
    ];
  return copy.attempted < samples.measured
    ? [
        `Only ${String(copy.attempted)} of ${String(samples.measured)} teams were compared after the later writes of the performance test.`,
      ]
    : [];
}

/** Observation of the teams of the performance test, compared after all their writes. */
export const LATER_COPIES = 'after-performance-writes-rows';

/** For a claim about p95 its interval is needed, without one everything that was planned. */
function tooFew(one: LatencyObservation, { kind, measured, claim }: Wanted, name: string): string[] {
  const needed = one.samplesNeeded ?? measured;
  if (claim === 'p95')
    return one.samples < needed || one.p95IntervalMs == null
      ? [
          `Only ${String(one.samples)} latency samples with the flag ${name}: an interval for p95 needs ${String(needed)} (samples.${kind.samples}; samples.claim: none does without).`,
        ]
      : [];
  return one.samples < measured
    ? [`Only ${String(one.samples)} of ${String(measured)} latency samples with the flag ${name}.`]
    : [];
}

/** Our own worker's death takes the times of what was under way, which may be the slow ones: a few are no matter for p95. */
function leftOut(one: LatencyObservation, { measured, claim }: Wanted, name: string): string[] {
  const left = one.leftOut ?? 0;
  if (claim === 'none' || left <= MOST_LEFT_OUT * measured) return [];
  return [
    `${String(left)} of ${String(measured)} writes have no time with the flag ${name}, because the worker died meanwhile: more than ${String(MOST_LEFT_OUT * 100)} % may hide the slow ones.`,
  ];
}

function failed(one: LatencyObservation, { kind }: Wanted, name: string): string[] {
  if (one.failures === 0) return [];
  const what = kind.flow === 1 ? 'creates' : 'writes';
  const kinds = failureKinds(one);
  return [
    `${String(one.failures)} ${what} of the performance test failed with the flag ${name}${kinds === '' ? '' : ` (${kinds})`}.`,
  ];
}
