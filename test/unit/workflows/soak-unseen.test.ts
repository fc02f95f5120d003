import { describe, expect, test } from '@jest/globals';
import { countUnseen, dueOf, LONGEST_CHECK_MS, type SoakState } from '../../../workflows/soak-state.js';

const MINUTE = 60_000;
const EVERY = 5 * MINUTE;
const DAY = 24 * 60 * MINUTE;
const cursor = null as unknown as SoakState['cursor'];

/** A soak of a day that began at 0 and has made so many checks, each on time. */
function after(number: number, more: Partial<SoakState> = {}): SoakState {
  return {
    ...{ startedAt: 0, number, checks: number, gaps: 0, gapRun: 0, longestGap: 0, cursor, kept: [] },
    ...{ busyUntil: number * EVERY + 2000 },
    ...more,
  };
}
const at = (state: SoakState, now: number, intervalMs = EVERY): SoakState =>
  countUnseen(state, { now, end: DAY, intervalMs });

describe('checks that were due while nobody was there', () => {
  test.each<[string, number, number]>([
    ['on time', 11 * EVERY, 0],
    ['a minute late', 11 * EVERY + MINUTE, 0],
    ['not a whole interval late', 12 * EVERY - 1, 0],
    ['one interval late', 12 * EVERY, 1],
    ['ten hours late', 11 * EVERY + 600 * MINUTE, 120],
    ['after the end', DAY + 600 * MINUTE, 277],
  ])('%s', (_, now, gaps) => {
    const state = at(after(10), now);
    expect(state).toMatchObject({ number: 10 + gaps, checks: 10, gaps, gapRun: gaps, longestGap: gaps });
    // The next check is the newest that was due.
    expect(dueOf(state, { end: DAY, intervalMs: EVERY })).toBeGreaterThan(Math.min(now, DAY) - EVERY);
  });

  test('together with checks that could not be made they are one gap', () => {
    expect(at(after(10, { gaps: 2, gapRun: 2, longestGap: 5 }), 14 * EVERY)).toMatchObject({
      ...{ gaps: 5, gapRun: 5, longestGap: 5 },
    });
  });

  test('a check that takes longer than the interval was somebody', () => {
    expect(at(after(10, { busyUntil: 14 * EVERY }), 14 * EVERY)).toMatchObject({ number: 10, gaps: 0 });
  });

  test('a step that timed out long ago is not still at work', () => {
    const began = 11 * EVERY;
    const state = after(11, { busyUntil: Math.min(began + 600 * MINUTE, began + LONGEST_CHECK_MS) });
    expect(at(state, began + 600 * MINUTE).gaps).toBe(118);
  });

  test('an interval of seconds leaves a worker the time to be replaced', () => {
    const state = after(10, { busyUntil: 20_000 });
    expect(at(state, 60_000, 2000)).toMatchObject({ gaps: 0 });
    expect(at(state, 100_000, 2000)).toMatchObject({ gaps: 39 });
  });

  test('a soak of an earlier version knows no time of its newest check', () => {
    const { busyUntil: _none, ...earlier } = after(10);
    expect(at(earlier, 13 * EVERY)).toMatchObject({ gaps: 2 });
  });
});
