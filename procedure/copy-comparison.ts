import type {
  CopyRows,
  CopyRules,
  LegacyTeamRow,
  MappingRow,
  MemberRow,
  NewTeamRow,
  TeamField,
} from './copy-rows.js';
import { compareMembers } from './member-comparison.js';
import type { RowDifference } from './observations.js';

export interface TeamComparison {
  readonly teamId: number;
  /** Empty: everything of this team stands rightly on both sides. */
  readonly differences: readonly RowDifference[];
}

/**
 * Compares teams with their legacy twins: fields, members by person, missing and surplus rows on either side. One
 * answer for each asked team, in the order of the ids; the order of the rows does not matter. Pure, so that the
 * offline verifier comes to the same answer.
 */
export function compareCopies(rows: CopyRows, rules: CopyRules): TeamComparison[] {
  const index = indexRows(rows, rules);
  return [...new Set(rows.teamIds)]
    .sort((a, b) => a - b)
    .map((teamId) => ({ teamId, differences: compareTeam(teamId, index) }));
}

/**
 * Legacy teams of the run that are the twin of none of its teams, such as a copy that was made twice and mapped once. They
 * belong to no team of the comparison, so they stand beside it.
 */
export function surplusOf({ surplus = [] }: CopyRows): RowDifference[] {
  return [...surplus]
    .sort((a, b) => a.id - b.id)
    .map(({ id, name, mapping }) =>
      difference('surplus-in-legacy', `legacy team ${String(id)} (${name})`, {
        field: 'mapping',
        expected: 'no row, or a mapping of a team of this run',
        found:
          mapping === null
            ? 'no mapping'
            : `mapping ${String(mapping.id)} of team ${String(mapping.newTeamId)}`,
      }),
    );
}

/** `missing`: nothing stands wrongly, something is not there at all. `wrong`: at least one row or field is. */
export function copyStatusOf(
  comparisons: readonly TeamComparison[],
  surplus: readonly RowDifference[] = [],
): 'copied' | 'missing' | 'wrong' | 'none' {
  if (comparisons.length === 0) return 'none';
  const differences = [...comparisons.flatMap((team) => team.differences), ...surplus];
  if (differences.length === 0) return 'copied';
  return differences.every((one) => one.class === 'missing-in-legacy') ? 'missing' : 'wrong';
}

interface RowIndex {
  readonly rules: CopyRules;
  readonly notCompared: ReadonlySet<TeamField>;
  readonly newTeams: ReadonlyMap<number, NewTeamRow>;
  readonly legacyTeams: ReadonlyMap<number, LegacyTeamRow>;
  readonly legacyByName: ReadonlyMap<string, LegacyTeamRow>;
  readonly mappingsByNew: ReadonlyMap<number, MappingRow[]>;
  readonly mappingsByLegacy: ReadonlyMap<number, MappingRow[]>;
  readonly newMembers: ReadonlyMap<number, MemberRow[]>;
  readonly legacyMembers: ReadonlyMap<number, MemberRow[]>;
}

function indexRows(rows: CopyRows, rules: CopyRules): RowIndex {
  return {
    rules,
    notCompared: new Set(rows.notCompared),
    newTeams: new Map(rows.newTeams.map((team) => [team.id, team])),
    legacyTeams: new Map(rows.legacyTeams.map((team) => [team.id, team])),
    legacyByName: new Map(rows.legacyTeams.map((team) => [team.name, team])),
    mappingsByNew: group(rows.mappings, (mapping) => mapping.newTeamId),
    mappingsByLegacy: group(rows.mappings, (mapping) => mapping.legacyTeamId),
    newMembers: group(rows.newMembers, (member) => member.teamId),
    legacyMembers: group(rows.legacyMembers, (member) => member.teamId),
  };
}

function compareTeam(teamId: number, index: RowIndex): RowDifference[] {
  const row = `team ${String(teamId)}`;
  const team = index.newTeams.get(teamId);
  const mappings = index.mappingsByNew.get(teamId) ?? [];
  const found: RowDifference[] = mappings.flatMap((mapping) => mappingFaults(mapping, mappings, index));
  if (team === undefined) {
    // A team that the run recorded and that is gone: whatever points to it points to nothing.
    found.push(difference('missing-in-new', row, { field: null, expected: 'a new team', found: 'no row' }));
    return found;
  }
  const [mapping] = mappings;
  if (mapping === undefined) {
    const stray = index.legacyByName.get(team.name);
    const seen =
      stray === undefined ? 'no row' : `legacy team ${String(stray.id)} of the same name, without a mapping`;
    return [
      difference('missing-in-legacy', row, {
        field: 'mapping',
        expected: 'a mapping and a legacy team',
        found: seen,
      }),
    ];
  }
  const legacy = index.legacyTeams.get(mapping.legacyTeamId);
  if (legacy === undefined) return found;
  const members = {
    new: index.newMembers.get(team.id) ?? [],
    legacy: index.legacyMembers.get(legacy.id) ?? [],
  };
  return [...found, ...compareFields(team, legacy, index), ...compareMembers(members, index.rules)];
}

function mappingFaults(mapping: MappingRow, ofTeam: readonly MappingRow[], index: RowIndex): RowDifference[] {
  const row = `mapping ${String(mapping.id)}`;
  const legacyId = String(mapping.legacyTeamId);
  const newId = String(mapping.newTeamId);
  const faults: RowDifference[] = [];
  if (!index.newTeams.has(mapping.newTeamId)) {
    faults.push(
      difference('orphan-mapping', row, {
        field: 'vnext_team_id',
        expected: `new team ${newId}`,
        found: 'no row',
      }),
    );
  }
  if (!index.legacyTeams.has(mapping.legacyTeamId)) {
    faults.push(
      difference('orphan-mapping', row, {
        field: 'legacy_team_id',
        expected: `legacy team ${legacyId}`,
        found: 'no row',
      }),
    );
  }
  if (ofTeam.length > 1 && mapping !== ofTeam[0]) {
    faults.push(
      difference('duplicate', row, {
        field: 'vnext_team_id',
        expected: `one mapping of new team ${newId}`,
        found: 'a further one',
      }),
    );
  }
  const others = (index.mappingsByLegacy.get(mapping.legacyTeamId) ?? []).filter(
    (other) => other.newTeamId !== mapping.newTeamId,
  );
  if (others.length > 0) {
    const teams = others.map((other) => String(other.newTeamId)).join(', ');
    faults.push(
      difference('duplicate', row, {
        field: 'legacy_team_id',
        expected: `legacy team ${legacyId} for team ${newId} alone`,
        found: `also for ${teams}`,
      }),
    );
  }
  return faults;
}

function compareFields(team: NewTeamRow, legacy: LegacyTeamRow, index: RowIndex): RowDifference[] {
  const row = `team ${String(team.id)}`;
  const compared: readonly (readonly [TeamField, string | null, string | null])[] = [
    ['name', team.name, legacy.name],
    ['slug', team.slug, legacy.slug],
    ['game', team.gameId === null ? null : (index.rules.games[String(team.gameId)] ?? ''), legacy.game],
    ['region', team.region, legacy.region],
    [
      'is_active',
      String(team.status === 'ACTIVE'),
      legacy.isActive === null ? null : String(legacy.isActive),
    ],
  ];
  return compared.flatMap(([field, expected, seen]) => {
    // A legacy NULL and an empty text mean the same to the application: "no game", "no region".
    if (index.notCompared.has(field) || (expected ?? '') === (seen ?? '')) return [];
    return [difference('field-differs', row, { field, expected, found: seen })];
  });
}

function difference(
  kind: RowDifference['class'],
  row: string,
  seen: Pick<RowDifference, 'field' | 'expected' | 'found'>,
): RowDifference {
  return { class: kind, row, ...seen };
}

/** Groups by a key; inside a group by id, so that the answer does not depend on the order of the rows. */
function group<T extends { readonly id: number }>(
  items: readonly T[],
  key: (item: T) => number,
): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const item of [...items].sort((a, b) => a.id - b.id)) {
    const members = groups.get(key(item));
    if (members === undefined) groups.set(key(item), [item]);
    else members.push(item);
  }
  return groups;
}
