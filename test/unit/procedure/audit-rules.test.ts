import { describe, expect, test } from '@jest/globals';
import type { DatabaseObservation } from '../../../procedure/observations.js';
import type { RowAudit } from '../../../procedure/row-audit.js';
import { findingsOf } from '../../../procedure/rules/table.js';
import { judgeRecorded, RECORDED } from '../../support/recorded-go.js';

const RIGHT: RowAudit = {
  status: 'complete',
  reason: null,
  mappings: 27,
  newTeams: 51,
  differences: {},
  fresh: {},
  ofThisRun: 0,
  madeWithFlagOff: 0,
  examples: [],
  lag: { measured: 24, late: 0, maxMs: 12 },
  legacyWrites: { teams: 0, memberships: 0, examples: [], unseen: [] },
  marks: { at: '2026-11-27T08:00:00.000Z', teamId: 1, membershipId: 1 },
  ms: 40,
  file: 'after/row_differences_after.jsonl',
};

/** The recorded GO with these audits; `null` = none on that side. */
function judge(before: Partial<RowAudit> | null, after: Partial<RowAudit> | null) {
  const of = (one: DatabaseObservation, audit: Partial<RowAudit> | null): DatabaseObservation =>
    audit === null ? one : { ...one, audit: { ...RIGHT, ...audit } };
  const observations = RECORDED.observations.map((one) => {
    if (one.kind !== 'database') return one;
    if (one.id === 'baseline-database') return of(one, before);
    return one.id === 'after-database' ? of(one, after) : one;
  });
  const findings = findingsOf({ observations, thresholds: RECORDED.thresholds });
  const audited = findings.filter(({ rule }) => /^(audit|inline|copies-late)/.test(rule));
  return {
    rules: audited.map(({ rule, severity, action }) => `${rule} ${severity} ${action}`),
    because: audited.map((one) => one.because).join(' '),
    ...judgeRecorded(observations),
  };
}

describe('the look at all teams', () => {
  test('is GO with nothing found, and for records that have none at all', () => {
    expect(judge({}, {})).toMatchObject({ verdict: 'GO', rules: [] });
    expect(judge(null, null)).toMatchObject({ verdict: 'GO', rules: [] });
  });

  test.each([
    { title: 'missing before', before: null, after: {} },
    { title: 'missing after', before: {}, after: null },
    { title: 'unreadable after', before: {}, after: { status: 'unknown', reason: 'no right' } },
    { title: 'unreadable before', before: { status: 'unknown' }, after: {} },
    { title: 'over no mapping', before: {}, after: { mappings: 0 } },
    { title: 'without a look at legacy writes', before: {}, after: { legacyWrites: null } },
  ] as const)('$title is INCONCLUSIVE', ({ before, after }) => {
    expect(judge(before, after).verdict).toBe('INCONCLUSIVE');
  });

  test('a new difference disables; one of the baseline is told in other words and leaves the verdict', () => {
    const example = {
      class: 'wrong-role',
      row: 'membership 3',
      field: 'role',
      expected: 'A',
      found: 'B',
    } as const;
    const fresh = judge({}, { fresh: { 'wrong-role': 2 }, examples: [example] });
    expect(fresh).toMatchObject({ verdict: 'NO_GO', rules: ['audit-new-differences HIGH disable'] });
    expect(fresh.because).toContain('wrong-role 2 (membership 3: wrong-role in role');
    const old = judge({ differences: { 'wrong-role': 2 } }, { differences: { 'wrong-role': 2 } });
    expect(old).toMatchObject({ verdict: 'GO', rules: ['audit-baseline-differences LOW continue'] });
    expect(old.because).toContain("Not dual-write's doing");
  });

  test('duplicates are left to a rule of their own', () => {
    expect(judge({}, { fresh: { duplicate: 1 } }).rules).toEqual([]);
  });

  test('new orphans are a finding of their own, also where our own count did not rise', () => {
    expect(judge({}, { fresh: { 'orphan-mapping': 1 } })).toMatchObject({
      verdict: 'INCONCLUSIVE',
      rules: ['audit-new-orphans MEDIUM investigate'],
    });
    const old = { differences: { 'orphan-mapping': 1 } };
    expect(judge(old, old)).toMatchObject({ verdict: 'GO', rules: [] });
  });

  test('legacy writes disable, late copies are told', () => {
    expect(
      judge({}, { legacyWrites: { teams: 1, memberships: 0, examples: ['legacy team 5 (X)'], unseen: [] } }),
    ).toMatchObject({ verdict: 'NO_GO', rules: ['inline-legacy-writes HIGH disable'] });
    expect(judge({}, { lag: { measured: 5, late: 1, maxMs: 12_000 } })).toMatchObject({
      verdict: 'GO',
      rules: ['copies-late LOW continue'],
      because: expect.stringContaining('1 of 5 copies came later') as unknown,
    });
  });
});
