import type { Session } from './database.js';
import { text, textOrNull, wholeNumber } from './rows.js';
import { requireTable, type FoundTables } from './tables.js';

/** A new team as it stands, for finding what a lost answer made. */
export interface TeamRow {
  readonly id: number;
  readonly name: string;
  readonly slug: string | null;
  readonly region: string | null;
  readonly description: string | null;
}

export interface MembershipRow {
  readonly id: number;
  readonly role: string | null;
  readonly status: string | null;
}

/** Teams by their names. The run's names are unique, so a name that is there was made by this run. */
export async function findTeamsByName(
  session: Session,
  found: FoundTables,
  names: readonly string[],
): Promise<TeamRow[]> {
  if (names.length === 0) return [];
  const team = requireTable(found, 'team', ['slug']);
  const sql = `SELECT * FROM ${team.sql} WHERE name = ANY ($1::text[]) ORDER BY id`;
  return (await session.query('looking for test teams by name', sql, [names])).rows.map(teamOf);
}

/** Teams whose names begin with a text. */
export async function findTeamsByPrefix(
  session: Session,
  found: FoundTables,
  prefix: string,
): Promise<TeamRow[]> {
  const team = requireTable(found, 'team', ['slug']);
  const sql = `SELECT * FROM ${team.sql} WHERE starts_with(name, $1) ORDER BY id`;
  return (await session.query('looking for test teams by name', sql, [prefix])).rows.map(teamOf);
}

/** One team by its id; `null` when there is none. */
export async function findTeam(session: Session, found: FoundTables, id: number): Promise<TeamRow | null> {
  const team = requireTable(found, 'team');
  const { rows } = await session.query('looking for a test team', `SELECT * FROM ${team.sql} WHERE id = $1`, [
    id,
  ]);
  return rows.map(teamOf)[0] ?? null;
}

/** The newest membership of a user on a team; `null` when there is none. */
export async function findMembership(
  session: Session,
  found: FoundTables,
  wanted: { readonly teamId: number; readonly username: string },
): Promise<MembershipRow | null> {
  const membership = requireTable(found, 'membership');
  const user = requireTable(found, 'user');
  const sql = `SELECT m.* FROM ${membership.sql} m JOIN ${user.sql} u ON u.id = m.user_id
                WHERE m.team_id = $1 AND u.username = $2 ORDER BY m.id DESC LIMIT 1`;
  const { rows } = await session.query('looking for the test membership', sql, [
    wanted.teamId,
    wanted.username,
  ]);
  return (
    rows.map((row) => ({
      id: wholeNumber(row, 'id'),
      role: textOrNull(row, 'role'),
      status: textOrNull(row, 'status'),
    }))[0] ?? null
  );
}

/** The newest membership of a user on each of these teams. */
export async function findMemberships(
  session: Session,
  found: FoundTables,
  wanted: { readonly teamIds: readonly number[]; readonly username: string },
): Promise<(MembershipRow & { readonly teamId: number })[]> {
  if (wanted.teamIds.length === 0) return [];
  const membership = requireTable(found, 'membership');
  const user = requireTable(found, 'user');
  const sql = `SELECT DISTINCT ON (m.team_id) m.* FROM ${membership.sql} m JOIN ${user.sql} u ON u.id = m.user_id
                WHERE m.team_id = ANY ($1::bigint[]) AND u.username = $2 ORDER BY m.team_id, m.id DESC`;
  const values = [wanted.teamIds, wanted.username];
  const { rows } = await session.query('looking for the test memberships', sql, values);
  return rows.map((row) => ({
    id: wholeNumber(row, 'id'),
    teamId: wholeNumber(row, 'team_id'),
    role: textOrNull(row, 'role'),
    status: textOrNull(row, 'status'),
  }));
}

function teamOf(row: Readonly<Record<string, unknown>>): TeamRow {
  return {
    id: wholeNumber(row, 'id'),
    name: text(row, 'name'),
    slug: textOrNull(row, 'slug'),
    region: textOrNull(row, 'region'),
    description: textOrNull(row, 'description'),
  };
}
