import { TERMINAL } from '../../procedure/failures.js';
import { failure } from '../support/failure.js';
import type { Session } from './database.js';
import { text, wholeNumber, type Row } from './rows.js';
import { requireTable, type FoundTables } from './tables.js';

/** What we count ourselves, because the report's lists are cut at ten (docs/target.md). */
export interface OwnCounts {
  /** Mappings whose new team is not there. */
  readonly orphansInNew: number;
  /** Mappings whose legacy team is not there. One mapping can be both. */
  readonly orphansInLegacy: number;
  /** Mappings that are an orphan on at least one side. */
  readonly orphanMappings: number;
  /** Legacy teams that more than one mapping names. */
  readonly duplicateLegacyIds: number;
  /** New teams that more than one mapping names. */
  readonly duplicateNewIds: number;
}

/** Orphans and duplicates of the mapping, in one statement and hence of one moment. Throws UnexpectedAnswer when the server refuses. */
export async function countMappings(session: Session, found: FoundTables): Promise<OwnCounts> {
  const mapping = requireTable(found, 'mapping').sql;
  const team = requireTable(found, 'team').sql;
  const legacyTeam = requireTable(found, 'legacyTeam').sql;
  const apart = await keptApart(session, requireTable(found, 'mapping').oid);
  const repeated = (column: string): string =>
    apart.has(column)
      ? '0'
      : `(SELECT count(*) FROM (SELECT FROM ${mapping} GROUP BY ${column} HAVING count(*) > 1) d)`;
  // Joins, because the planner hashes them; the same question as NOT EXISTS in a select list takes a lookup a row.
  const sql = `
    SELECT count(*) FILTER (WHERE v.id IS NULL) AS orphans_in_new,
           count(*) FILTER (WHERE l.id IS NULL) AS orphans_in_legacy,
           count(*) FILTER (WHERE v.id IS NULL OR l.id IS NULL) AS orphans,
           ${repeated('legacy_team_id')} AS duplicate_legacy, ${repeated('vnext_team_id')} AS duplicate_new
      FROM ${mapping} m LEFT JOIN ${team} v ON v.id = m.vnext_team_id LEFT JOIN ${legacyTeam} l ON l.id = m.legacy_team_id`;
  const row = await onlyRow(session, 'counting orphan and duplicate mappings', sql);
  return {
    orphansInNew: wholeNumber(row, 'orphans_in_new'),
    orphansInLegacy: wholeNumber(row, 'orphans_in_legacy'),
    orphanMappings: wholeNumber(row, 'orphans'),
    duplicateLegacyIds: wholeNumber(row, 'duplicate_legacy'),
    duplicateNewIds: wholeNumber(row, 'duplicate_new'),
  };
}

/** Columns that a unique index keeps apart: sorting a million of them would find nothing. */
async function keptApart(session: Session, oid: number): Promise<ReadonlySet<string>> {
  const sql = `
    SELECT a.attname AS name FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
     WHERE i.indrelid = $1 AND i.indisunique AND i.indisvalid AND i.indnkeyatts = 1 AND i.indpred IS NULL`;
  const { rows } = await session.query('looking for unique indexes of the mapping', sql, [oid]);
  return new Set(rows.map((row) => text(row, 'name')));
}

/** A count that the server refuses, or that runs into its time limit, would do so again: the reason is the result. */
export async function onlyRow(session: Session, what: string, sql: string): Promise<Row> {
  const result = await session.attempt(what, sql);
  if (!result.ok) throw failure(TERMINAL.unexpected, `${what}: ${result.error}`);
  return result.answer.rows[0] ?? {};
}
