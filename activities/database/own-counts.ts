import type { Session } from './database.js';
import { wholeNumber, type Row } from './rows.js';
import { requireTable, type FoundTables } from './tables.js';

/** What we count ourselves, because the report's lists are cut at ten (target-contract §5). */
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

export interface Connections {
  readonly used: number;
  /** max_connections without those that are kept for superusers and reserved roles. */
  readonly usable: number;
}

/** Orphans and duplicates of the mapping, in one statement and hence of one moment. */
export async function countMappings(session: Session, found: FoundTables): Promise<OwnCounts> {
  const mapping = requireTable(found, 'mapping').sql;
  const team = requireTable(found, 'team').sql;
  const legacyTeam = requireTable(found, 'legacyTeam').sql;
  const sql = `
    WITH m AS (
      SELECT NOT EXISTS (SELECT FROM ${team} v WHERE v.id = a.vnext_team_id) AS no_new,
             NOT EXISTS (SELECT FROM ${legacyTeam} l WHERE l.id = a.legacy_team_id) AS no_legacy
        FROM ${mapping} a)
    SELECT count(*) FILTER (WHERE no_new) AS orphans_in_new,
           count(*) FILTER (WHERE no_legacy) AS orphans_in_legacy,
           count(*) FILTER (WHERE no_new OR no_legacy) AS orphans,
           (SELECT count(*) FROM (SELECT FROM ${mapping} GROUP BY legacy_team_id HAVING count(*) > 1) d) AS duplicate_legacy,
           (SELECT count(*) FROM (SELECT FROM ${mapping} GROUP BY vnext_team_id HAVING count(*) > 1) d) AS duplicate_new
      FROM m`;
  const row = onlyRow((await session.query('counting orphan and duplicate mappings', sql)).rows);
  return {
    orphansInNew: wholeNumber(row, 'orphans_in_new'),
    orphansInLegacy: wholeNumber(row, 'orphans_in_legacy'),
    orphanMappings: wholeNumber(row, 'orphans'),
    duplicateLegacyIds: wholeNumber(row, 'duplicate_legacy'),
    duplicateNewIds: wholeNumber(row, 'duplicate_new'),
  };
}

/**
 * Client connections of the whole server: max_connections is the server's, not one database's. An unprivileged user
 * sees other users' sessions without their kind; those of a database are clients.
 */
export async function countConnections(session: Session): Promise<Connections> {
  const sql = `
    SELECT (SELECT count(*) FROM pg_stat_activity
             WHERE backend_type = 'client backend' OR (backend_type IS NULL AND datname IS NOT NULL)) AS used,
           current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
             - coalesce(current_setting('reserved_connections', true), '0')::int AS usable`;
  const row = onlyRow((await session.query('counting connections', sql)).rows);
  return { used: wholeNumber(row, 'used'), usable: wholeNumber(row, 'usable') };
}

function onlyRow(rows: readonly Row[]): Row {
  return rows[0] ?? {};
}
