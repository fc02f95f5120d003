/** Rows that are compared again because proofs have aged excuse them only when they were compared. */
import { expect, test } from '@jest/globals';
import type { CopyObservation, Observation } from '../../../procedure/observations.js';
import { judgeRecorded, RECORDED } from '../../support/recorded-go.js';

const judgedAt = (id: string): string =>
  RECORDED.observations.find((one) => one.id === id)?.at ?? new Date(0).toISOString();

const AGAIN: CopyObservation = {
  ...{ kind: 'copy', id: 'validation-rows', at: judgedAt('validation-flags'), source: 'rows', side: 'after' },
  ...{ write: 'soak', teamIds: [1], status: 'copied', attempted: 1, copied: 1, differences: [] },
  ...{ confirmed: true, lagMs: 1, reason: null },
};

/** The recorded GO after two hours at a gate: the rows of flow 1 are old, everything of the validation is new. */
function aged(again: Partial<CopyObservation> | null): Observation[] {
  const old = RECORDED.observations.find((one) => one.id === 'after-flow1-rows');
  if (old === undefined) throw new Error('the recorded run has no rows of flow 1');
  const twoHours = (one: Observation): Observation => ({
    ...one,
    at: new Date(Date.parse(one.at) + 2 * 3_600_000).toISOString(),
  });
  const later = /^(?:after-report|after-database|validation-|soak)/;
  const all = RECORDED.observations.map((one) => (later.test(one.id) ? twoHours(one) : one));
  return again === null ? all : [...all, twoHours({ ...AGAIN, ...again })];
}

test.each([
  { title: 'not compared again', again: null, verdict: 'INCONCLUSIVE' },
  { title: 'compared again', again: {}, verdict: 'GO' },
  { title: 'unknown', again: { status: 'unknown', copied: 0, reason: '42501' }, verdict: 'INCONCLUSIVE' },
  { title: 'none', again: { status: 'none', attempted: 0, copied: 0 }, verdict: 'INCONCLUSIVE' },
  { title: 'over no team', again: { attempted: 0, copied: 0 }, verdict: 'INCONCLUSIVE' },
  { title: 'wrong', again: { status: 'wrong', copied: 0 }, verdict: 'NO_GO' },
] as const)('rows $title: $verdict', ({ again, verdict }) => {
  expect(judgeRecorded(aged(again)).verdict).toBe(verdict);
});

test('unknown is a reason by itself, where no proof is old', () => {
  const fresh = [
    ...RECORDED.observations,
    { ...AGAIN, status: 'unknown', reason: 'no right (42501)' } as const,
  ];
  const { verdict, reasons } = judgeRecorded(fresh);
  expect(verdict).toBe('INCONCLUSIVE');
  expect(reasons).toEqual([expect.stringContaining('no right (42501)')]);
});

test.each(RECORDED.observations.filter((one) => one.kind === 'database').map(({ id }) => id))(
  'without the number of usable connections %s proves nothing about the pool',
  (id) => {
    const observations = RECORDED.observations.map((one) =>
      one.id === id ? ({ ...one, usableConnections: null } as Observation) : one,
    );
    expect(judgeRecorded(observations).verdict).toBe('INCONCLUSIVE');
  },
);
