/** What a GO needs of a soak besides its checks: whole logs, and a look at all teams at its end. */
import { describe, expect, test } from '@jest/globals';
import type { Observation } from '../../../procedure/observations.js';
import type { RowAudit } from '../../../procedure/row-audit.js';
import { judgeRecorded, RECORDED } from '../../support/recorded-go.js';

const AUDIT: RowAudit = {
  ...{ status: 'complete', reason: null, mappings: 27, newTeams: 51, differences: {}, fresh: {} },
  ...{ ofThisRun: 0, madeWithFlagOff: 0, examples: [], lag: null, marks: null, ms: 1, file: 'x.jsonl' },
  legacyWrites: { teams: 0, memberships: 0, examples: [], unseen: [] },
};
const LAST = 'soak-end-database';

/** The recorded GO as a soak of today ends it: with this look at all teams; `null` = none was made. */
function ended(audit: Partial<RowAudit> | null, change: Partial<Observation> = {}): readonly Observation[] {
  const soak = RECORDED.observations.find((one) => one.kind === 'soak');
  const check = RECORDED.observations.find((one) => one.id === 'soak-0006-database');
  if (soak === undefined || check === undefined) throw new Error('the recorded run has no soak');
  const look = { ...check, id: LAST, at: soak.at, audit: { ...AUDIT, ...audit }, ...change } as Observation;
  // The looks before and after enabling are needed as soon as there is one at all.
  const audited = (one: Observation): Observation =>
    one.kind === 'database' && !one.id.startsWith('soak-') ? { ...one, audit: AUDIT } : one;
  return [
    ...RECORDED.observations.filter((one) => one !== soak).map(audited),
    ...(audit === null ? [] : [look]),
    { ...soak, lastAudit: audit === null ? null : LAST },
  ];
}

describe('the look at all teams at the end of a soak', () => {
  test('makes it whole', () => {
    expect(judgeRecorded(ended({}))).toMatchObject({ verdict: 'GO' });
  });

  test.each([
    ['none', ended(null)],
    ['one that is not there any more', ended({}).filter(({ id }) => id !== LAST)],
    ['one that came to nothing', ended({ status: 'unknown', reason: 'statement timeout' })],
    ['one over no mapping', ended({ mappings: 0 })],
    ['one without legacy writes', ended({ legacyWrites: null })],
    ['one of an hour before', ended({}, { at: '2026-11-24T13:00:00.000Z' })],
    ['one of an hour later', ended({}, { at: '2026-11-24T15:10:00.000Z' })],
    ['one that holds no audit', ended({}, { audit: undefined } as Partial<Observation>)],
  ])('%s is INCONCLUSIVE', (_title, observations) => {
    const { verdict, reasons } = judgeRecorded(observations);
    expect(verdict).toBe('INCONCLUSIVE');
    expect(reasons.join(' ')).toMatch(/end of the soak/);
  });

  test('stands in for no measurement of a check', () => {
    // Of fewer checks than a run keeps: there the look would be one observation more than is wanted.
    const two = ended({})
      .filter(({ id }) => !/^soak-000[3-6]-/.test(id))
      .map((one) => (one.kind === 'soak' ? { ...one, checks: 2, gaps: 0 } : one));
    expect(judgeRecorded(two).verdict).toBe('GO');
    expect(judgeRecorded(two.filter(({ id }) => id !== 'soak-0001-rows')).verdict).toBe('INCONCLUSIVE');
  });

  test('with a new difference is NO_GO', () => {
    expect(judgeRecorded(ended({ fresh: { 'wrong-person': 1 } })).verdict).toBe('NO_GO');
  });
});

describe('lines of the log that are lost', () => {
  const logs = RECORDED.observations.filter((one) => one.kind === 'log');
  test.each(logs.map(({ id }) => id))('%s: no GO, whatever else stands there', (lost) => {
    const observations = RECORDED.observations.map((one) =>
      one.id === lost ? ({ ...one, lost: true, reason: 'lines may be missing' } as Observation) : one,
    );
    expect(judgeRecorded(observations).verdict).toBe('INCONCLUSIVE');
  });
});
