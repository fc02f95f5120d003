import { isNameOfRun, performanceTeamName, smokeTeamName } from '../../procedure/flows.js';
import type { Session } from './database.js';
import { text, wholeNumber, type Row } from './rows.js';
import { requireTable, type FoundTables } from './tables.js';

/** What the run says of itself. */
export interface RunOfRows {
  readonly tag: string;
  /** ISO 8601: rows of the run are not older, by the database's clock. */
  readonly notBefore: string;
  readonly recorded: readonly number[];
  /** Only the team of this name, which carries the tag; `null` = all of the run. */
  readonly only: string | null;
}

/** The rows from which everything else of the run hangs. All are locked. */
export interface TestRows {
  readonly teams: readonly number[];
  readonly mappings: readonly number[];
  readonly legacyTeams: readonly number[];
  /** Teams that carry the tag but were not recorded: the answer to their creation was lost. */
  readonly unrecorded: readonly number[];
  /** Those of `legacyTeams` that no mapping of ours names: copies of the run that are nobody's twin. */
  readonly strayLegacyTeams: readonly number[];
  /** Why none of it may be deleted; empty = it is all ours. */
  readonly refusals: readonly string[];
}

interface NamedRow {
  readonly id: number;
  readonly name: string;
  readonly old: boolean;
}

/**
 * Finds and locks the run's teams (by recorded id and by the tag in their name), their mappings, their legacy twins and
 * legacy teams that carry the tag without being a twin, and proves them: each team and legacy team carries the tag in its own name and is not
 * older than the run. One that does not is somebody else's, and then nothing may be deleted.
 */
export async function findTestRows(session: Session, found: FoundTables, run: RunOfRows): Promise<TestRows> {
  const refusals: string[] = [];
  const teams = await lockTeams(session, found, run);
  const strangers = teams.filter((team) => !isNameOfRun(team.name, run.tag));
  if (strangers.length > 0)
    refusals.push(`recorded team(s) ${ids(strangers)} do not carry the tag ${run.tag} in their name`);
  refusals.push(...tooOld('team', teams));
  // Also of recorded teams that are gone already: a mapping has no foreign key and stays behind.
  const teamIds = [...new Set([...teams.map((team) => team.id), ...run.recorded])];
  const mappings = await lockMappings(session, found, teamIds);
  const twins = mappings.map((mapping) => mapping.legacyTeamId);
  const strayIds = await strays(session, found, { run, legacyIds: twins });
  const legacyIds = [...twins, ...strayIds];
  const legacyTeams = await lockLegacyTeams(session, found, { run, legacyIds });
  const foreign = legacyTeams.filter((team) => !isNameOfRun(team.name, run.tag));
  if (foreign.length > 0) {
    refusals.push(
      `a mapping of this run points to legacy team(s) ${ids(foreign)} that do not carry the tag ${run.tag}`,
    );
  }
  refusals.push(...tooOld('legacy team', legacyTeams));
  refusals.push(...(await sharedLegacyTeams(session, found, { teamIds, legacyIds })));
  return {
    teams: teams.map((team) => team.id),
    mappings: mappings.map((mapping) => mapping.id),
    legacyTeams: legacyTeams.map((team) => team.id),
    unrecorded: teams.map((team) => team.id).filter((id) => !run.recorded.includes(id)),
    strayLegacyTeams: strayIds,
    refusals,
  };
}

async function lockTeams(session: Session, found: FoundTables, run: RunOfRows): Promise<NamedRow[]> {
  const team = requireTable(found, 'team');
  const sql = `SELECT id, name, (created_at < $1::timestamptz)::text AS old FROM ${team.sql}
                WHERE id = ANY ($2::int8[]) OR name LIKE $3 OR name LIKE $4 ORDER BY id FOR UPDATE`;
  return (
    await session.query('locking the test teams', sql, [run.notBefore, run.recorded, ...patterns(run)])
  ).rows.map(namedRow);
}

async function lockMappings(
  session: Session,
  found: FoundTables,
  teamIds: readonly number[],
): Promise<{ id: number; legacyTeamId: number }[]> {
  const mapping = requireTable(found, 'mapping');
  const sql = `SELECT id, legacy_team_id FROM ${mapping.sql} WHERE vnext_team_id = ANY ($1::int8[]) ORDER BY id FOR UPDATE`;
  const { rows } = await session.query('locking the mappings', sql, [teamIds]);
  return rows.map((row) => ({
    id: wholeNumber(row, 'id'),
    legacyTeamId: wholeNumber(row, 'legacy_team_id'),
  }));
}

async function lockLegacyTeams(
  session: Session,
  found: FoundTables,
  { run, legacyIds }: { readonly run: RunOfRows; readonly legacyIds: readonly number[] },
): Promise<NamedRow[]> {
  const legacyTeam = requireTable(found, 'legacyTeam');
  // Where legacy teams carry no time of their own, the tag alone has to prove them.
  const old = legacyTeam.columns.includes('created_at')
    ? '(created_at < $1::timestamptz)'
    : '($1::text IS NULL)';
  const sql = `SELECT id, name, ${old}::text AS old FROM ${legacyTeam.sql} WHERE id = ANY ($2::int8[]) ORDER BY id FOR UPDATE`;
  return (await session.query('locking the legacy teams', sql, [run.notBefore, legacyIds])).rows.map(
    namedRow,
  );
}

async function sharedLegacyTeams(
  session: Session,
  found: FoundTables,
  { teamIds, legacyIds }: { readonly teamIds: readonly number[]; readonly legacyIds: readonly number[] },
): Promise<string[]> {
  const mapping = requireTable(found, 'mapping');
  const sql = `SELECT id FROM ${mapping.sql} WHERE legacy_team_id = ANY ($1::int8[]) AND vnext_team_id <> ALL ($2::int8[]) ORDER BY id`;
  const { rows } = await session.query('looking for shared legacy teams', sql, [legacyIds, teamIds]);
  const shared = rows.map((row) => String(wholeNumber(row, 'id'))).join(', ');
  return shared === '' ? [] : [`mapping(s) ${shared} of other teams name the same legacy teams`];
}

async function strays(
  session: Session,
  found: FoundTables,
  { run, legacyIds }: { readonly run: RunOfRows; readonly legacyIds: readonly number[] },
): Promise<number[]> {
  const legacyTeam = requireTable(found, 'legacyTeam');
  const sql = `SELECT id FROM ${legacyTeam.sql} WHERE id <> ALL ($1::int8[]) AND (name LIKE $2 OR name LIKE $3) ORDER BY id`;
  const { rows } = await session.query('looking for stray legacy teams', sql, [legacyIds, ...patterns(run)]);
  return rows.map((row) => wholeNumber(row, 'id'));
}

/** The tag is hexadecimal (checked before), so nothing in it is a wildcard. */
function patterns({ tag, only }: RunOfRows): [string, string] {
  if (only !== null) return [only, only];
  return [smokeTeamName(tag, '%'), performanceTeamName(tag, '%')];
}

function tooOld(kind: string, rows: readonly NamedRow[]): string[] {
  const old = rows.filter((row) => row.old);
  return old.length === 0 ? [] : [`${kind}(s) ${ids(old)} are older than the run`];
}

function namedRow(row: Row): NamedRow {
  return { id: wholeNumber(row, 'id'), name: text(row, 'name'), old: text(row, 'old') === 'true' };
}

function ids(rows: readonly NamedRow[]): string {
  return rows.map((row) => String(row.id)).join(', ');
}
