import type { Session } from './database.js';
import { wholeNumber } from './rows.js';

/** Statements that mark transactions or set up a connection: no queries of a request. */
const NO_QUERY = '^\\s*(begin|commit|rollback|savepoint|release|start|end|abort|set|show|reset|discard)\\y';
/** What PostgreSQL itself asks to check a foreign key; those that are deferred look like statements of the client. */
const KEY_CHECK = '^SELECT \\S+ FROM ONLY .* OPERATOR\\(pg_catalog\\.=\\) .* FOR KEY SHARE';
const SQL = `
  SELECT coalesce(sum(calls) FILTER (WHERE query !~* $1 AND query !~ $2), 0)::int8 AS queries,
         count(*) FILTER (WHERE query = '<insufficient privilege>') AS hidden
    FROM pg_stat_statements
   WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
     AND userid <> (SELECT oid FROM pg_roles WHERE rolname = current_user)`;

/**
 * How many queries the database has run for every other role since its statistics began; a text = why that cannot be told:
 * pg_stat_statements is an extension that need not be there, and hides other roles' statements from who may not read them.
 */
export async function statementCalls(session: Session): Promise<number | string> {
  const result = await session.attempt('reading pg_stat_statements', SQL, [NO_QUERY, KEY_CHECK]);
  if (!result.ok) return `pg_stat_statements cannot be read: ${result.error}`;
  const row = result.answer.rows[0] ?? {};
  return wholeNumber(row, 'hidden') > 0
    ? 'pg_stat_statements hides the statements of other roles from ours (grant pg_read_all_stats)'
    : wholeNumber(row, 'queries');
}
