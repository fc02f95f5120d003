import { measuredOperation, type MeasuredOperationName } from '../../procedure/latency/operations.js';
import { quantileInterval, samplesForBound } from '../../procedure/latency/quantile-interval.js';
import { failureKinds } from '../../procedure/latency/failure-kinds.js';
import type { LatencyObservation, Side } from '../../procedure/observations.js';

const P95 = 0.95;
/** Two-sided, of the interval of p95. */
const CONFIDENCE = 0.95;

/**
 * Why a write has no time: refused, not answered within the time limit, its connection broke, refused for now (429), or
 * made by a try whose own end lost the answer, which says nothing about the target.
 */
export type SampleOutcome = 'failed' | 'unanswered' | 'connection-lost' | 'throttled' | 'left-out';

/** One write of the measurement. `ms` is `null` where there is no time. */
export interface LatencySample {
  readonly label: string;
  readonly warmUp: boolean;
  readonly status: number | null;
  readonly ms: number | null;
  /** What the line says instead of a time. */
  readonly note: string | null;
  /** Absent for a success, and where the status says it. */
  readonly outcome?: SampleOutcome;
  /** Game id that a create asked for; absent for other writes. */
  readonly gameId?: number;
  /** Answered as done, but its new rows are not what it asked for. */
  readonly withoutEffect?: true;
}

export interface LatencyFigures {
  readonly samples: number;
  readonly failures: number;
  readonly serverErrors: number;
  readonly unanswered: number;
  readonly connectionsLost: number;
  readonly leftOut: number;
  readonly averageMs: number | null;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
  readonly maxMs: number | null;
  readonly p95IntervalMs: readonly [number, number] | null;
  readonly samplesNeeded: number;
}

/** The value at or below which `share` (0…1] of the sorted values lie: nearest rank, always a value that was measured. */
export function nearestRank(values: readonly number[], share: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1] ?? null;
}

/** The times that count, in milliseconds: successes, warm-up dropped. */
export function timesOf(samples: readonly LatencySample[]): number[] {
  return samples.flatMap(({ warmUp, ms, status }) =>
    warmUp || ms === null || !isSuccess(status) ? [] : [ms],
  );
}

/** How a write went; `ok` = it has a time. */
export function outcomeOfSample({ outcome, status, ms, withoutEffect }: LatencySample): SampleOutcome | 'ok' {
  if (withoutEffect === true) return 'failed';
  if (outcome !== undefined) return outcome;
  if (status === null) return 'left-out';
  if (status === 429) return 'throttled';
  return ms === null || !isSuccess(status) ? 'failed' : 'ok';
}

const FAILURES: readonly string[] = ['failed', 'unanswered', 'connection-lost'];

/**
 * Point estimates over the successes, and the interval of p95; warm-up dropped. A failure counts also while warming up:
 * what is slow then is no measure, what fails then is. A throttled write is neither a sample nor a failure, one without effect
 * is a failure.
 */
export function figuresOf(samples: readonly LatencySample[]): LatencyFigures {
  const outcomes = samples.map((sample) => ({ ...sample, how: outcomeOfSample(sample) }));
  const count = (fits: (one: (typeof outcomes)[number]) => boolean): number => outcomes.filter(fits).length;
  const times = timesOf(samples);
  const interval = quantileInterval(times, P95, CONFIDENCE);
  return {
    samples: times.length,
    failures: count(({ how }) => FAILURES.includes(how)),
    serverErrors: count(({ how, status }) => how === 'failed' && (status ?? 0) >= 500),
    unanswered: count(({ how }) => how === 'unanswered'),
    connectionsLost: count(({ how }) => how === 'connection-lost'),
    leftOut: count(({ how, warmUp }) => how === 'left-out' && !warmUp),
    averageMs: times.length === 0 ? null : tenth(times.reduce((sum, ms) => sum + ms, 0) / times.length),
    p50Ms: tenthOrNull(nearestRank(times, 0.5)),
    p95Ms: tenthOrNull(nearestRank(times, P95)),
    p99Ms: tenthOrNull(nearestRank(times, 0.99)),
    maxMs: tenthOrNull(nearestRank(times, 1)),
    p95IntervalMs: interval === null ? null : [tenth(interval[0]), tenth(interval[1])],
    samplesNeeded: samplesForBound(P95, CONFIDENCE),
  };
}

/** The file of seed §6.3: `Request i: Nms` lines, then average and percentiles, told as what they are. */
export function latencyText(about: {
  readonly side: Side;
  readonly operation: MeasuredOperationName;
  readonly samples: readonly LatencySample[];
  readonly ended: string | null;
  readonly startedAt: string;
}): string {
  const { side, operation, samples, ended, startedAt } = about;
  const figures = figuresOf(samples);
  const estimate = `point estimate, nearest rank, ${String(figures.samples)} samples`;
  const warmUps = samples.filter((sample) => sample.warmUp);
  const measured = samples.filter((sample) => !sample.warmUp);
  return [
    `POST ${measuredOperation(operation).endpoint}, side ${side}, started ${startedAt}; each time counts from when the request was due`,
    ...warmUps.map((sample, at) => `Warm-up ${String(at + 1)}: ${valueOf(sample)} (not counted)`),
    ...measured.map((sample, at) => `Request ${String(at + 1)}: ${valueOf(sample)}`),
    '',
    `Average: ${msOf(figures.averageMs)}`,
    `p50: ${msOf(figures.p50Ms)} (${estimate})`,
    `p95: ${msOf(figures.p95Ms)} (${estimate}; ${intervalText(figures)})`,
    `p99: ${msOf(figures.p99Ms)}, longest: ${msOf(figures.maxMs)} (point estimates)`,
    `Successes: ${String(figures.samples)}, failures: ${failuresText(figures)}; left out without a time: ${String(figures.leftOut)}`,
    `Response codes: ${codesOf(samples)}`,
    ...(ended === null ? [] : [`Ended early: ${ended}`]),
    '',
  ].join('\n');
}

export function observationOf(about: {
  readonly id: string;
  readonly side: Side;
  readonly operation: MeasuredOperationName;
  readonly samples: readonly LatencySample[];
  /** Fields of what was asked for that have no column. */
  readonly notCompared: readonly string[];
}): LatencyObservation {
  return {
    kind: 'latency',
    id: about.id,
    at: new Date().toISOString(),
    source: 'api',
    side: about.side,
    operation: about.operation,
    ...figuresOf(about.samples),
    withoutEffect: about.samples.filter((sample) => sample.withoutEffect === true).length,
    ...(about.notCompared.length === 0 ? {} : { notCompared: about.notCompared }),
  };
}

function valueOf(sample: LatencySample): string {
  if (sample.ms !== null && isSuccess(sample.status)) return `${String(Math.round(sample.ms))}ms`;
  return sample.note ?? 'no time';
}

function codesOf(samples: readonly LatencySample[]): string {
  const counts = new Map<string, number>();
  for (const { status, outcome } of samples) {
    const code =
      status !== null
        ? String(status)
        : outcome === 'unanswered' || outcome === 'connection-lost'
          ? 'no answer'
          : 'no answer kept';
    counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  return [...counts].map(([code, count]) => `${code} × ${String(count)}`).join(', ') || 'none';
}

function isSuccess(status: number | null): boolean {
  return status === 200 || status === 201;
}

/** `3 (HTTP 5xx: 1, no answer within the time limit: 1, connection lost: 1)`; the kinds only where there are any. */
function failuresText({ failures, serverErrors, unanswered, connectionsLost }: LatencyFigures): string {
  const kinds = failureKinds({ serverErrors, unanswered, connectionsLost });
  return kinds === '' ? String(failures) : `${String(failures)} (${kinds})`;
}

function intervalText({ p95IntervalMs, samplesNeeded }: LatencyFigures): string {
  return p95IntervalMs === null
    ? `too few for an interval, ${String(samplesNeeded)} would do`
    : `95 % confidence: ${String(p95IntervalMs[0])}ms to ${String(p95IntervalMs[1])}ms`;
}

function msOf(value: number | null): string {
  return value === null ? 'none' : `${String(value)}ms`;
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}

function tenthOrNull(value: number | null): number | null {
  return value === null ? null : tenth(value);
}
