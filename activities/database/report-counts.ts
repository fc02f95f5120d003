import { ApplicationFailure } from '@temporalio/common';
import type { LoadedEnvironment } from '../../environment/settings.js';
import type { ReportCounts } from '../../procedure/report-recount.js';
import type { Databases, Session } from './database.js';
import { countMappings } from './own-counts.js';
import { wholeNumber, type Row } from './rows.js';
import { findTables, requireTable, type FoundTables } from './tables.js';
import { inSnapshot } from './transactions.js';

/**
 * The report compares a sample of a hundred teams. Only where that is every mapped team do its mismatches say how many
 * there are; where there are more, our audit of all teams tells.
 */
const SAMPLED = 100;

/** Counts on a connection of its own. A database that is not reachable throws, so that the step is tried again. */
export function countingFor(
  databases: Databases,
  environment: LoadedEnvironment,
): (signal: AbortSignal) => Promise<ReportCounts | string> {
  return (signal) =>
    databases.withDatabase(environment, signal, async (session) => {
      try {
        return await countForReport(session, await findTables(session, environment.settings.database.tables));
      } catch (error) {
        if (error instanceof ApplicationFailure && error.nonRetryable === true) return error.message;
        throw error;
      }
    });
}

/**
 * What vnext_validation_report claims, counted by our own SQL in one snapshot, whole where the report cuts its lists at
 * ten. Throws NotFound (terminal) for a missing table or column, UnexpectedAnswer when the server refuses.
 */
export function countForReport(session: Session, found: FoundTables): Promise<ReportCounts> {
  return inSnapshot(session, async () => {
    const totals = (await session.query('counting teams and mappings', totalsSql(found))).rows[0] ?? {};
    const mappings = await countMappings(session, found);
    const legacy = wholeNumber(totals, 'legacy_teams');
    const withMapping = wholeNumber(totals, 'legacy_with_mapping');
    const total = wholeNumber(totals, 'total_mappings');
    return {
      legacy_teams: legacy,
      vnext_teams: wholeNumber(totals, 'vnext_teams'),
      mapped_teams: wholeNumber(totals, 'mapped_teams'),
      coverage_pct: legacy === 0 ? 0 : (100 * withMapping) / legacy,
      unmapped_legacy: legacy - withMapping,
      total_mappings: total,
      duplicate_legacy: mappings.duplicateLegacyIds,
      duplicate_vnext: mappings.duplicateNewIds,
      // The report lists the sides apart.
      orphan_mappings: mappings.orphansInNew + mappings.orphansInLegacy,
      recent_teams: wholeNumber(totals, 'recent_teams'),
      missing_legacy: wholeNumber(totals, 'missing_legacy'),
      ...(total <= SAMPLED ? mismatches(await mismatchRow(session, found)) : {}),
    };
  });
}

function totalsSql(found: FoundTables): string {
  const mapping = requireTable(found, 'mapping').sql;
  const team = requireTable(found, 'team').sql;
  const legacyTeam = requireTable(found, 'legacyTeam').sql;
  return `
    SELECT (SELECT count(*) FROM ${legacyTeam}) AS legacy_teams,
           (SELECT count(*) FROM ${legacyTeam} WHERE id IN (SELECT legacy_team_id FROM ${mapping})) AS legacy_with_mapping,
           (SELECT count(*) FROM ${team}) AS vnext_teams,
           (SELECT count(*) FROM ${team} WHERE id IN (SELECT vnext_team_id FROM ${mapping})) AS mapped_teams,
           (SELECT count(*) FROM ${mapping}) AS total_mappings, r.recent AS recent_teams, r.missing AS missing_legacy
      FROM (SELECT count(*) AS recent, count(*) FILTER (WHERE m.vnext_team_id IS NULL) AS missing
              FROM ${team} t LEFT JOIN (SELECT DISTINCT vnext_team_id FROM ${mapping}) m ON m.vnext_team_id = t.id
             WHERE t.created_at >= now() - interval '24 hours') r`;
}

async function mismatchRow(session: Session, found: FoundTables): Promise<Row> {
  const active = (key: 'membership' | 'legacyMembership', team: string): string =>
    `(SELECT count(*) FROM ${requireTable(found, key).sql} x WHERE x.team_id = ${team} AND x.status = 'ACTIVE')`;
  const sql = `
    SELECT count(*) FILTER (WHERE t.name IS DISTINCT FROM l.name) AS names,
           count(*) FILTER (WHERE ${active('membership', 't.id')} <> ${active('legacyMembership', 'l.id')}) AS members
      FROM ${requireTable(found, 'mapping').sql} m
      JOIN ${requireTable(found, 'team').sql} t ON t.id = m.vnext_team_id
      JOIN ${requireTable(found, 'legacyTeam').sql} l ON l.id = m.legacy_team_id`;
  return (await session.query('comparing names and members of the mapped teams', sql)).rows[0] ?? {};
}

function mismatches(row: Row): ReportCounts {
  return { name_mismatches: wholeNumber(row, 'names'), member_mismatches: wholeNumber(row, 'members') };
}
