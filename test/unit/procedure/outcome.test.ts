import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  OUTCOMES,
  exitCodeOf,
  worstVerdict,
  type Outcome,
  type Verdict,
} from '../../../procedure/outcome.js';

const RANK: Readonly<Record<Verdict, number>> = { GO: 0, INCONCLUSIVE: 1, NO_GO: 2 };
const VERDICT = fc.constantFrom<Verdict>('GO', 'NO_GO', 'INCONCLUSIVE');
const VERDICTS = fc.array(VERDICT, { maxLength: 12 });

describe('worstVerdict', () => {
  test('nothing to judge is INCONCLUSIVE', () => {
    expect(worstVerdict([])).toBe('INCONCLUSIVE');
  });

  test('a verdict alone is itself', () => {
    fc.assert(fc.property(VERDICT, (verdict) => worstVerdict([verdict]) === verdict));
  });

  test('is the worst of them, in any order', () => {
    fc.assert(
      fc.property(
        VERDICTS.chain((verdicts) =>
          fc.tuple(fc.constant(verdicts), fc.shuffledSubarray(verdicts, { minLength: verdicts.length })),
        ),
        ([verdicts, shuffled]) => {
          expect(worstVerdict(shuffled)).toBe(worstVerdict(verdicts));
          if (verdicts.length > 0)
            expect(RANK[worstVerdict(verdicts)]).toBe(Math.max(...verdicts.map((one) => RANK[one])));
        },
      ),
    );
  });

  test('one more verdict never makes it better', () => {
    fc.assert(
      fc.property(fc.array(VERDICT, { minLength: 1 }), VERDICT, (verdicts, more) => {
        expect(RANK[worstVerdict([...verdicts, more])]).toBeGreaterThanOrEqual(RANK[worstVerdict(verdicts)]);
      }),
    );
  });

  test('may be taken in parts', () => {
    fc.assert(
      fc.property(
        fc.array(VERDICT, { minLength: 1 }),
        fc.array(VERDICT, { minLength: 1 }),
        (some, others) => {
          expect(worstVerdict([worstVerdict(some), worstVerdict(others)])).toBe(
            worstVerdict([...some, ...others]),
          );
        },
      ),
    );
  });
});

describe('exit codes', () => {
  test.each<[Outcome, Verdict, number]>([
    ['COMPLETED', 'GO', 0],
    ['COMPLETED', 'INCONCLUSIVE', 3],
    ['ROLLED_BACK', 'NO_GO', 1],
    ['ROLLED_BACK', 'GO', 1],
    ['REJECTED', 'INCONCLUSIVE', 1],
    ['REFUSED', 'INCONCLUSIVE', 2],
    ['ROLLBACK_INCOMPLETE', 'NO_GO', 5],
  ])('%s with %s is %d', (outcome, verdict, code) => {
    expect(exitCodeOf(outcome, verdict)).toBe(code);
  });

  test('0 means COMPLETED with GO and nothing else', () => {
    fc.assert(
      fc.property(fc.constantFrom(...OUTCOMES), VERDICT, (outcome, verdict) => {
        expect(exitCodeOf(outcome, verdict) === 0).toBe(outcome === 'COMPLETED' && verdict === 'GO');
      }),
    );
  });
});
