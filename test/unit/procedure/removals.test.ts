/**
 * Never a false GO: the observations of a real run that ended COMPLETED with GO, with every single one removed, moved in
 * time, or emptied in turn. Runs of today are walked in test/lab (healthy, later-writes).
 */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { judgeRecorded as judge, RECORDED } from '../../support/recorded-go.js';
import { lose, LOSSES } from '../../support/walk.js';

const cases = LOSSES.flatMap((how) =>
  RECORDED.observations.flatMap((one) => {
    const observations = lose(RECORDED.observations, one, how);
    return observations === null ? [] : [{ id: one.id, how, observations }];
  }),
);

describe('the recorded run', () => {
  test('is GO as it was recorded', () => {
    expect(judge(RECORDED.observations)).toMatchObject({ verdict: 'GO' });
    expect(cases.length).toBeGreaterThan(200);
  });

  test.each(cases)('is not GO with $id $how', ({ observations }) => {
    expect(judge(observations).verdict).not.toBe('GO');
  });

  test('is not GO with any number of observations missing, and every reason is told', () => {
    fc.assert(
      fc.property(
        fc.subarray([...RECORDED.observations], { maxLength: RECORDED.observations.length - 1 }),
        (some) => {
          const { verdict, reasons } = judge(some);
          expect(verdict).not.toBe('GO');
          expect(reasons.length).toBeGreaterThan(0);
        },
      ),
    );
  });
});
