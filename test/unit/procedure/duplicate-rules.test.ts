/** What stands twice: told apart from what did so with the flag off already. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { DatabaseObservation, Observation } from '../../../procedure/observations.js';
import type { RowAudit } from '../../../procedure/row-audit.js';
import { duplicatesBefore } from '../../../procedure/rules/duplicate-rules.js';
import { findingsOf } from '../../../procedure/rules/table.js';
import { judgeRecorded, RECORDED } from '../../support/recorded-go.js';

const AUDIT: RowAudit = {
  ...{ status: 'complete', reason: null, mappings: 27, newTeams: 51, differences: {}, fresh: {} },
  ...{ ofThisRun: 0, madeWithFlagOff: 0, examples: [], lag: null, marks: null, ms: 1, file: 'x.jsonl' },
  legacyWrites: { teams: 0, memberships: 0, examples: [], unseen: [] },
};

interface Side extends Partial<Pick<DatabaseObservation, 'duplicateLegacyIds' | 'duplicateNewIds'>> {
  readonly reported?: number;
  readonly audit?: Partial<RowAudit>;
}

/** The recorded GO with other counts; `old` = as a version left it that did not count new ids. */
function counted(before: Side, after: Side, { old = false } = {}): Observation[] {
  return RECORDED.observations.map((one) => {
    if (one.kind !== 'database' && one.kind !== 'report') return one;
    const { reported, audit, ...counts } = one.id.startsWith('baseline-') ? before : after;
    if (one.kind === 'report')
      return reported === undefined
        ? one
        : { ...one, numbers: { ...one.numbers, duplicate_legacy: reported } };
    const audited = one.id.endsWith('-database') && !one.id.startsWith('soak-');
    return {
      ...one,
      ...(old ? {} : { duplicateNewIds: 0 }),
      ...(audited && !old ? { audit: { ...AUDIT, ...audit } } : {}),
      ...(old && audit !== undefined ? { audit: { ...AUDIT, ...audit } } : {}),
      ...counts,
    };
  });
}

function judge(observations: readonly Observation[]) {
  const findings = findingsOf({ observations, thresholds: RECORDED.thresholds });
  return {
    rules: findings
      .filter(({ rule }) => rule.includes('duplicate'))
      .map(({ rule, severity, action }) => `${rule} ${severity} ${action}`),
    verdict: judgeRecorded(observations).verdict,
  };
}

const LEGACY = 'duplicate-legacy-ids MEDIUM pause';
const APPEARED = 'duplicates-appeared MEDIUM pause';
const OLD = 'baseline-duplicates LOW continue';

describe('duplicates', () => {
  test.each([
    { title: 'none at all', before: {}, after: {}, verdict: 'GO', rules: [] },
    {
      title: 'legacy ids as many as before',
      ...{ before: { duplicateLegacyIds: 2, reported: 2 }, after: { duplicateLegacyIds: 2, reported: 2 } },
      ...{ verdict: 'GO', rules: [OLD] },
    },
    {
      title: 'fewer legacy ids than before',
      ...{ before: { duplicateLegacyIds: 2 }, after: { duplicateLegacyIds: 1 }, verdict: 'GO', rules: [OLD] },
    },
    {
      title: 'more legacy ids than before',
      ...{ before: { duplicateLegacyIds: 2 }, after: { duplicateLegacyIds: 3 } },
      ...{ verdict: 'NO_GO', rules: [LEGACY, OLD] },
    },
    {
      title: 'more by the report alone',
      ...{ before: {}, after: { reported: 1 }, verdict: 'NO_GO', rules: [LEGACY] },
    },
    {
      title: 'by a report that only now says what we counted before',
      ...{ before: { duplicateLegacyIds: 2 }, after: { duplicateLegacyIds: 2, reported: 2 } },
      ...{ verdict: 'GO', rules: [OLD] },
    },
    {
      title: 'our own count over its own baseline, whatever a report said then',
      ...{ before: { reported: 9 }, after: { duplicateLegacyIds: 1, reported: 9 } },
      ...{ verdict: 'NO_GO', rules: [LEGACY, OLD] },
    },
    {
      title: 'a new team mapped twice',
      ...{ before: {}, after: { duplicateNewIds: 1 }, verdict: 'NO_GO', rules: [APPEARED] },
    },
    {
      title: 'new teams that were mapped twice before',
      ...{ before: { duplicateNewIds: 1 }, after: { duplicateNewIds: 1 }, verdict: 'GO', rules: [OLD] },
    },
    {
      title: 'people with a second active row',
      ...{ before: {}, after: { audit: { fresh: { duplicate: 40 } } }, verdict: 'NO_GO', rules: [APPEARED] },
    },
    {
      title: 'people who had one before',
      before: { audit: { differences: { duplicate: 4 } } },
      after: { audit: { differences: { duplicate: 4 } } },
      ...{ verdict: 'GO', rules: [OLD] },
    },
    {
      title: 'a baseline that was not counted: nothing tells, and that is said',
      ...{ before: { duplicateLegacyIds: null }, after: { duplicateLegacyIds: 2 } },
      ...{ verdict: 'INCONCLUSIVE', rules: [] },
    },
  ])('$title: $verdict', ({ before, after, rules, verdict }) => {
    expect(judge(counted(before, after))).toEqual({ rules, verdict });
  });

  test('of an older record are judged as they were then', () => {
    const both = { duplicateLegacyIds: 2 };
    expect(judge(counted(both, both, { old: true }))).toEqual({ rules: [LEGACY], verdict: 'NO_GO' });
    const audits = { audit: { fresh: { duplicate: 1 } } };
    expect(judge(counted({ audit: {} }, audits, { old: true }))).toEqual({ rules: [], verdict: 'GO' });
  });

  test('a soak, which sees its own checks alone, tells old ones apart by what the run hands it', () => {
    const observations = counted({ duplicateLegacyIds: 2 }, { duplicateLegacyIds: 2 });
    const checks = observations.filter(({ id }) => id.startsWith('soak-'));
    const acts = (all: readonly Observation[]): string[] =>
      findingsOf({ observations: all, thresholds: RECORDED.thresholds })
        .filter(({ action }) => action !== 'continue' && action !== 'investigate')
        .map(({ rule }) => rule);
    expect(acts(checks)).toEqual(['duplicate-legacy-ids']);
    expect(acts([...duplicatesBefore(observations), ...checks])).toEqual([]);
    expect(duplicatesBefore(RECORDED.observations)).toEqual([]);
  });

  test('more of them never improve the verdict', () => {
    const worse = { GO: 0, INCONCLUSIVE: 1, NO_GO: 2 } as const;
    const side = fc.record({
      duplicateLegacyIds: fc.nat({ max: 4 }),
      duplicateNewIds: fc.nat({ max: 4 }),
      reported: fc.nat({ max: 4 }),
      audit: fc.record({ fresh: fc.record({ duplicate: fc.nat({ max: 2 }) }) }),
    });
    fc.assert(
      fc.property(side, side, side, (before, after, more) => {
        const worsened = {
          duplicateLegacyIds: after.duplicateLegacyIds + more.duplicateLegacyIds,
          duplicateNewIds: after.duplicateNewIds + more.duplicateNewIds,
          reported: after.reported + more.reported,
          audit: { fresh: { duplicate: after.audit.fresh.duplicate + more.audit.fresh.duplicate } },
        };
        const [first, second] = [after, worsened].map((one) => judge(counted(before, one)).verdict);
        expect(worse[second ?? 'GO']).toBeGreaterThanOrEqual(worse[first ?? 'GO']);
        const rose =
          worsened.duplicateLegacyIds > before.duplicateLegacyIds ||
          worsened.duplicateNewIds > before.duplicateNewIds ||
          worsened.audit.fresh.duplicate > 0;
        if (rose) expect(second).toBe('NO_GO');
      }),
      { numRuns: 200 },
    );
  });
});
