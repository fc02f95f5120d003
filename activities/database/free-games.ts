import type { ApiAuthentication, EnvironmentSettings } from '../../environment/settings.js';
import type { Session } from './database.js';
import { wholeNumber } from './rows.js';
import { requireTable, type FoundTables } from './tables.js';

export interface FreeGamesQuery {
  /** How many game ids are wanted. */
  readonly count: number;
  /** False leaves the mapped games to the smoke flows, where the legacy game is compared. */
  readonly preferMapped: boolean;
  /** Whose teams they are for. */
  readonly owner: ApiAuthentication;
}

/**
 * Game ids at which the test user owns no team: one team per owner and game is allowed, a second one is a 500. With a
 * static token the user is not known; then games of which nobody owns a team are taken. Fewer than asked when the
 * range of the environment file has no more. Read only; another client may take one of them meanwhile.
 */
export async function freeGames(
  session: Session,
  found: FoundTables,
  { settings, query }: { readonly settings: EnvironmentSettings; readonly query: FreeGamesQuery },
): Promise<number[]> {
  const { mapped, from, to } = settings.testData.games;
  const team = requireTable(found, 'team');
  const user = requireTable(found, 'user');
  const username = query.owner.kind === 'password' ? query.owner.username : null;
  const sql = `
    SELECT g.id::int8 AS id
      FROM (SELECT DISTINCT id FROM (SELECT unnest($1::int8[]) UNION SELECT generate_series($2::int8, $3::int8)) a(id)) g
     WHERE NOT EXISTS (
             SELECT FROM ${team.sql} t
              WHERE t.game_id = g.id
                AND ($4::text IS NULL OR t.owner_id = (SELECT u.id FROM ${user.sql} u WHERE u.username = $4)))
     ORDER BY g.id = ANY ($1::int8[]) DESC, array_position($1::int8[], g.id), g.id
     LIMIT $5`;
  const preferred = query.preferMapped ? mapped : [];
  const excluded = query.preferMapped ? 0 : mapped.length;
  const { rows } = await session.query('looking for free game ids', sql, [
    preferred,
    from,
    // Reading the whole range would be slow when it is wide: more than this many cannot be taken at its beginning.
    Math.min(to, from + RANGE_AT_ONCE),
    username,
    query.count + excluded,
  ]);
  const ids = rows.map((row) => wholeNumber(row, 'id'));
  return ids.filter((id) => query.preferMapped || !mapped.includes(id)).slice(0, query.count);
}

/** Ids looked at in one query. A test user with more teams than this has to clean up first. */
const RANGE_AT_ONCE = 100_000;
