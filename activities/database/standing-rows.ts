import type { AskedField, StandingMember, StandingTeam } from '../../procedure/asked-rows.js';
import type { Session } from './database.js';
import { text, textOrNull, wholeNumber, type Row } from './rows.js';
import { requireTable, type FoundTables } from './tables.js';
import { inSnapshot } from './transactions.js';

/** Column that each field stands in. */
const COLUMN_OF: Readonly<Record<AskedField, string>> = {
  name: 'name',
  owner: 'owner_id',
  game_id: 'game_id',
  region: 'region',
  description: 'description',
};

/** Teams of the new model by id or by name, with all their members, in one snapshot; by id, members by id. */
export function readStanding(
  session: Session,
  found: FoundTables,
  wanted: { readonly ids: readonly number[]; readonly names: readonly string[] },
): Promise<(StandingTeam & { readonly name: string })[]> {
  const team = requireTable(found, 'team');
  const user = requireTable(found, 'user');
  const membership = requireTable(found, 'membership');
  return inSnapshot(session, async () => {
    const teams = await session.query(
      'reading what stands of the test teams',
      `SELECT t.*, o.username AS owner FROM ${team.sql} t LEFT JOIN ${user.sql} o ON o.id = t.owner_id
        WHERE t.id = ANY ($1::int8[]) OR t.name = ANY ($2::text[]) ORDER BY t.id`,
      [wanted.ids, wanted.names],
    );
    const members = await session.query(
      'reading what stands of their members',
      `SELECT m.id, m.team_id, u.username, m.role, m.status FROM ${membership.sql} m
         LEFT JOIN ${user.sql} u ON u.id = m.user_id WHERE m.team_id = ANY ($1::int8[]) ORDER BY m.id`,
      [teams.rows.map((row) => wholeNumber(row, 'id'))],
    );
    const byTeam = new Map<number, StandingMember[]>();
    for (const row of members.rows) {
      const teamId = wholeNumber(row, 'team_id');
      byTeam.set(teamId, [...(byTeam.get(teamId) ?? []), memberOf(row)]);
    }
    return teams.rows.map((row) => ({
      id: wholeNumber(row, 'id'),
      name: text(row, 'name'),
      fields: fieldsOf(row, team.columns),
      members: byTeam.get(wholeNumber(row, 'id')) ?? [],
    }));
  });
}

function fieldsOf(row: Row, columns: readonly string[]): StandingTeam['fields'] {
  const fields = Object.keys(COLUMN_OF) as AskedField[];
  return Object.fromEntries(
    fields
      .filter((field) => columns.includes(COLUMN_OF[field]))
      .map((field) => [field, textOrNull(row, field)]),
  );
}

function memberOf(row: Row): StandingMember {
  return {
    id: wholeNumber(row, 'id'),
    person: textOrNull(row, 'username'),
    role: textOrNull(row, 'role'),
    status: textOrNull(row, 'status'),
  };
}
