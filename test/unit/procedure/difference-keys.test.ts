import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { keysOf, standingAfter, stoodSince, type Standing } from '../../../procedure/difference-keys.js';
import type { RowDifference } from '../../../procedure/observations.js';

const one = (change: Partial<RowDifference>): RowDifference => ({
  ...{ class: 'field-differs', row: 'team 7', field: 'region', expected: 'EU', found: 'NA' },
  ...change,
});
const missing = one({ class: 'missing-in-legacy', row: 'membership 3 (ann)', field: null });
const stranger = one({ class: 'missing-in-new', row: 'legacy membership 77 (bob)', field: null });
const mixedUp = one({
  ...{ class: 'wrong-person', row: 'membership 3 (ann)', field: 'person', expected: 'ann' },
  found: 'bob (legacy membership 77)',
});

describe('the same difference', () => {
  const renamed = { ...missing, row: 'membership 3 (anna)' };
  const noTeam = one({ class: 'missing-in-legacy', field: 'mapping' });
  const noMember = one({ class: 'missing-in-legacy', row: 'membership 7 (x)', field: null });
  test.each([
    { title: 'other values of one field', pair: [one({}), one({ expected: 'AF', found: 'EU' })], is: true },
    { title: 'another field', pair: [one({}), one({ field: 'name' })], is: false },
    { title: 'a number that begins alike', pair: [one({}), one({ row: 'team 70' })], is: false },
    {
      title: 'another class',
      pair: [one({ class: 'wrong-role' }), one({ class: 'wrong-status' })],
      is: false,
    },
    { title: 'a person who was renamed', pair: [missing, renamed], is: true },
    { title: 'who was missing, and a stranger stands there now', pair: [missing, mixedUp], is: true },
    { title: 'a stranger who stood for somebody', pair: [mixedUp, stranger], is: true },
    { title: 'a missing person and any stranger', pair: [missing, stranger], is: false },
    { title: 'a missing team and a missing member', pair: [noTeam, noMember], is: false },
  ])('$title: $is', ({ pair, is }) => {
    const [first, second] = pair.map((difference) => keysOf(difference));
    expect(first?.some((key) => second?.includes(key))).toBe(is);
  });
});

describe('since when a difference stands', () => {
  test('it keeps its time while it is there, and begins anew when it was gone', () => {
    const first = standingAfter(new Map(), [one({})], 10);
    const second = standingAfter(first, [one({ found: 'AF' }), missing], 20);
    expect([stoodSince(second, one({})), stoodSince(second, missing)]).toEqual([10, 20]);
    const third = standingAfter(second, [missing], 30);
    expect(stoodSince(third, one({}))).toBe(Infinity);
    expect(stoodSince(standingAfter(third, [one({})], 40), one({}))).toBe(40);
  });

  test('is the beginning of the reads in a row that had it, whatever else came and went', () => {
    const pool = [one({}), one({ field: 'name' }), missing, one({ row: 'team 8' })];
    fc.assert(
      fc.property(fc.array(fc.subarray(pool), { minLength: 1, maxLength: 8 }), (reads) => {
        const standing = reads.reduce<Standing>(
          (before, seen, index) => standingAfter(before, seen, index),
          new Map(),
        );
        for (const wanted of reads.at(-1) ?? []) {
          const lacking = reads.map((seen) => seen.includes(wanted)).lastIndexOf(false);
          expect(stoodSince(standing, wanted)).toBe(lacking + 1);
        }
      }),
    );
  });
});
