import {
  TEAM_FIELDS,
  type CopyRows,
  type LegacyTeamRow,
  type MappingRow,
  type MemberRow,
  type NewTeamRow,
  type TeamField,
} from '../../procedure/copy-rows.js';
import type { Session } from './database.js';
import { readSurplus } from './surplus.js';
import { booleanOrNull, text, textOrNull, wholeNumber, wholeNumberOrNull, type Row } from './rows.js';
import { requireTable, type FoundTable, type FoundTables } from './tables.js';
import { inSnapshot } from './transactions.js';

/** Teams in one statement at most; more are read in several, inside the same snapshot. */
const CHUNK = 1000;

/** Columns of both sides that a field needs; without them the field is not compared, and the result says so. */
export const FIELD_COLUMNS: Readonly<Record<TeamField, readonly [newColumn: string, legacyColumn: string]>> =
  {
    name: ['name', 'name'],
    slug: ['slug', 'slug'],
    game: ['game_id', 'game'],
    region: ['region', 'region'],
    is_active: ['status', 'is_active'],
  };

/**
 * Reads the new rows of the given teams and their legacy twins through the mapping, people through profile → auth user,
 * all in one snapshot: a copy that is under way is seen whole or not at all. Every statement finds its rows by an index,
 * but for the surplus, which is known by names alone.
 */
export function readCopyRows(
  session: Session,
  found: FoundTables,
  wanted: {
    readonly teamIds: readonly number[];
    /** Tag of the run whose surplus legacy teams are looked for. */
    readonly surplusOf?: string;
  },
): Promise<CopyRows> {
  const { teamIds, surplusOf } = wanted;
  return inSnapshot(session, async () => {
    const rows = await readCopyRowsHere(session, found, teamIds);
    if (surplusOf === undefined) return rows;
    return { ...rows, surplus: await readSurplus(session, found, surplusOf) };
  });
}

/** The same inside a transaction that the caller has begun. */
export async function readCopyRowsHere(
  session: Session,
  found: FoundTables,
  teamIds: readonly number[],
): Promise<CopyRows> {
  const notCompared = fieldsNotCompared(found);
  const chunks: CopyRows[] = [];
  for (let at = 0; at < teamIds.length; at += CHUNK) {
    chunks.push(await readChunk(session, found, teamIds.slice(at, at + CHUNK)));
  }
  return merge(chunks, { teamIds, notCompared });
}

/** The missing columns for which fields are not compared, `public.teams_team.game`: what a verdict has to name. */
export function columnsNotThere(found: FoundTables): string[] {
  const team = requireTable(found, 'team');
  const legacyTeam = requireTable(found, 'legacyTeam');
  return Object.values(FIELD_COLUMNS).flatMap(([newColumn, legacyColumn]) => [
    ...(team.columns.includes(newColumn) ? [] : [`${team.fullName}.${newColumn}`]),
    ...(legacyTeam.columns.includes(legacyColumn) ? [] : [`${legacyTeam.fullName}.${legacyColumn}`]),
  ]);
}

/** Fields for which one of the two tables has no column. */
export function fieldsNotCompared(found: FoundTables): readonly TeamField[] {
  const team = requireTable(found, 'team');
  const legacyTeam = requireTable(found, 'legacyTeam');
  return TEAM_FIELDS.filter((field) => {
    const [newColumn, legacyColumn] = FIELD_COLUMNS[field];
    return !team.columns.includes(newColumn) || !legacyTeam.columns.includes(legacyColumn);
  });
}

async function readChunk(
  session: Session,
  found: FoundTables,
  teamIds: readonly number[],
): Promise<CopyRows> {
  const tables = {
    team: requireTable(found, 'team'),
    membership: requireTable(found, 'membership'),
    mapping: requireTable(found, 'mapping'),
    legacyTeam: requireTable(found, 'legacyTeam'),
    legacyMembership: requireTable(found, 'legacyMembership'),
  };
  const read = async (what: string, sql: string, ...values: readonly unknown[]): Promise<readonly Row[]> =>
    (await session.query(`reading ${what}`, sql, values)).rows;
  const mappingsOf = (await read('mappings', mappingSql(tables.mapping, 'vnext_team_id'), teamIds)).map(
    mappingOf,
  );
  const legacyIds = mappingsOf.map((mapping) => mapping.legacyTeamId);
  const sharing = (await read('mappings', mappingSql(tables.mapping, 'legacy_team_id'), legacyIds)).map(
    mappingOf,
  );
  const newTeams = (
    await read('new teams', `SELECT * FROM ${tables.team.sql} WHERE id = ANY ($1)`, teamIds)
  ).map(newTeamOf);
  const names = newTeams.map((team) => team.name);
  const legacySql = `SELECT * FROM ${tables.legacyTeam.sql} WHERE id = ANY ($1) OR name = ANY ($2::text[])`;
  return {
    teamIds,
    notCompared: [],
    newTeams,
    mappings: [...new Map([...mappingsOf, ...sharing].map((mapping) => [mapping.id, mapping])).values()],
    newMembers: (await read('new members', newMemberSql(tables.membership, found), teamIds)).map(memberOf),
    legacyTeams: (await read('legacy teams', legacySql, legacyIds, names)).map(legacyTeamOf),
    legacyMembers: (
      await read('legacy members', legacyMemberSql(tables.legacyMembership, found), legacyIds)
    ).map(memberOf),
  };
}

function mappingSql(mapping: FoundTable, column: 'vnext_team_id' | 'legacy_team_id'): string {
  return `SELECT id, vnext_team_id, legacy_team_id FROM ${mapping.sql} WHERE ${column} = ANY ($1) ORDER BY id`;
}

function newMemberSql(membership: FoundTable, found: FoundTables): string {
  const user = requireTable(found, 'user');
  return `SELECT m.id, m.team_id, m.user_id AS person_id, u.username, m.user_id AS reference, m.role, m.status
            FROM ${membership.sql} m LEFT JOIN ${user.sql} u ON u.id = m.user_id
           WHERE m.team_id = ANY ($1) ORDER BY m.id`;
}

function legacyMemberSql(membership: FoundTable, found: FoundTables): string {
  const profile = requireTable(found, 'profile');
  const user = requireTable(found, 'user');
  return `SELECT m.id, m.team_id, u.id AS person_id, u.username, m.profile_id AS reference, m.role, m.status
            FROM ${membership.sql} m
            LEFT JOIN ${profile.sql} p ON p.id = m.profile_id
            LEFT JOIN ${user.sql} u ON u.id = p.user_id
           WHERE m.team_id = ANY ($1) ORDER BY m.id`;
}

function newTeamOf(row: Row): NewTeamRow {
  return {
    id: wholeNumber(row, 'id'),
    name: text(row, 'name'),
    slug: textOrNull(row, 'slug'),
    gameId: wholeNumberOrNull(row, 'game_id'),
    region: textOrNull(row, 'region'),
    status: textOrNull(row, 'status'),
  };
}

function legacyTeamOf(row: Row): LegacyTeamRow {
  return {
    id: wholeNumber(row, 'id'),
    name: text(row, 'name'),
    slug: textOrNull(row, 'slug'),
    game: textOrNull(row, 'game'),
    region: textOrNull(row, 'region'),
    isActive: booleanOrNull(row, 'is_active'),
  };
}

function mappingOf(row: Row): MappingRow {
  return {
    id: wholeNumber(row, 'id'),
    newTeamId: wholeNumber(row, 'vnext_team_id'),
    legacyTeamId: wholeNumber(row, 'legacy_team_id'),
  };
}

function memberOf(row: Row): MemberRow {
  const reference = textOrNull(row, 'reference') ?? 'unknown';
  return {
    id: wholeNumber(row, 'id'),
    teamId: wholeNumber(row, 'team_id'),
    userId: wholeNumberOrNull(row, 'person_id'),
    person: textOrNull(row, 'username') ?? `nobody (reference ${reference})`,
    role: textOrNull(row, 'role'),
    status: textOrNull(row, 'status'),
  };
}

function merge(chunks: readonly CopyRows[], about: Pick<CopyRows, 'teamIds' | 'notCompared'>): CopyRows {
  return {
    ...about,
    newTeams: chunks.flatMap((chunk) => chunk.newTeams),
    newMembers: chunks.flatMap((chunk) => chunk.newMembers),
    mappings: [
      ...new Map(chunks.flatMap((chunk) => chunk.mappings).map((mapping) => [mapping.id, mapping])).values(),
    ],
    legacyTeams: chunks.flatMap((chunk) => chunk.legacyTeams),
    legacyMembers: chunks.flatMap((chunk) => chunk.legacyMembers),
  };
}
