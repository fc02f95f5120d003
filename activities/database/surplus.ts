import type { SurplusRow } from '../../procedure/copy-rows.js';
import { performanceTeamName, smokeTeamName } from '../../procedure/flows.js';
import type { Session } from './database.js';
import { text, wholeNumber, wholeNumberOrNull } from './rows.js';
import { requireTable, type FoundTables } from './tables.js';

/**
 * Legacy teams with the run's tag in their name that are the twin of no team of the run: no mapping names them, or one of
 * a team that is not the run's. A team of the run without any mapping is told as missing, with a legacy team of its name
 * beside it: that one is not told twice.
 */
export async function readSurplus(session: Session, found: FoundTables, tag: string): Promise<SurplusRow[]> {
  const legacyTeam = requireTable(found, 'legacyTeam').sql;
  const team = requireTable(found, 'team').sql;
  const mapping = requireTable(found, 'mapping').sql;
  // Both sides of the run are few; everything else hangs on these by an index.
  const sql = `
    WITH ours AS MATERIALIZED (
           SELECT t.id, t.name FROM ${team} t WHERE starts_with(t.name, $1) OR starts_with(t.name, $2)),
         copies AS MATERIALIZED (
           SELECT l.id, l.name FROM ${legacyTeam} l WHERE starts_with(l.name, $1) OR starts_with(l.name, $2)),
         twins AS MATERIALIZED (
           SELECT m.id, m.legacy_team_id, m.vnext_team_id FROM ${mapping} m
            WHERE m.legacy_team_id = ANY (ARRAY (SELECT id FROM copies))),
         unmapped AS MATERIALIZED (
           SELECT o.name FROM ours o WHERE NOT EXISTS (SELECT FROM ${mapping} m WHERE m.vnext_team_id = o.id))
    SELECT c.id, c.name, (array_agg(w.id ORDER BY w.id))[1] AS mapping_id,
           (array_agg(w.vnext_team_id ORDER BY w.id))[1] AS vnext_team_id
      FROM copies c LEFT JOIN twins w ON w.legacy_team_id = c.id
     WHERE NOT EXISTS (SELECT FROM twins x JOIN ours o ON o.id = x.vnext_team_id WHERE x.legacy_team_id = c.id)
       AND NOT (w.id IS NULL AND c.name IN (SELECT name FROM unmapped))
     GROUP BY c.id, c.name ORDER BY c.id`;
  const prefixes = [smokeTeamName(tag, ''), performanceTeamName(tag, '')];
  const { rows } = await session.query("looking for surplus copies of the run's teams", sql, prefixes);
  return rows.map((row) => {
    const id = wholeNumberOrNull(row, 'mapping_id');
    return {
      id: wholeNumber(row, 'id'),
      name: text(row, 'name'),
      mapping: id === null ? null : { id, newTeamId: wholeNumber(row, 'vnext_team_id') },
    };
  });
}
