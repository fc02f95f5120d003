import { ratioBounds } from './quantile-interval.js';

/** What a measurement of p95 gave: times in milliseconds, the interval a two-sided 95 % one or none. */
export interface P95 {
  readonly p95Ms: number;
  readonly p95IntervalMs?: readonly [number, number] | null;
}

export interface SlownessLimits {
  /** seed §7: so many times the baseline is too slow. */
  readonly p95Ratio: number;
  /** A smaller difference is not worth a word, whatever the ratio. */
  readonly minimumDeltaMs: number;
}

export interface Slowness {
  readonly ratio: number;
  /** Lower and upper 95 % bound of the ratio; `null` = too few samples. */
  readonly bounds: readonly [number, number] | null;
  /** The point estimates are over the limit. */
  readonly seems: boolean;
  /** seed §7 ">2x baseline", proven: the lower bound of the ratio is over it, and the difference is worth a word. */
  readonly proven: boolean;
}

/** How much slower a second measurement is. `null` when the first one gives nothing to divide by. Pure. */
export function slownessOf(before: P95, after: P95, limits: SlownessLimits): Slowness | null {
  if (before.p95Ms <= 0) return null;
  const bounds = ratioBounds(after.p95IntervalMs, before.p95IntervalMs);
  const ratio = after.p95Ms / before.p95Ms;
  return {
    ratio,
    bounds,
    seems: ratio > limits.p95Ratio,
    proven:
      bounds !== null && bounds[0] > limits.p95Ratio && after.p95Ms - before.p95Ms >= limits.minimumDeltaMs,
  };
}
