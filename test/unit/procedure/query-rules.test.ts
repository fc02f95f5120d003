/** Query counts of seed §6.1: what a request does more with the flag on is told, and never decides. */
import { describe, expect, test } from '@jest/globals';
import type { Finding } from '../../../procedure/findings.js';
import type { Observation, QueriesObservation } from '../../../procedure/observations.js';
import { outsideRange, type OperationQueries, type QueryOperation } from '../../../procedure/query-counts.js';
import { findingsOf } from '../../../procedure/rules/table.js';
import { judgeRecorded, RECORDED } from '../../support/recorded-go.js';

const counted = (
  operation: QueryOperation,
  request: number,
  commitHooks: number | null = 0,
): OperationQueries => ({ operation, request, transaction: 2, hooks: 1, commitHooks });

function queries(
  side: 'baseline' | 'after',
  operations: readonly OperationQueries[],
  change: Partial<QueriesObservation> = {},
): Observation {
  return {
    ...{
      kind: 'queries',
      id: `${side}-queries`,
      at: RECORDED.observations[0]?.at ?? '',
      source: 'framework',
    },
    ...{ side, status: 'counted', dualWrite: side === 'after', operations, reason: null },
    outsideRange: outsideRange(operations),
    ...change,
  };
}

const told = (off: Observation, on: Observation): Finding[] =>
  findingsOf({ observations: [off, on], thresholds: RECORDED.thresholds });
/** Team creates: the seed expects 5 to 8. */
const creates = (off: number, on: number): Finding[] =>
  told(queries('baseline', [counted('team_create', off)]), queries('after', [counted('team_create', on, 9)]));

const BEFORE = 'baseline-queries-out-of-range';

describe('a request with the flag off and on', () => {
  test.each([
    { off: 6, on: 6, rule: null },
    { off: 6, on: 5, rule: null },
    { off: 6, on: 7, rule: 'queries-grew' },
    { off: 4, on: 8, rule: 'queries-grew' },
    { off: 8, on: 9, rule: 'queries-over-range' },
    { off: 6, on: 30, rule: 'queries-over-range' },
    // Over what the seed expects without dual-write already: not its doing.
    { off: 10, on: 10, rule: null },
    { off: 10, on: 9, rule: null },
    { off: 10, on: 11, rule: 'queries-over-range' },
  ])('$off queries off, $on on: $rule', ({ off, on, rule }) => {
    const findings = creates(off, on);
    const grown = findings.filter((one) => one.rule !== BEFORE);
    expect(grown.map((one) => one.rule)).toEqual(rule === null ? [] : [rule]);
    for (const finding of grown) {
      expect(finding).toMatchObject({ severity: 'LOW', action: 'continue', verdict: null });
      expect(finding.because).toBe(
        `Team Create: ${String(on)} queries in the request with the flag on, ${String(off)} off; expected 5-8 (commit hooks: 9, told apart from these).`,
      );
      expect(finding.proof).toEqual(['after-queries', 'baseline-queries']);
    }
  });

  test.each([
    [4, `Team Create: 4 queries in the request, expected 5-8.`],
    [5, null],
    [8, null],
    [9, `Team Create: 9 queries in the request, expected 5-8.`],
  ])('%i with the flag off is outside the range: %s', (off, words) => {
    const [finding, ...more] = told(
      queries('baseline', [counted('team_create', off), counted('member_add', 3)]),
      queries('after', [counted('team_create', off)]),
    );
    expect(more).toEqual([]);
    if (words === null) expect(finding).toBeUndefined();
    else
      expect(finding).toMatchObject({
        ...{ rule: BEFORE, severity: 'LOW', action: 'continue', verdict: null, proof: ['baseline-queries'] },
        because: `With the flag off already: ${words}`,
      });
  });

  test('counts by a process that saw the flag on say nothing of the target without it', () => {
    const on = queries('baseline', [counted('team_create', 30)], { dualWrite: true });
    expect(told(on, queries('after', [counted('team_create', 30)]))).toEqual([]);
  });

  test('nor do counts of a version that did not tell: a run that it began goes on as it began', () => {
    const { outsideRange: _none, ...old } = queries('baseline', [
      counted('team_create', 30),
    ]) as QueriesObservation;
    expect(told(old, queries('after', [counted('team_create', 30)]))).toEqual([]);
  });

  test('each operation stands in one of the two findings, with its own range', () => {
    const findings = told(
      queries('baseline', [counted('team_create', 6), counted('member_add', 5), counted('team_update', 4)]),
      queries('after', [counted('team_create', 7), counted('member_add', 6), counted('team_update', 4)]),
    );
    expect(findings.map(({ rule, because }) => [rule, because.split(':')[0]])).toEqual([
      ['queries-over-range', 'Member Add'],
      ['queries-grew', 'Team Create'],
    ]);
    expect(findings[0]?.because).toContain('expected 3-5');
  });

  test('hooks that grow are no finding: after the commit is where copying belongs', () => {
    const on = queries('after', [counted('team_create', 6, 50)]);
    expect(told(queries('baseline', [counted('team_create', 6, 0)]), on)).toEqual([]);
  });

  test('hooks that ended with an error are told as not counted', () => {
    const on = queries('after', [counted('team_create', 7, null)]);
    const [finding] = told(queries('baseline', [counted('team_create', 6)]), on);
    expect(finding?.because).toContain('commit hooks: not counted');
  });
});

describe('what compares nothing', () => {
  const off = queries('baseline', [counted('team_create', 6)]);
  const on = queries('after', [counted('team_create', 30)]);
  const unknown = { status: 'unknown', operations: [], reason: 'no shell' } as const;
  test.each<readonly [string, readonly Observation[]]>([
    ['one side only', [on]],
    ['nothing counted before', [queries('baseline', [], unknown), on]],
    ['another operation', [queries('baseline', [counted('member_add', 5)]), on]],
    ['the flag was on before', [{ ...off, dualWrite: true } as Observation, on]],
    ['the flag was off after', [off, { ...on, dualWrite: false } as Observation]],
    ['the process did not say', [off, { ...on, dualWrite: null } as Observation]],
  ])('%s', (_, observations) => {
    expect(findingsOf({ observations, thresholds: RECORDED.thresholds })).toEqual([]);
  });
});

test('whatever the counts, however old or missing they are, the verdict is what it was', () => {
  const off = queries('baseline', [counted('team_create', 6)], { at: '2020-01-01T00:00:00.000Z' });
  const on = queries('after', [counted('team_create', 60)], { at: '2020-01-01T00:00:00.000Z' });
  const none = queries('after', [], { status: 'unknown', reason: 'no shell' });
  for (const more of [[], [off, on], [off], [on], [none]])
    expect(judgeRecorded([...RECORDED.observations, ...more]).verdict).toBe('GO');
});
