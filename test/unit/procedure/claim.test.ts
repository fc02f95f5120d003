/** A claim about p95 needs its interval on both sides; what was measured without one is no GO. */
import { describe, expect, test } from '@jest/globals';
import type { LatencyObservation, Observation } from '../../../procedure/observations.js';
import type { VerdictOutput } from '../../../procedure/rules/verdict.js';
import { judgeRecorded, RECORDED } from '../../support/recorded-go.js';

const ENOUGH = { samples: 100, samplesNeeded: 72, p95IntervalMs: [60, 70] } as const;

function judge(change: Partial<LatencyObservation>, side: LatencyObservation['side']): VerdictOutput {
  const observations = RECORDED.observations.map((one): Observation => {
    if (one.kind === 'latency') return { ...one, ...ENOUGH, ...(one.side === side ? change : {}) };
    return one.kind === 'copy' && one.write === 'performance' ? { ...one, attempted: 103, copied: 103 } : one;
  });
  const samples = { measured: 100, warmUp: 3, claim: 'p95', ratePerSecond: 4 } as const;
  return judgeRecorded(observations, { samples });
}

describe('with a claim about p95', () => {
  test('a hundred samples a side with their intervals are GO', () => {
    expect(judge({}, 'after')).toMatchObject({ verdict: 'GO' });
  });

  test('a few that our own worker lost are no matter', () => {
    expect(judge({ samples: 95, leftOut: 5 }, 'after')).toMatchObject({ verdict: 'GO' });
  });

  test.each([
    { name: 'no interval', change: { samples: 20, p95IntervalMs: null }, reason: /Only 20 .* needs 72/ },
    { name: '71 samples', change: { samples: 71 }, reason: /Only 71 .* needs 72/ },
    { name: 'a create that failed', change: { failures: 1 }, reason: /1 creates .* failed/ },
    {
      name: 'a create without an answer',
      change: { failures: 1, unanswered: 1 },
      reason: /1 creates .* failed .*\(no answer within the time limit: 1\)/,
    },
    { name: 'no answer at all', change: { p95Ms: null, samples: 0, failures: 100 }, reason: /100 creates/ },
    {
      name: 'more than 5 % left out',
      change: { samples: 94, leftOut: 6 },
      reason: /6 of 100 writes have no/,
    },
    { name: 'nothing measured', change: { p95Ms: null }, reason: /was not measured/ },
  ])('$name is INCONCLUSIVE on either side', ({ change, reason }) => {
    for (const side of ['baseline', 'after'] as const) {
      const { verdict, reasons } = judge(change, side);
      expect(verdict).toBe('INCONCLUSIVE');
      expect(reasons.join(' ')).toMatch(reason);
    }
  });
});
