import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { Finding } from '../../../procedure/findings.js';
import type { Observation } from '../../../procedure/observations.js';
import { recountOf, RECOUNTED_NUMBERS } from '../../../procedure/report-recount.js';
import { findingsOf } from '../../../procedure/rules/table.js';
import { judgeRecorded, RECORDED } from '../../support/recorded-go.js';

describe('one number', () => {
  test.each([
    ['legacy_teams', 7, 7, 7, true],
    ['legacy_teams', 8, 7, 9, true],
    ['legacy_teams', 8, 9, 7, true],
    ['legacy_teams', 6, 7, 9, false],
    ['legacy_teams', 10, 7, 9, false],
    // Lists are cut at ten, and the lists are counted.
    ['orphan_mappings', 10, 4000, 4000, true],
    ['orphan_mappings', 9, 4000, 4000, false],
    ['orphan_mappings', 3, 3, 3, true],
    ['orphan_mappings', 0, 3, 3, false],
    ['orphan_mappings', 3, 0, 0, false],
    // Another version might not cut.
    ['missing_legacy', 25, 25, 25, true],
    ['missing_legacy', 26, 25, 25, false],
    // Not of the lists: a count of ten is no excuse.
    ['total_mappings', 10, 4000, 4000, false],
    ['coverage_pct', 66.7, 66.6667, 66.6667, true],
    ['coverage_pct', 100, 66.6667, 66.6667, false],
  ] as const)('%s: reported %d, counted %d then %d', (...row) => {
    const [number, reported, before, after, fine] = row;
    const { disagreements, compared } = recountOf(
      { [number]: reported },
      { [number]: before },
      { [number]: after },
    );
    expect(compared).toBe(1);
    expect(disagreements).toEqual(
      fine ? [] : [{ number, reported, counted: [Math.min(before, after), Math.max(before, after)] }],
    );
  });

  test('what stands on one side only is not compared', () => {
    expect(
      recountOf({ legacy_teams: null, vnext_teams: 3 }, { legacy_teams: 2 }, { legacy_teams: 2 }),
    ).toEqual({ counted: { legacy_teams: [2, 2] }, disagreements: [], compared: 0, reason: null });
  });

  test('a report that tells the truth at a moment between the two counts never disagrees', () => {
    const count = fc.integer({ min: 0, max: 5000 });
    const number = fc.constantFrom(...RECOUNTED_NUMBERS);
    fc.assert(
      fc.property(fc.tuple(number, fc.boolean()), fc.tuple(count, count, count), ([name, cut], counts) => {
        const [least, truth, most] = counts.sort((a, b) => a - b);
        const reported = cut && /duplicate|orphan|missing|mismatch/.test(name) ? Math.min(10, truth) : truth;
        const { disagreements } = recountOf({ [name]: reported }, { [name]: least }, { [name]: most });
        expect(disagreements).toEqual([]);
      }),
    );
  });
});

/** The recorded healthy run, its second report changed. */
function withReport(change: object): readonly Observation[] {
  return RECORDED.observations.map((one) =>
    one.kind === 'report' && one.side === 'after' ? { ...one, ...change } : one,
  );
}
const findingsIn = (observations: readonly Observation[]): Finding[] =>
  findingsOf({ observations, thresholds: RECORDED.thresholds });

const LIE = { number: 'orphan_mappings', reported: 0, counted: [3, 3] } as const;
const AGREES = { counted: {}, disagreements: [], compared: 11, reason: null };

test('a disagreement is a finding with both numbers, and no GO', () => {
  const observations = withReport({ recount: { ...AGREES, disagreements: [LIE] } });
  expect(findingsIn(observations).filter((one) => one.rule === 'report-disagrees')).toEqual([
    expect.objectContaining({
      rule: 'report-disagrees',
      severity: 'MEDIUM',
      action: 'investigate',
      because: 'With the flag on: orphan_mappings: the report says 0, our own count 3.',
      proof: ['after-report'],
    }),
  ]);
  expect(judgeRecorded(observations).verdict).toBe('INCONCLUSIVE');
});

test.each([
  ['a database that did not answer', 'permission denied for table teams_team'],
  ['a report without any number of ours', null],
])('nothing was compared: %s: INCONCLUSIVE', (_, reason) => {
  const { verdict, reasons } = judgeRecorded(withReport({ recount: { ...AGREES, compared: 0, reason } }));
  expect(verdict).toBe('INCONCLUSIVE');
  expect(reasons.join(' ')).toContain('could not be counted again');
});

test('agreement keeps a GO, and the report alone is enough for duplicates', () => {
  expect(judgeRecorded(withReport({ recount: AGREES })).verdict).toBe('GO');
  expect(findingsIn(withReport({ numbers: { duplicate_legacy: 2 } }))).toContainEqual(
    expect.objectContaining({ rule: 'duplicate-legacy-ids', proof: ['after-report'] }),
  );
});
