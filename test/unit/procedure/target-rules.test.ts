import { expect, test } from '@jest/globals';
import type { Observation } from '../../../procedure/observations.js';
import { findingsOf } from '../../../procedure/rules/table.js';
import { judgeRecorded, RECORDED } from '../../support/recorded-go.js';

const drift = (kind: 'scaled' | 'edited', text: string, before?: 'enabling'): Observation => ({
  ...{ kind: 'drift', id: `watch-${kind}`, at: '2026-11-27T12:00:00.000Z', source: 'target' },
  ...(before === undefined ? {} : { before }),
  changes: [{ kind, text }],
});
const judged = (one: Observation) => {
  const observations = [...RECORDED.observations, one];
  const found = findingsOf({ observations, thresholds: RECORDED.thresholds }).filter(({ rule }) =>
    rule.startsWith('target-'),
  );
  return { verdict: judgeRecorded(observations).verdict, found };
};

test('somebody else edits the target: people are asked, and there is no GO', () => {
  const { verdict, found } = judged(drift('edited', 'image a became b, by kubectl-edit (Update, 12:00)'));
  expect(verdict).toBe('INCONCLUSIVE');
  expect(found).toEqual([
    expect.objectContaining({
      ...{ rule: 'target-edited', severity: 'HIGH', action: 'ask', proof: ['watch-edited'] },
      because: 'image a became b, by kubectl-edit (Update, 12:00).',
    }),
  ]);
});

test('scaling is told, and changes nothing', () => {
  const { verdict, found } = judged(drift('scaled', 'scaled from 2 to 3 replicas, by kubectl-scale'));
  expect(verdict).toBe('GO');
  expect(found).toEqual([
    expect.objectContaining({ rule: 'target-scaled', severity: 'LOW', action: 'continue' }),
  ]);
});

test('edited between the baseline and enabling: another rule, so that a later edit is asked about too', () => {
  const { verdict, found } = judged(drift('edited', 'image a became b', 'enabling'));
  expect(verdict).toBe('INCONCLUSIVE');
  expect(found).toEqual([
    expect.objectContaining({ rule: 'target-edited-before-enabling', severity: 'HIGH', action: 'ask' }),
  ]);
});

test('scaled between the baseline and enabling is told as well', () => {
  const { verdict, found } = judged(drift('scaled', 'scaled from 2 to 3 replicas', 'enabling'));
  expect(verdict).toBe('GO');
  expect(found).toEqual([expect.objectContaining({ rule: 'target-scaled' })]);
});

test('what was taken back leaves no finding', () => {
  const { verdict, found } = judged({ ...drift('edited', '', 'enabling'), changes: [] } as Observation);
  expect({ verdict, found }).toEqual({ verdict: 'GO', found: [] });
});
