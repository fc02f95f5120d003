import { escapeIdentifier } from 'pg';
import type { FoundTables } from './tables.js';

/** The three queries of seed §5.3, word for word. */
export const SEED_QUERIES = [
  {
    title: 'Count recent vNext teams (last 24 hours)',
    sql: `SELECT COUNT(*) FROM organizations_team 
WHERE created_at > NOW() - INTERVAL '24 hours';`,
  },
  {
    title: 'Count mappings created today',
    sql: `SELECT COUNT(*) FROM organizations_teammigrationmap
WHERE created_at::date = CURRENT_DATE;`,
  },
  {
    title: 'Check for orphan mappings',
    sql: `SELECT COUNT(*) FROM organizations_teammigrationmap m
WHERE NOT EXISTS (SELECT 1 FROM organizations_team v WHERE v.id = m.vnext_team_id)
   OR NOT EXISTS (SELECT 1 FROM teams_team l WHERE l.id = m.legacy_team_id);`,
  },
] as const;

/** One query with the names that were found, or why it cannot be asked. */
export interface CorrectedQuery {
  readonly sql?: string;
  readonly reason?: string;
}

/** The same three, in the same order, with the real tables and columns. Today is the server's day, as in the seed. */
export function correctedQueries({ tables, mappingTime }: FoundTables): readonly CorrectedQuery[] {
  const { team, mapping, legacyTeam } = tables;
  return [
    team === undefined
      ? { reason: 'the new teams were not found' }
      : { sql: `SELECT COUNT(*) FROM ${team.sql}\nWHERE created_at > NOW() - INTERVAL '24 hours';` },
    mapping === undefined || mappingTime === null
      ? { reason: 'the mapping, or the column with its time, was not found' }
      : {
          sql: `SELECT COUNT(*) FROM ${mapping.sql}\nWHERE ${escapeIdentifier(mappingTime)}::date = CURRENT_DATE;`,
        },
    mapping === undefined || team === undefined || legacyTeam === undefined
      ? { reason: 'the mapping, the new teams or the legacy teams were not found' }
      : {
          sql: `SELECT COUNT(*) FROM ${mapping.sql} m
WHERE NOT EXISTS (SELECT 1 FROM ${team.sql} v WHERE v.id = m.vnext_team_id)
   OR NOT EXISTS (SELECT 1 FROM ${legacyTeam.sql} l WHERE l.id = m.legacy_team_id);`,
        },
  ];
}
