/**
 * Never a false GO: the observations of a real run that ended COMPLETED with GO, with every single one removed, moved in
 * time, or emptied in turn.
 */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Observation } from '../../../procedure/observations.js';
import { judgeRecorded as judge, RECORDED } from '../../support/recorded-go.js';

const with_ = (one: Observation, change: Partial<Observation>): Observation[] =>
  RECORDED.observations.map((other) => (other === one ? ({ ...other, ...change } as Observation) : other));
const shifted = (one: Observation, hours: number): Observation[] =>
  with_(one, { at: new Date(Date.parse(one.at) + hours * 3_600_000).toISOString() });

/** The same observation with nothing measured in it, as a careless step would return it. */
function emptied(one: Observation): Partial<Observation> | null {
  switch (one.kind) {
    case 'flow':
      return { http: null, ms: null, reason: null };
    case 'copy':
      return { teamIds: [], attempted: 0, copied: 0 };
    case 'log':
      return { status: 'seen', counts: { scheduled: 0, completed: 0, failed: 0, critical: 0 } };
    case 'serving-flags':
      return { processes: [] };
    case 'latency':
      return { samples: 0, averageMs: null, p50Ms: null, p95Ms: null };
    case 'database':
      return { orphanMappings: null, duplicateLegacyIds: null, connections: null };
    case 'report':
      return { numbers: {} };
    case 'soak':
      return { checks: 0, elapsedMs: 0 };
    // They decide nothing, so nothing is missing without them.
    case 'queries':
      return null;
    // Nothing in it could be empty: that a restart came to its end is all it says.
    case 'rollout':
    case 'restarts':
    case 'static-files':
    case 'simulation':
    case 'drift':
      return null;
  }
}
const cases = RECORDED.observations.map((one) => ({ id: one.id, one }));

describe('the recorded run', () => {
  test('is GO as it was recorded', () => {
    expect(judge(RECORDED.observations)).toMatchObject({ verdict: 'GO' });
    expect(cases.length).toBeGreaterThan(50);
  });

  test.each(cases)('is not GO without $id', ({ one }) => {
    expect(judge(RECORDED.observations.filter((other) => other !== one)).verdict).not.toBe('GO');
  });

  test.each(cases)('is not GO with $id a day and an hour older', ({ one }) => {
    expect(judge(shifted(one, -25)).verdict).not.toBe('GO');
  });

  // The end of the soak is its workflow's time; its checks carry the times of their own machine.
  test.each(cases.filter(({ one }) => one.kind !== 'soak'))(
    'is not GO with $id two hours later',
    ({ one }) => {
      expect(judge(shifted(one, 2)).verdict).not.toBe('GO');
    },
  );

  test.each(cases.filter(({ one }) => emptied(one) !== null))('is not GO with $id empty', ({ one }) => {
    expect(judge(with_(one, emptied(one) ?? {})).verdict).not.toBe('GO');
  });

  test('is not GO with any number of observations missing, and every reason is told', () => {
    fc.assert(
      fc.property(fc.subarray([...RECORDED.observations], { maxLength: cases.length - 1 }), (some) => {
        const { verdict, reasons } = judge(some);
        expect(verdict).not.toBe('GO');
        expect(reasons.length).toBeGreaterThan(0);
      }),
    );
  });
});
