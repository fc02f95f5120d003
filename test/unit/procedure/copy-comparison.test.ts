import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compareCopies, copyStatusOf, surplusOf } from '../../../procedure/copy-comparison.js';
import type { CopyRows, CopyRules, LegacyTeamRow, MemberRow } from '../../../procedure/copy-rows.js';

const RULES: CopyRules = {
  games: { '1': 'valorant', '2': 'csgo' },
  roles: { COACH: 'PLAYER', ANALYST: 'PLAYER', SCOUT: 'PLAYER' },
  statuses: { ACTIVE: 'ACTIVE', INACTIVE: 'INACTIVE' },
};
const legacyTeam: LegacyTeamRow = {
  id: 501,
  name: 'A',
  slug: 'a',
  game: 'valorant',
  region: 'EU',
  isActive: true,
};
const member = (id: number, userId: number, changes: Partial<MemberRow> = {}): MemberRow => ({
  id,
  teamId: 1,
  userId,
  person: `user${String(userId)}`,
  role: 'PLAYER',
  status: 'ACTIVE',
  ...changes,
});
const newTeam = { id: 1, name: 'A', slug: 'a', gameId: 1, region: 'EU', status: 'ACTIVE' };
const newOwner = member(1, 10, { role: 'OWNER' });
const RIGHT: CopyRows = {
  teamIds: [1],
  notCompared: [],
  newTeams: [newTeam],
  newMembers: [newOwner, member(2, 11, { role: 'COACH' })],
  mappings: [{ id: 7, newTeamId: 1, legacyTeamId: 501 }],
  legacyTeams: [legacyTeam],
  legacyMembers: [
    member(2001, 10, { teamId: 501, role: 'OWNER' }),
    member(2002, 11, { teamId: 501, role: 'PLAYER' }),
  ],
};
const differencesOf = (changes: Partial<CopyRows>, rules = RULES) =>
  compareCopies({ ...RIGHT, ...changes }, rules)[0]?.differences ?? [];
const legacyMembers = (...rows: MemberRow[]): Partial<CopyRows> => ({
  legacyMembers: rows.map((row) => ({ ...row, teamId: 501 })),
});
const owner = member(2001, 10, { role: 'OWNER' });

describe('one team', () => {
  test('a right copy has no difference', () => {
    expect(compareCopies(RIGHT, RULES)).toEqual([{ teamId: 1, differences: [] }]);
  });

  const cases: readonly (readonly [string, Partial<CopyRows>, object[]])[] = [
    [
      'nothing copied',
      { mappings: [], legacyTeams: [], legacyMembers: [] },
      [{ class: 'missing-in-legacy', row: 'team 1', field: 'mapping', found: 'no row' }],
    ],
    [
      'a legacy team without its mapping',
      { mappings: [] },
      [{ class: 'missing-in-legacy', found: 'legacy team 501 of the same name, without a mapping' }],
    ],
    [
      'a mapping to nowhere',
      { legacyTeams: [], legacyMembers: [] },
      [{ class: 'orphan-mapping', row: 'mapping 7', field: 'legacy_team_id' }],
    ],
    [
      'the new team gone',
      { newTeams: [], newMembers: [] },
      [
        { class: 'orphan-mapping', field: 'vnext_team_id' },
        { class: 'missing-in-new', row: 'team 1' },
      ],
    ],
    [
      'a legacy team for two',
      { mappings: [...RIGHT.mappings, { id: 8, newTeamId: 2, legacyTeamId: 501 }] },
      [{ class: 'duplicate', row: 'mapping 7', field: 'legacy_team_id', found: 'also for 2' }],
    ],
    [
      'two mappings',
      { mappings: [...RIGHT.mappings, { id: 8, newTeamId: 1, legacyTeamId: 501 }] },
      [{ class: 'duplicate', row: 'mapping 8', field: 'vnext_team_id' }],
    ],
    [
      'another name',
      { legacyTeams: [{ ...legacyTeam, name: 'B' }] },
      [{ class: 'field-differs', field: 'name', expected: 'A', found: 'B' }],
    ],
    [
      'another slug',
      { legacyTeams: [{ ...legacyTeam, slug: 'b' }] },
      [{ class: 'field-differs', field: 'slug' }],
    ],
    [
      'another game',
      { legacyTeams: [{ ...legacyTeam, game: 'csgo' }] },
      [{ class: 'field-differs', field: 'game', expected: 'valorant', found: 'csgo' }],
    ],
    [
      'another region',
      { legacyTeams: [{ ...legacyTeam, region: null }] },
      [{ class: 'field-differs', field: 'region', expected: 'EU', found: null }],
    ],
    [
      'switched off',
      { legacyTeams: [{ ...legacyTeam, isActive: false }] },
      [{ class: 'field-differs', field: 'is_active', expected: 'true', found: 'false' }],
    ],
    [
      'a member missing',
      legacyMembers(owner),
      [{ class: 'missing-in-legacy', row: 'membership 2 (user11)' }],
    ],
    [
      'a member too many',
      legacyMembers(owner, member(2002, 11), member(2003, 12)),
      [{ class: 'missing-in-new', row: 'legacy membership 2003 (user12)' }],
    ],
    [
      'the wrong person',
      legacyMembers(owner, member(2002, 12)),
      [
        {
          class: 'wrong-person',
          row: 'membership 2 (user11)',
          expected: 'user11',
          found: 'user12 (legacy membership 2002)',
        },
      ],
    ],
    [
      'a profile of nobody',
      legacyMembers(owner, member(2002, 11, { userId: null, person: 'nobody (reference 9)' })),
      [{ class: 'wrong-person', found: 'nobody (reference 9) (legacy membership 2002)' }],
    ],
    [
      'both persons wrong',
      legacyMembers(member(2001, 12, { role: 'OWNER' }), member(2002, 13)),
      [
        { class: 'wrong-person', expected: 'user10', found: 'user12 (legacy membership 2001)' },
        { class: 'wrong-person', expected: 'user11', found: 'user13 (legacy membership 2002)' },
      ],
    ],
    [
      'the wrong role',
      legacyMembers(owner, member(2002, 11, { role: 'COACH' })),
      [{ class: 'wrong-role', expected: 'PLAYER', found: 'COACH' }],
    ],
    [
      'the wrong status',
      legacyMembers(owner, member(2002, 11, { status: 'INACTIVE' })),
      [{ class: 'wrong-status', expected: 'ACTIVE', found: 'INACTIVE' }],
    ],
    [
      'a person twice',
      legacyMembers(owner, member(2002, 11), member(2003, 11)),
      [{ class: 'duplicate', row: 'legacy membership 2002 (user11)' }],
    ],
  ];
  test.each(cases)('%s', (_title, changes, expected) => {
    const found = differencesOf(changes);
    expect(found).toHaveLength(expected.length);
    expect(found).toMatchObject(expected);
  });

  test('a game without a legacy name is copied as empty, and NULL is empty', () => {
    const newTeams = [{ ...newTeam, gameId: 99 }];
    expect(differencesOf({ newTeams, legacyTeams: [{ ...legacyTeam, game: '' }] })).toEqual([]);
    expect(differencesOf({ newTeams, legacyTeams: [{ ...legacyTeam, game: null }] })).toEqual([]);
    expect(differencesOf({ newTeams })).toHaveLength(1);
  });

  test('a removal: the row stays with its status, or is gone where the rules say so', () => {
    const newMembers = [newOwner, member(2, 11, { role: 'COACH', status: 'INACTIVE' })];
    expect(differencesOf({ newMembers })).toMatchObject([
      { class: 'wrong-status', expected: 'INACTIVE', found: 'ACTIVE' },
    ]);
    const gone = { ...RULES, statuses: { INACTIVE: '' } };
    expect(differencesOf({ newMembers, ...legacyMembers(owner) }, gone)).toEqual([]);
    expect(differencesOf({ newMembers }, gone)).toMatchObject([
      { class: 'wrong-status', expected: 'no legacy row' },
    ]);
  });

  test('a column that is not there is not compared', () => {
    expect(
      differencesOf({ notCompared: ['region'], legacyTeams: [{ ...legacyTeam, region: null }] }),
    ).toEqual([]);
  });
});

describe('status', () => {
  test('none, copied, missing, wrong', () => {
    expect(copyStatusOf([])).toBe('none');
    expect(copyStatusOf(compareCopies(RIGHT, RULES))).toBe('copied');
    expect(copyStatusOf(compareCopies({ ...RIGHT, ...legacyMembers(owner) }, RULES))).toBe('missing');
    expect(copyStatusOf(compareCopies({ ...RIGHT, ...legacyMembers(owner, member(2002, 12)) }, RULES))).toBe(
      'wrong',
    );
  });
});

describe('surplus', () => {
  const surplus = [
    { id: 9, name: 'A (3)', mapping: { id: 8, newTeamId: 77 } },
    { id: 8, name: 'A (2)', mapping: null },
  ];

  test('is told by id with what names it, and makes right copies wrong', () => {
    const told = surplusOf({ ...RIGHT, surplus });
    expect(told).toMatchObject([
      { class: 'surplus-in-legacy', row: 'legacy team 8 (A (2))', found: 'no mapping' },
      { class: 'surplus-in-legacy', row: 'legacy team 9 (A (3))', found: 'mapping 8 of team 77' },
    ]);
    expect(copyStatusOf(compareCopies(RIGHT, RULES), told)).toBe('wrong');
  });

  test('that nobody looked for is none', () => {
    expect(surplusOf(RIGHT)).toEqual([]);
  });
});

describe('any teams', () => {
  const roles = ['OWNER', 'MANAGER', 'COACH', 'PLAYER', 'SUBSTITUTE', 'ANALYST', 'SCOUT'];
  const teams = fc.array(
    fc.record({
      gameId: fc.integer({ min: 1, max: 6 }),
      active: fc.boolean(),
      members: fc.uniqueArray(
        fc.record({
          user: fc.integer({ min: 1, max: 40 }),
          role: fc.constantFrom(...roles),
          status: fc.constantFrom('ACTIVE', 'INACTIVE'),
        }),
        { selector: (one) => one.user, maxLength: 6 },
      ),
    }),
    { minLength: 1, maxLength: 6 },
  );
  type Made = typeof teams extends fc.Arbitrary<infer T> ? T : never;
  /** The rows that a right dual-write leaves. */
  const rightCopy = (made: Made): CopyRows => ({
    teamIds: made.map((_, at) => at + 1),
    notCompared: [],
    newTeams: made.map((team, at) => ({
      id: at + 1,
      name: `T${String(at)}`,
      slug: `t${String(at)}`,
      gameId: team.gameId,
      region: 'EU',
      status: team.active ? 'ACTIVE' : 'DISBANDED',
    })),
    newMembers: made.flatMap((team, at) =>
      team.members.map((one) => ({
        id: at * 100 + one.user,
        teamId: at + 1,
        userId: one.user,
        person: `u${String(one.user)}`,
        role: one.role,
        status: one.status,
      })),
    ),
    mappings: made.map((_, at) => ({ id: at + 1, newTeamId: at + 1, legacyTeamId: at + 501 })),
    legacyTeams: made.map((team, at) => ({
      id: at + 501,
      name: `T${String(at)}`,
      slug: `t${String(at)}`,
      game: RULES.games[String(team.gameId)] ?? '',
      region: 'EU',
      isActive: team.active,
    })),
    legacyMembers: made.flatMap((team, at) =>
      team.members.map((one) => ({
        id: 2000 + at * 100 + one.user,
        teamId: at + 501,
        userId: one.user,
        person: `u${String(one.user)}`,
        role: RULES.roles[one.role] ?? one.role,
        status: one.status,
      })),
    ),
  });
  const shuffled = <T>(items: readonly T[], seed: number): T[] =>
    [...items]
      .map((item, at) => ({ item, key: (at * 7919 + seed) % 101 }))
      .sort((a, b) => a.key - b.key)
      .map(({ item }) => item);

  test('a right copy never differs, whatever the order of the rows', () => {
    fc.assert(
      fc.property(teams, fc.nat(100), (made, seed) => {
        const rows = rightCopy(made);
        const mixed: CopyRows = {
          ...rows,
          teamIds: shuffled(rows.teamIds, seed),
          newTeams: shuffled(rows.newTeams, seed),
          newMembers: shuffled(rows.newMembers, seed),
          mappings: shuffled(rows.mappings, seed),
          legacyTeams: shuffled(rows.legacyTeams, seed),
          legacyMembers: shuffled(rows.legacyMembers, seed),
        };
        expect(compareCopies(mixed, RULES).flatMap((team) => team.differences)).toEqual([]);
      }),
    );
  });

  test('any one legacy row less, more or changed is found, and only its team differs', () => {
    fc.assert(
      fc.property(
        teams,
        fc.nat(),
        fc.constantFrom('drop-team', 'drop-mapping', 'drop-member', 'stranger', 'role', 'status', 'name'),
        (made, pick, fault) => {
          const rows = rightCopy(made);
          const at = pick % rows.legacyTeams.length;
          const victim = rows.legacyMembers[pick % Math.max(1, rows.legacyMembers.length)];
          const replaced = (change: Partial<MemberRow>): MemberRow[] =>
            rows.legacyMembers.map((one) => (one === victim ? { ...one, ...change } : one));
          const broken: CopyRows = {
            ...rows,
            ...(fault === 'drop-team'
              ? { legacyTeams: rows.legacyTeams.filter((_, index) => index !== at) }
              : {}),
            ...(fault === 'drop-mapping'
              ? { mappings: rows.mappings.filter((_, index) => index !== at) }
              : {}),
            ...(fault === 'name'
              ? {
                  legacyTeams: rows.legacyTeams.map((team, index) =>
                    index === at ? { ...team, name: 'other' } : team,
                  ),
                }
              : {}),
            ...(fault === 'drop-member'
              ? { legacyMembers: rows.legacyMembers.filter((one) => one !== victim) }
              : {}),
            ...(fault === 'stranger' ? { legacyMembers: replaced({ userId: 999, person: 'stranger' }) } : {}),
            ...(fault === 'role' ? { legacyMembers: replaced({ role: 'JANITOR' }) } : {}),
            ...(fault === 'status' ? { legacyMembers: replaced({ status: 'PENDING' }) } : {}),
          };
          const ofTeam = ['drop-team', 'drop-mapping', 'name'].includes(fault);
          fc.pre(ofTeam || victim !== undefined);
          const team = ofTeam ? at + 1 : (victim?.teamId ?? 0) - 500;
          const different = compareCopies(broken, RULES).filter((one) => one.differences.length > 0);
          expect(different.map((one) => one.teamId)).toEqual([team]);
        },
      ),
    );
  });
});
