import { expect, test } from '@jest/globals';
import type { Observation } from '../../../procedure/observations.js';
import { findingsOf } from '../../../procedure/rules/table.js';
import { missingStrict } from '../../../procedure/rules/strict-pass.js';
import { judgeRecorded, RECORDED } from '../../support/recorded-go.js';

const at = RECORDED.observations.find((one) => one.id === 'after-flow5-rows')?.at ?? '';
const flow = (number: 1 | 2, change: object = {}): Observation => ({
  ...{ kind: 'flow', id: `strict-flow${String(number)}`, at, source: 'api', side: 'strict', flow: number },
  ...{ status: 'ok', http: 200, ms: 10, reason: null },
  ...change,
});
const rows = (number: 1 | 2, change: object = {}): Observation => ({
  ...{ kind: 'copy', id: `strict-flow${String(number)}-rows`, at, source: 'rows', side: 'after' },
  ...{ write: 'strict', teamIds: [9], status: 'copied', attempted: 1, copied: 1, differences: [] },
  ...{ confirmed: true, lagMs: null, reason: null },
  ...change,
});
const rollout = (change: 'on' | 'off', status = 'complete'): Observation =>
  ({
    ...{ kind: 'rollout', id: `strict-${change}-rollout`, at, source: 'supervisor', status },
    ...{ change: change === 'on' ? 'enable' : 'disable', restartLoop: false, durationMs: 1, reason: null },
  }) as Observation;
const off = (status: string): Observation =>
  ({
    ...{ kind: 'serving-flags', id: 'strict-off-flags', at, source: 'processes', expected: 'enabled' },
    ...{ processes: [], status, reason: null },
  }) as Observation;

const WHOLE = [
  rollout('on'),
  flow(1),
  rows(1),
  flow(2),
  rows(2),
  rollout('off'),
  off('as-expected'),
] as const;
const judge = (pass: readonly Observation[]): string =>
  judgeRecorded([...RECORDED.observations, ...pass]).verdict;

test('a whole pass leaves a GO what it is, wherever it stands among the observations', () => {
  expect(judge(WHOLE)).toBe('GO');
  expect(judgeRecorded([...WHOLE, ...RECORDED.observations]).verdict).toBe('GO');
});

test.each(
  WHOLE.slice(1)
    .filter((one) => one.id !== 'strict-off-rollout')
    .map((one) => one.id),
)('without %s there is no GO', (id) => {
  expect(judge(WHOLE.filter((one) => one.id !== id))).toBe('INCONCLUSIVE');
});

test('a run without the pass misses nothing of it', () => {
  expect(missingStrict(RECORDED.observations)).toEqual([]);
});

test.each([
  ['a flow answers 500', [flow(1, { status: 'failed', http: 500 })], 'strict-mode-fails-requests', 'NO_GO'],
  ['a copy is wrong', [rows(2, { status: 'wrong', copied: 0 })], 'wrong-copy', 'NO_GO'],
  ['strict mode stays on', [off('differs')], 'flag-drift', 'INCONCLUSIVE'],
  ['the restart out of it fails', [rollout('off', 'failed')], 'restart-loop', 'NO_GO'],
] as const)('%s', (...row) => {
  const [, changed, rule, verdict] = row;
  const pass = [...WHOLE.filter((one) => !changed.some(({ id }) => id === one.id)), ...changed];
  const all = [...RECORDED.observations, ...pass];
  expect(findingsOf({ observations: all, thresholds: RECORDED.thresholds }).map((one) => one.rule)).toContain(
    rule,
  );
  expect(judgeRecorded(all).verdict).toBe(verdict);
});
