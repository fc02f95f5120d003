import { observationsOf, type LatencyObservation, type Observation } from '../observations.js';
import type { Plan } from '../plan.js';
import { slownessOf, type P95, type SlownessLimits } from './slowness.js';

/** What has to be measured after a rollback, and the baseline that it is compared with. Carried by the undo of the flags. */
export interface SecondBaseline {
  readonly measured: number;
  readonly warmUp: number;
  readonly claim: 'p95' | 'none';
  readonly ratePerSecond: number;
  readonly before: P95 & { readonly failures: number };
  readonly limits: SlownessLimits;
}

/** What a second baseline shows: the target is itself again (`done`), it is not (`failed`), or that is not known. */
export interface SecondBaselineJudgement {
  readonly status: 'done' | 'failed' | 'unknown';
  readonly detail: string;
}

/** `null`: the run has no first one, or its environment wants no second. */
export function secondBaselineOf(
  observations: readonly Observation[],
  plan: Pick<Plan, 'samples' | 'thresholds'>,
): SecondBaseline | null {
  const { measured, warmUp, claim, ratePerSecond, secondBaseline } = plan.samples;
  const first = observationsOf(observations, 'latency').find(
    (one) => one.side === 'baseline' && one.operation === 'team_create',
  );
  if (secondBaseline !== true || first?.p95Ms == null) return null;
  const { p95Ms, p95IntervalMs, failures } = first;
  const { p95Ratio, minimumDeltaMs } = plan.thresholds;
  return {
    ...{ measured, warmUp, claim, ratePerSecond },
    before: { p95Ms, p95IntervalMs: p95IntervalMs ?? null, failures },
    limits: { p95Ratio, minimumDeltaMs },
  };
}

/** How long the measurement may take, in milliseconds: as planned, and as much again, and a minute. */
export function secondBaselinePatience({ measured, warmUp, ratePerSecond }: SecondBaseline): number {
  return 60_000 + Math.ceil((2000 * (measured + warmUp)) / ratePerSecond);
}

/** Compares by the same measure as the performance test (seed §7): only what is proven is called slower. Pure. */
export function judgeSecondBaseline(
  { before, limits, measured }: SecondBaseline,
  after: LatencyObservation,
): SecondBaselineJudgement {
  const { p95Ms, samples, failures } = after;
  const made = `${String(samples)} of ${String(measured)} creates`;
  if (failures > before.failures)
    return {
      status: 'failed',
      detail: `the target is not itself again: ${String(failures)} of ${String(samples + failures)} creates failed with the flag off, ${String(before.failures)} before it was ever on`,
    };
  if (p95Ms === null || samples < measured - before.failures)
    return { status: 'unknown', detail: `only ${made} gave a time` };
  const slowness = slownessOf(before, { p95Ms, p95IntervalMs: after.p95IntervalMs ?? null }, limits);
  const figures = `p95 ${rounded(p95Ms)} ms, ${rounded(before.p95Ms)} ms before the flag was ever on (${made})`;
  if (slowness?.proven === true)
    return {
      status: 'failed',
      detail: `the target is not itself again: ${figures}, ${rounded(slowness.ratio)} times`,
    };
  if (slowness?.seems === true && p95Ms - before.p95Ms >= limits.minimumDeltaMs)
    return {
      status: 'unknown',
      detail: `the target seems slower than before, which so few creates do not prove: ${figures}`,
    };
  return { status: 'done', detail: `the target is itself again: ${figures}` };
}

const rounded = (value: number): string => String(Math.round(value * 10) / 10);
