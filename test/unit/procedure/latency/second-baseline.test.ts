import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  judgeSecondBaseline,
  secondBaselineOf,
  secondBaselinePatience,
  type SecondBaseline,
} from '../../../../procedure/latency/second-baseline.js';
import type { LatencyObservation } from '../../../../procedure/observations.js';
import type { Plan } from '../../../../procedure/plan.js';

const WANTED: SecondBaseline = {
  ...{ measured: 100, warmUp: 3, claim: 'p95', ratePerSecond: 4 },
  before: { p95Ms: 50, p95IntervalMs: [45, 60], failures: 0 },
  limits: { p95Ratio: 2, minimumDeltaMs: 25 },
};

function latency(changes: Partial<LatencyObservation>): LatencyObservation {
  return {
    ...{ kind: 'latency', id: 'rollback-latency', at: '2026-11-27T12:00:00.000Z', source: 'api' },
    ...{ side: 'rollback', operation: 'team_create', samples: 100, failures: 0 },
    ...{ averageMs: 40, p50Ms: 40, p95Ms: 52, p95IntervalMs: [46, 63] },
    ...changes,
  };
}

test.each([
  ['as before', {}, 'done', /^the target is itself again: p95 52 ms, 50 ms before/],
  ['twice as slow, proven', { p95Ms: 200, p95IntervalMs: [150, 260] }, 'failed', /not itself again.*4 times/],
  ['twice as slow, not proven', { p95Ms: 120, p95IntervalMs: [70, 400] }, 'unknown', /seems slower/],
  ['twice as slow, no interval', { p95Ms: 120, p95IntervalMs: null }, 'unknown', /seems slower/],
  ['a refused create', { samples: 99, failures: 1 }, 'failed', /1 of 100 creates failed/],
  ['ended early', { samples: 40 }, 'unknown', /^only 40 of 100 creates/],
  ['nothing measured', { samples: 0, p95Ms: null, p95IntervalMs: null }, 'unknown', /^only 0 of 100/],
] as const)('%s', (...row) => {
  const [, changes, status, detail] = row;
  expect(judgeSecondBaseline(WANTED, latency(changes))).toEqual({
    status,
    detail: expect.stringMatching(detail),
  });
});

test('what failed before it was ever on is no sign of a change', () => {
  const wanted = { ...WANTED, before: { ...WANTED.before, failures: 2 } };
  expect(judgeSecondBaseline(wanted, latency({ samples: 98, failures: 2 })).status).toBe('done');
  expect(judgeSecondBaseline(wanted, latency({ samples: 97, failures: 3 })).status).toBe('failed');
});

test('a difference of a few milliseconds is none, whatever the ratio', () => {
  const wanted = { ...WANTED, before: { p95Ms: 4, p95IntervalMs: [3, 5] as const, failures: 0 } };
  expect(judgeSecondBaseline(wanted, latency({ p95Ms: 20, p95IntervalMs: [15, 22] })).status).toBe('done');
});

test('fewer successes or more failures never make it better', () => {
  const order = ['done', 'unknown', 'failed'];
  const rank = (samples: number, failures: number): number =>
    order.indexOf(judgeSecondBaseline(WANTED, latency({ samples, failures })).status);
  fc.assert(
    fc.property(fc.nat(100), fc.nat(100), fc.nat(5), (samples, fewer, failures) => {
      expect(rank(Math.max(0, samples - fewer), failures)).toBeGreaterThanOrEqual(rank(samples, failures));
      expect(rank(samples, failures + 1)).toBeGreaterThanOrEqual(rank(samples, failures));
    }),
  );
});

const PLAN = {
  samples: { measured: 100, warmUp: 3, claim: 'p95', ratePerSecond: 4, secondBaseline: true },
  thresholds: { p95Ratio: 2, minimumDeltaMs: 25 },
} as unknown as Plan;

test('is made of the first one', () => {
  const first = latency({ id: 'baseline-latency', side: 'baseline', p95Ms: 50, p95IntervalMs: [45, 60] });
  expect(secondBaselineOf([first], PLAN)).toEqual(WANTED);
});

test.each([
  ['no first one', [], PLAN],
  ['a first one without a time', [latency({ side: 'baseline', p95Ms: null })], PLAN],
  [
    'not wanted',
    [latency({ side: 'baseline' })],
    { ...PLAN, samples: { ...PLAN.samples, secondBaseline: false } },
  ],
  [
    'a plan from before it was there',
    [latency({ side: 'baseline' })],
    { ...PLAN, samples: { ...PLAN.samples, secondBaseline: undefined } },
  ],
] as const)('there is none: %s', (...row) => {
  const [, observations, plan] = row;
  expect(secondBaselineOf(observations, plan as unknown as Plan)).toBeNull();
});

test('may take twice as long as planned, and a minute', () => {
  expect(secondBaselinePatience(WANTED)).toBe(60_000 + 51_500);
});
