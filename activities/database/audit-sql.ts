import { escapeLiteral } from 'pg';
import type { CopyRules, TeamField } from '../../procedure/copy-rows.js';
import { fieldsNotCompared } from './copy-rows.js';
import { requireTable, type FoundTables } from './tables.js';

/** Between which ids a statement looks: over `$1`, up to `$2`. */
const RANGE = (alias: string): string => `${alias}.id > $1 AND ${alias}.id <= $2`;

/**
 * New team ids of the mappings in a range that may hold a difference: a sieve that lets through whatever is not equal.
 * What comes through is compared row by row (`compareCopies`), which alone says what is wrong, so a right copy that the
 * sieve lets through does no harm. The members of a side are compared as a count and a 64-bit digest of person, role and
 * status. `close`: the ids of the range's teams lie close together, between `$3` and `$4`, those of the twins between
 * `$5` and `$6`; then each table is read once by such a span, otherwise row by row.
 */
export function suspectsSql(found: FoundTables, rules: CopyRules, close: boolean): string {
  const team = requireTable(found, 'team').sql;
  const legacyTeam = requireTable(found, 'legacyTeam').sql;
  const span = (column: string, from: string, to: string): string =>
    close ? `${column} BETWEEN ${from} AND ${to}` : 'true';
  const members = close
    ? `LEFT JOIN (${newMembers(found, rules, `n.team_id BETWEEN $3 AND $4`)} GROUP BY n.team_id) a ON a.team_id = m.vnext_team_id
       LEFT JOIN (${legacyMembers(found, `g.team_id BETWEEN $5 AND $6`)} GROUP BY g.team_id) b ON b.team_id = m.legacy_team_id`
    : `LEFT JOIN LATERAL (${newMembers(found, rules, `n.team_id = m.vnext_team_id`)} GROUP BY n.team_id) a ON true
       LEFT JOIN LATERAL (${legacyMembers(found, `g.team_id = m.legacy_team_id`)} GROUP BY g.team_id) b ON true`;
  return `
    SELECT m.vnext_team_id AS team_id
      FROM ${requireTable(found, 'mapping').sql} m
      LEFT JOIN (SELECT * FROM ${team} WHERE ${span('id', '$3', '$4')}) t ON t.id = m.vnext_team_id
      LEFT JOIN (SELECT * FROM ${legacyTeam} WHERE ${span('id', '$5', '$6')}) l ON l.id = m.legacy_team_id
      ${members}
     WHERE ${RANGE('m')} AND (t.id IS NULL OR l.id IS NULL OR ${fieldsDiffer(found, rules)}
           OR (a.people, a.digest) IS DISTINCT FROM (b.people, b.digest))`;
}

/** Between which ids the teams of a range of mappings lie. */
export function spanSql(found: FoundTables): string {
  return `
    SELECT min(m.vnext_team_id) AS new_from, max(m.vnext_team_id) AS new_to, min(m.legacy_team_id) AS legacy_from,
           max(m.legacy_team_id) AS legacy_to, count(*) AS rows
      FROM ${requireTable(found, 'mapping').sql} m WHERE ${RANGE('m')}`;
}

/**
 * New teams of a range of mappings in which a person stands twice on both sides alike, which the digest cannot see. With
 * `close` (see `suspectsSql`; `$3` and `$4` are the ids of the range's teams) the members are grouped before anything is
 * joined: three times as quick, and there is hardly ever a group left to join.
 */
export function twiceSql(found: FoundTables, close: boolean): string {
  if (close)
    return `
      SELECT m.vnext_team_id AS team_id
        FROM (SELECT DISTINCT team_id FROM (
               SELECT n.team_id FROM ${requireTable(found, 'membership').sql} n WHERE n.team_id BETWEEN $3 AND $4
                GROUP BY n.team_id, n.user_id HAVING count(*) > 1) g) twice
        JOIN ${requireTable(found, 'mapping').sql} m ON m.vnext_team_id = twice.team_id
       WHERE ${RANGE('m')}`;
  return `
    SELECT m.vnext_team_id AS team_id
      FROM ${requireTable(found, 'mapping').sql} m JOIN ${requireTable(found, 'membership').sql} n ON n.team_id = m.vnext_team_id
     WHERE ${RANGE('m')} GROUP BY m.vnext_team_id, n.user_id HAVING count(*) > 1`;
}

/** The same of duplicates, for a side whose ids no unique index keeps apart. */
export function sharedSql(found: FoundTables, column: 'vnext_team_id' | 'legacy_team_id'): string {
  const mapping = requireTable(found, 'mapping');
  return `
    SELECT m.vnext_team_id AS team_id FROM ${mapping.sql} m
     WHERE ${RANGE('m')} AND EXISTS (SELECT FROM ${mapping.sql} o WHERE o.${column} = m.${column} AND o.id <> m.id)`;
}

/** New teams in a range that no mapping names. */
export function unmappedSql(found: FoundTables): string {
  return `
    SELECT t.id, t.name, (t.created_at < $3::timestamptz) AS before_flag
      FROM ${requireTable(found, 'team').sql} t
     WHERE ${RANGE('t')} AND NOT EXISTS (SELECT FROM ${requireTable(found, 'mapping').sql} m WHERE m.vnext_team_id = t.id)
     ORDER BY t.id`;
}

/** Of mappings in a range whose team was made since `$3`: how many, how many later than `$4` ms, and the latest. `time` is quoted. */
export function lagSql(found: FoundTables, time: string): string {
  const lag = `extract(epoch FROM m.${time} - t.created_at) * 1000`;
  return `
    SELECT count(*) AS measured, count(*) FILTER (WHERE ${lag} > $4) AS late, ceil(max(${lag}))::int8 AS max
      FROM ${requireTable(found, 'mapping').sql} m JOIN ${requireTable(found, 'team').sql} t ON t.id = m.vnext_team_id
     WHERE ${RANGE('m')} AND m.${time} >= $3::timestamptz AND t.created_at >= $3::timestamptz`;
}

function fieldsDiffer(found: FoundTables, rules: CopyRules): string {
  const compared: Readonly<Record<TeamField, string>> = {
    name: `coalesce(t.name, '') <> coalesce(l.name, '')`,
    slug: `coalesce(t.slug, '') <> coalesce(l.slug, '')`,
    game: `CASE WHEN t.game_id IS NULL THEN '' ELSE ${mapped('t.game_id::text', rules.games, `''`)} END <> coalesce(l.game, '')`,
    region: `coalesce(t.region, '') <> coalesce(l.region, '')`,
    is_active: `(t.status IS NOT DISTINCT FROM 'ACTIVE') IS DISTINCT FROM l.is_active`,
  };
  const left = fieldsNotCompared(found);
  return Object.entries(compared)
    .filter(([field]) => !left.some((one) => one === field))
    .map(([, sql]) => sql)
    .join(' OR ');
}

/** The people of new teams, as the legacy side ought to know them. */
function newMembers(found: FoundTables, rules: CopyRules, where: string): string {
  const status = mapped('n.status', rules.statuses, 'n.status');
  return `SELECT n.team_id, ${digest('n.user_id', mapped('n.role', rules.roles, 'n.role'), status)}
            FROM ${requireTable(found, 'membership').sql} n WHERE ${where} AND coalesce(${status}, '?') <> ''`;
}

/** The people of legacy teams. Who has no user is nobody whom the new side could know. */
function legacyMembers(found: FoundTables, where: string): string {
  return `SELECT g.team_id, ${digest('p.user_id', 'g.role', 'g.status')}
            FROM ${requireTable(found, 'legacyMembership').sql} g
            LEFT JOIN ${requireTable(found, 'profile').sql} p ON p.id = g.profile_id WHERE ${where}`;
}

/**
 * Does not depend on an order, so that nothing has to be sorted. Joined by `||`: it runs for every membership of the
 * database, and concat_ws alone took as long as everything else in the statement.
 */
function digest(person: string, role: string, status: string): string {
  return `count(*) AS people,
          bit_xor(hashint8extended(coalesce(${person}::int8, -1), hashtextextended(coalesce(${role}, '') || ':' || coalesce(${status}, ''), 0))) AS digest`;
}

/** A value through a map of the environment file, as a CASE: a lookup in JSON would be made again for every row. */
function mapped(value: string, map: Readonly<Record<string, string>>, otherwise: string): string {
  const cases = Object.entries(map).map(
    ([from, to]) => `WHEN ${escapeLiteral(from)} THEN ${escapeLiteral(to)}`,
  );
  return cases.length === 0 ? otherwise : `CASE ${value} ${cases.join(' ')} ELSE ${otherwise} END`;
}
