/** The new rows beside what the run asked for: what differs, and what follows from it. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { effectOf, type AskedRows, type StandingTeam } from '../../../procedure/asked-rows.js';
import type { FlowObservation, LatencyObservation, Observation } from '../../../procedure/observations.js';
import { findingsOf } from '../../../procedure/rules/table.js';
import type { VerdictOutput } from '../../../procedure/rules/verdict.js';
import { judgeRecorded, RECORDED } from '../../support/recorded-go.js';

const member = (change: object = {}): StandingTeam['members'][number] => ({
  ...{ id: 34, person: 'player1', role: 'PLAYER', status: 'ACTIVE' },
  ...change,
});
const team = (change: Partial<StandingTeam> = {}): StandingTeam => ({
  id: 7,
  fields: { name: 'A', owner: 'captain1', game_id: '1', region: 'EU', description: '' },
  members: [member({ id: 33, person: 'captain1', role: 'OWNER' }), member()],
  ...change,
});
const ADD: AskedRows = {
  team: { name: 'A', owner: 'captain1', game_id: '1' },
  member: { person: 'player1', id: 34, state: 'active', role: 'PLAYER' },
};
const REMOVE: AskedRows = { team: {}, member: { person: 'player1', id: 34, state: 'left' } };
const without = (fields: StandingTeam['fields'], name: keyof StandingTeam['fields']) =>
  Object.fromEntries(Object.entries(fields).filter(([field]) => field !== name));

describe('what stands beside what was asked', () => {
  const cases: readonly (readonly [string, AskedRows, readonly StandingTeam[], readonly string[]])[] = [
    ['as asked', ADD, [team()], []],
    ['no team', ADD, [], ['no new team stands']],
    ['two teams', ADD, [team(), team({ id: 8 })], ['2 new teams stand where one was asked for']],
    [
      'another owner',
      ADD,
      [team({ fields: { ...team().fields, owner: 'player2' } })],
      ['owner of team 7 is "player2", asked was "captain1"'],
    ],
    [
      'no owner',
      ADD,
      [team({ fields: { ...team().fields, owner: null } })],
      ['owner of team 7 is NULL, asked was "captain1"'],
    ],
    ['nobody added', ADD, [team({ members: [] })], ['membership 34 does not stand on team 7']],
    [
      'nobody added, and no id told',
      { ...ADD, member: { person: 'player1', id: null, state: 'active', role: 'PLAYER' } },
      [team({ members: [] })],
      ['no membership of player1 stands on team 7'],
    ],
    [
      'somebody else added with another role',
      ADD,
      [team({ members: [member({ person: 'player3', role: 'COACH' })] })],
      [
        'membership 34 belongs to player3, asked was player1',
        'the role of membership 34 is "COACH", asked was "PLAYER"',
      ],
    ],
    [
      'added as inactive',
      ADD,
      [team({ members: [member({ status: 'INACTIVE' })] })],
      ['the status of membership 34 is "INACTIVE", asked was "ACTIVE"'],
    ],
    ['removed: the row says so', REMOVE, [team({ members: [member({ status: 'INACTIVE' })] })], []],
    ['removed: the row is gone', REMOVE, [team({ members: [] })], []],
    ['not removed', REMOVE, [team()], ['membership 34 of player1 is still ACTIVE, asked was its removal']],
    [
      'removed, and another row of the person stands',
      REMOVE,
      [team({ members: [member({ id: 40 })] })],
      ['membership 40 of player1 is still ACTIVE, asked was its removal'],
    ],
  ];
  test.each(cases)('%s', (...[, asked, teams, differences]) => {
    expect(effectOf(asked, teams)).toEqual({ differences, notCompared: [] });
  });

  test('a field without a column is named, and nothing is said of it', () => {
    expect(effectOf(ADD, [team({ fields: without(team().fields, 'game_id') })])).toEqual({
      differences: [],
      notCompared: ['team.game_id'],
    });
  });

  test('whatever is asked and stands, a difference in one field is one difference', () => {
    const names = ['name', 'owner', 'game_id', 'region', 'description'] as const;
    fc.assert(
      fc.property(
        fc.record({
          name: fc.string(),
          owner: fc.string(),
          game_id: fc.string(),
          region: fc.string(),
          description: fc.string(),
        }),
        fc.constantFrom(...names),
        (fields, changed) => {
          expect(effectOf({ team: fields }, [team({ fields })]).differences).toEqual([]);
          const other = { ...fields, [changed]: `${fields[changed]}x` };
          expect(effectOf({ team: fields }, [team({ fields: other })]).differences).toHaveLength(1);
        },
      ),
    );
  });
});

/** The recorded run as a run that compares sees it. */
const COMPARED = RECORDED.observations.map((one): Observation => {
  if (one.kind === 'flow') return { ...one, effect: 'as-asked' };
  return one.kind === 'latency' ? { ...one, withoutEffect: 0 } : one;
});
const changed = (
  id: string,
  change: Partial<FlowObservation> | Partial<LatencyObservation>,
  from: readonly Observation[] = COMPARED,
): Observation[] => from.map((one) => (one.id === id ? ({ ...one, ...change } as Observation) : one));
const rulesOf = (observations: readonly Observation[]): string[] =>
  findingsOf({ observations, thresholds: RECORDED.thresholds }).map(({ rule }) => rule);
const judge = (observations: readonly Observation[]): VerdictOutput => judgeRecorded(observations);
const NOTHING: Partial<FlowObservation> = {
  status: 'failed',
  http: 200,
  reason: 'HTTP 200, but membership 34 of player1 is still ACTIVE, asked was its removal',
  effect: 'not-as-asked',
};

describe('the rule', () => {
  test('a run whose writes are all as asked is GO', () => {
    expect(judge(COMPARED)).toMatchObject({ verdict: 'GO' });
    expect(rulesOf(COMPARED)).not.toContain('write-without-effect');
  });

  test.each([1, 2, 3, 4, 5])('flow %i without effect with the flag on: NO_GO, HIGH, disable', (flow) => {
    const seen = changed(`after-flow${String(flow)}`, NOTHING);
    expect(judge(seen).verdict).toBe('NO_GO');
    expect(findingsOf({ observations: seen, thresholds: RECORDED.thresholds })).toContainEqual(
      expect.objectContaining({
        rule: 'write-without-effect',
        severity: 'HIGH',
        action: 'disable',
        proof: [`after-flow${String(flow)}`],
      }),
    );
  });

  test('with the flag off already it is a fault of the baseline: INCONCLUSIVE', () => {
    const seen = changed('after-flow5', NOTHING, changed('baseline-flow5', NOTHING));
    expect(rulesOf(seen)).toContain('baseline-fault');
    expect(rulesOf(seen)).not.toContain('write-without-effect');
    expect(judge(seen).verdict).toBe('INCONCLUSIVE');
  });

  test('one timed write without effect is NO_GO, with the flag off too INCONCLUSIVE', () => {
    const after = changed('after-latency', { withoutEffect: 1, failures: 1 });
    expect(rulesOf(after)).toContain('write-without-effect');
    expect(judge(after).verdict).toBe('NO_GO');
    const both = changed('baseline-latency', { withoutEffect: 1, failures: 1 }, after);
    expect(rulesOf(both)).not.toContain('write-without-effect');
    expect(judge(both).verdict).toBe('INCONCLUSIVE');
  });

  test('a write that was not compared, among others that were, is no GO', () => {
    const kinds = COMPARED.filter(({ kind }) => kind === 'flow' || kind === 'latency');
    for (const { id } of kinds) {
      const plain = RECORDED.observations.filter((one) => one.id === id);
      const seen = [...COMPARED.filter((one) => one.id !== id), ...plain];
      expect(judge(seen).verdict).toBe('INCONCLUSIVE');
    }
  });

  test('a field without a column, of whatever was compared, is no GO and is named', () => {
    for (const id of ['after-flow4', 'after-latency', 'after-flow1-rows']) {
      const { verdict, reasons } = judge(changed(id, { notCompared: ['teams_team.game'] }));
      expect(verdict).toBe('INCONCLUSIVE');
      expect(reasons).toContainEqual(
        `teams_team.game was not compared, because there is no such column (${id}).`,
      );
    }
  });
});
