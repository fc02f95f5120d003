/** Which of the sorted values bound a quantile, counted from 1; `null` = there are too few values for that bound. */
export interface OrderBounds {
  readonly low: number | null;
  readonly high: number | null;
}

/**
 * Confidence interval of a quantile from order statistics, whatever the distribution: the number of values below the
 * true quantile is binomial(n, share), so the k-th value is above it with a probability that is known exactly. Two-sided:
 * each bound is wrong with at most half of `1 - confidence`. Pure.
 *
 * @param n Number of values. @param share Quantile, 0…1, e.g. 0.95. @param confidence e.g. 0.95.
 */
export function orderBounds(n: number, share: number, confidence: number): OrderBounds {
  const tail = (1 - confidence) / 2;
  let low: number | null = null;
  let high: number | null = null;
  // Logarithms: the factors alone would leave the range of a number from n ≈ 1000 on.
  let logChoose = 0;
  let below = 0; // P(at most k values are below the quantile)
  for (let k = 0; k < n; k += 1) {
    if (k > 0) logChoose += Math.log(n - k + 1) - Math.log(k);
    below += Math.exp(logChoose + k * Math.log(share) + (n - k) * Math.log1p(-share));
    // Value k + 1 is above the quantile when at most k values are below it.
    if (below <= tail) low = k + 1;
    if (high === null && below >= 1 - tail) high = k + 1;
  }
  return { low, high };
}

/** So few values have an upper bound for the quantile: 72 for p95 at 95 % two-sided. Pure. */
export function samplesForBound(share: number, confidence: number): number {
  return Math.ceil(Math.log((1 - confidence) / 2) / Math.log(share));
}

/** The interval in the values' own unit, `null` when the values are too few. Pure. */
export function quantileInterval(
  values: readonly number[],
  share: number,
  confidence: number,
): readonly [number, number] | null {
  const sorted = [...values].sort((left, right) => left - right);
  const { low, high } = orderBounds(sorted.length, share, confidence);
  const from = low === null ? undefined : sorted[low - 1];
  const to = high === null ? undefined : sorted[high - 1];
  return from === undefined || to === undefined ? null : [from, to];
}

/**
 * Bounds of after / before, each right with 95 %: by Bonferroni, the two bounds of one quotient are wrong with 2.5 %
 * each at most. `null` when a side has no interval or nothing to divide by. Pure.
 */
export function ratioBounds(
  after: readonly [number, number] | null | undefined,
  before: readonly [number, number] | null | undefined,
): readonly [number, number] | null {
  if (after == null || before == null || before[0] <= 0) return null;
  return [after[0] / before[1], after[1] / before[0]];
}
