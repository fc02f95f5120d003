import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { plansOf, progressOf, seriesOf } from '../../../activities/api/latency-plan.js';
import {
  figuresOf,
  latencyText,
  nearestRank,
  type LatencySample,
} from '../../../activities/api/latency-report.js';

const times = fc.array(fc.double({ min: 0.1, max: 5000, noNaN: true }), { minLength: 1, maxLength: 200 });
const sample = (ms: number | null, status: number | null = 201, warmUp = false): LatencySample => ({
  label: 'a01',
  warmUp,
  status,
  ms,
  note: null,
});

describe('nearest rank', () => {
  test.each([
    [[10], 0.95, 10],
    [[1, 2, 3, 4], 0.5, 2],
    [Array.from({ length: 20 }, (_, at) => at + 1), 0.95, 19],
    [Array.from({ length: 100 }, (_, at) => at + 1), 0.95, 95],
    [[], 0.5, null],
  ])('%j at %f is %j', (values, share, expected) => {
    expect(nearestRank(values, share)).toBe(expected);
  });
  test('is a measured value with at least the share at or below it, whatever the order', () => {
    fc.assert(
      fc.property(times, fc.double({ min: 0.01, max: 1, noNaN: true }), (values, share) => {
        const found = nearestRank(values, share) ?? Number.NaN;
        expect(values).toContain(found);
        expect(values.filter((value) => value <= found).length / values.length).toBeGreaterThanOrEqual(
          share - 1e-9,
        );
        expect(nearestRank([...values].reverse(), share)).toBe(found);
      }),
    );
  });
});

describe('figures', () => {
  test('count successes only; throttled and lost answers are neither, the times of a warm-up are none', () => {
    const samples = [
      sample(99, 201, true),
      sample(10),
      sample(20, 200),
      sample(null, 500),
      sample(null, 429),
      sample(null, null),
    ];
    expect(figuresOf(samples)).toEqual({
      ...{ samples: 2, failures: 1, averageMs: 15, p50Ms: 10, p95Ms: 20, p99Ms: 20, maxMs: 20 },
      ...{ p95IntervalMs: null, samplesNeeded: 72 },
      ...{ serverErrors: 1, unanswered: 0, connectionsLost: 0, leftOut: 1 },
    });
  });
  test.each([
    ['an answer 5xx', { status: 503 }, { failures: 1, serverErrors: 1 }],
    ['a refusal', { status: 403 }, { failures: 1 }],
    ['a 200 that says no', { status: 200, outcome: 'failed' }, { failures: 1 }],
    ['no answer in time', { outcome: 'unanswered' }, { failures: 1, unanswered: 1 }],
    ['none while warming up', { outcome: 'unanswered', warmUp: true }, { failures: 1, unanswered: 1 }],
    ['a broken connection', { outcome: 'connection-lost' }, { failures: 1, connectionsLost: 1 }],
    ['what our own death left out', { outcome: 'left-out', status: 201 }, { leftOut: 1 }],
    ['a throttle', { status: 429 }, {}],
  ] as const)('%s counts, and is no time', (_name, change, expected) => {
    const { averageMs, ...figures } = figuresOf([sample(10), { ...sample(null, null), ...change }]);
    expect(averageMs).toBe(10);
    expect(figures).toMatchObject({
      ...{ samples: 1, failures: 0, serverErrors: 0, unanswered: 0, connectionsLost: 0, leftOut: 0 },
      ...expected,
    });
  });
  test('of what failed stand in the file by kind', () => {
    const note = 'no answer within 30 s';
    const samples = [
      sample(10),
      sample(null, 500),
      { ...sample(null, null), note, outcome: 'unanswered' as const },
    ];
    const about = { side: 'after', operation: 'team_create', ended: null, startedAt: 'now' } as const;
    const text = latencyText({ ...about, samples });
    expect(text).toContain('Request 3: no answer within 30 s');
    expect(text).toContain('failures: 2 (HTTP 5xx: 1, no answer within the time limit: 1)');
    expect(text).toContain('Response codes: 201 × 1, 500 × 1, no answer × 1');
  });
  test('of nothing are null', () => {
    expect(figuresOf([])).toEqual({
      ...{ samples: 0, failures: 0, averageMs: null, p50Ms: null, p95Ms: null, p99Ms: null, maxMs: null },
      ...{ p95IntervalMs: null, samplesNeeded: 72 },
      ...{ serverErrors: 0, unanswered: 0, connectionsLost: 0, leftOut: 0 },
    });
    const text = latencyText({
      side: 'after',
      operation: 'team_create',
      samples: [],
      ended: 'no free pair',
      startedAt: 'now',
    });
    expect(text).toContain('p95: none');
    expect(text).toContain('Ended early: no free pair');
  });
  test('lie in order, between the least and the greatest time', () => {
    fc.assert(
      fc.property(times, (values) => {
        const { p50Ms, p95Ms, averageMs } = figuresOf(values.map((ms) => sample(ms)));
        expect(p50Ms).toBeLessThanOrEqual(p95Ms ?? 0);
        expect(averageMs).toBeGreaterThanOrEqual(Math.min(...values) - 0.051);
        expect(averageMs).toBeLessThanOrEqual(Math.max(...values) + 0.051);
      }),
    );
  });
});

describe('names and series', () => {
  const input = {
    environment: { name: 'unit', digest: 'd' },
    evidence: { name: 'x', path: '/nowhere' },
    tag: '0a1b2c3d',
    observationId: 'x',
    side: 'baseline' as const,
    warmUp: 1,
    measured: 2,
  };
  const names = (series: number): string[] => plansOf(input, series).map((plan) => plan.name);

  test('carry the tag and fit into fifty characters', () => {
    expect(names(1)).toEqual(['Perf Test 0a1b2c3d bw1', 'Perf Test 0a1b2c3d b01', 'Perf Test 0a1b2c3d b02']);
    expect(names(2)).toEqual([
      'Perf Test 0a1b2c3d b2.w1',
      'Perf Test 0a1b2c3d b2.01',
      'Perf Test 0a1b2c3d b2.02',
    ]);
    const long = plansOf({ ...input, measured: 500 }, 99).map((plan) => plan.name);
    expect(Math.max(...long.map((name) => name.length))).toBeLessThanOrEqual(50);
    expect(new Set([...long, ...names(1), ...names(2)]).size).toBe(long.length + 6);
  });
  test('a repeated try stays in its series, a new one takes the next', () => {
    const taken = [...names(1), ...names(2)];
    expect(seriesOf(input, { attempt: 1, names: [], progress: null })).toBe(1);
    expect(seriesOf(input, { attempt: 1, names: taken, progress: null })).toBe(3);
    expect(seriesOf(input, { attempt: 2, names: taken, progress: null })).toBe(2);
    expect(seriesOf(input, { attempt: 2, names: [], progress: null })).toBe(1);
    expect(seriesOf(input, { attempt: 3, names: taken, progress: { series: 1, done: [] } })).toBe(1);
  });
  test('progress is read back from a heartbeat, and nothing else is', () => {
    const done = [sample(12.5), sample(null, 500)];
    expect(progressOf(JSON.parse(JSON.stringify({ series: 2, done })))).toEqual({ series: 2, done });
    for (const nonsense of [undefined, null, 5, {}, { series: 'x', done: [] }, { series: 1, done: 3 }]) {
      expect(progressOf(nonsense)).toBeNull();
    }
    expect(progressOf({ series: 1, done: [null, 7, { label: 3 }] })).toEqual({ series: 1, done: [] });
    const unanswered = [{ ...sample(null, null), outcome: 'unanswered' as const }];
    const carried = { series: 1, done: unanswered, sent: ['a02'] };
    expect(progressOf(JSON.parse(JSON.stringify(carried)))).toEqual(carried);
    expect(progressOf({ ...carried, sent: [null, 4] })).toEqual({ series: 1, done: unanswered });
  });
});
