import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  orderBounds,
  quantileInterval,
  ratioBounds,
  samplesForBound,
} from '../../../../procedure/latency/quantile-interval.js';
import { randomOf } from '../../../support/chaos.js';

describe('bounds of a quantile', () => {
  test.each([
    // Exact binomial: 1 - 0.95^71 = 97.38 %, 1 - 0.95^72 = 97.51 %.
    { n: 20, low: 17, high: null },
    { n: 71, low: 63, high: null },
    { n: 72, low: 64, high: 72 },
    { n: 100, low: 90, high: 100 },
    { n: 1000, low: 936, high: 964 },
  ])('p95 of $n values at 95 %: $low … $high', ({ n, low, high }) => {
    expect(orderBounds(n, 0.95, 0.95)).toEqual({ low, high });
  });

  test('72 values are the fewest that bound p95', () => {
    expect(samplesForBound(0.95, 0.95)).toBe(72);
    expect(samplesForBound(0.99, 0.95)).toBe(368);
  });

  test('the bound exists from the fewest values on, and not before', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.5, max: 0.99, noNaN: true }),
        fc.double({ min: 0.8, max: 0.99, noNaN: true }),
        (share, confidence) => {
          const needed = samplesForBound(share, confidence);
          expect(orderBounds(needed + 1, share, confidence).high).not.toBeNull();
          expect(orderBounds(needed - 1, share, confidence).high).toBeNull();
        },
      ),
    );
  });

  test('the interval is made of measured values and holds the point estimate', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 10_000 }), { minLength: 72, maxLength: 300 }),
        (values) => {
          const interval = quantileInterval(values, 0.95, 0.95);
          const sorted = [...values].sort((left, right) => left - right);
          const point = sorted[Math.ceil(0.95 * sorted.length) - 1] ?? NaN;
          expect(interval).not.toBeNull();
          if (interval === null) return;
          expect(values).toContain(interval[0]);
          expect(values).toContain(interval[1]);
          expect(interval[0]).toBeLessThanOrEqual(point);
          expect(interval[1]).toBeGreaterThanOrEqual(point);
        },
      ),
    );
  });

  test('of 2000 samples of 100 exponential values it misses the true p95 in at most 5 %', () => {
    const random = randomOf(7);
    const truth = -Math.log(0.05);
    let missed = 0;
    for (let round = 0; round < 2000; round += 1) {
      const [low, high] = quantileInterval(
        Array.from({ length: 100 }, () => -Math.log(1 - random())),
        0.95,
        0.95,
      ) ?? [0, 0];
      if (low > truth || high < truth) missed += 1;
    }
    expect(missed / 2000).toBeLessThanOrEqual(0.05);
    expect(missed).toBeGreaterThan(0);
  });
});

describe('bounds of a ratio', () => {
  test.each([
    { after: [40, 60], before: [10, 20], bounds: [2, 6] },
    { after: [40, 60], before: [0, 20], bounds: null },
    { after: null, before: [10, 20], bounds: null },
    { after: [40, 60], before: null, bounds: null },
  ] as const)('$after over $before is $bounds', ({ after, before, bounds }) => {
    expect(ratioBounds(after, before)).toEqual(bounds);
  });
});
