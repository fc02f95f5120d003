import type { LoadedEnvironment, TableSettings } from '../../environment/settings.js';
import { checkDatabaseUrl } from '../../environment/safety.js';
import { TERMINAL } from '../../procedure/failures.js';
import { listProblems } from '../../procedure/problem.js';
import { columnsNotThere, FIELD_COLUMNS } from '../database/copy-rows.js';
import type { Databases, Session } from '../database/database.js';
import { booleanOrNull, text, wholeNumber } from '../database/rows.js';
import {
  findTables,
  NEEDED_COLUMNS,
  OPTIONAL_TABLES,
  requireTable,
  type FoundTable,
  type FoundTables,
} from '../database/tables.js';
import type { ActivityDeps } from '../support/deps.js';
import { failure } from '../support/failure.js';
import type { CheckDefinition, CheckFinding } from './check.js';

/** What the database checks need. Every check refuses to connect to a database that is not on the allow-list. */
export interface DatabaseCheckDeps {
  readonly databases: Databases;
  readonly resolveSecret: ActivityDeps['resolveSecret'];
}

/** Tables of which a clean-up deletes rows. */
const DELETED_FROM = [
  'team',
  'membership',
  'mapping',
  'legacyTeam',
  'legacyMembership',
  'ranking',
  'activityLog',
] as const;

/** seed §3.1 Database Access and what the comparison and the clean-up need. Reads only. */
export function databaseChecks(environment: LoadedEnvironment, deps: DatabaseCheckDeps): CheckDefinition[] {
  const { settings } = environment;
  const within = async (
    signal: AbortSignal,
    check: (session: Session, found: FoundTables) => Promise<CheckFinding>,
  ): Promise<CheckFinding> => {
    await refuseUnsafe(environment, deps);
    return deps.databases.withDatabase(environment, signal, async (session) =>
      check(session, await findTables(session, settings.database.tables)),
    );
  };
  return [
    {
      id: 'database-access',
      title: 'The database answers: SELECT COUNT(*) FROM organizations_team',
      seed: '§3.1 Database Access',
      run: (signal) => within(signal, countTeams),
    },
    {
      id: 'database-tables',
      title: 'Tables and columns are found',
      seed: null,
      run: (signal) => within(signal, async (_, found) => tablesFound(found, settings.database.tables)),
    },
    {
      id: 'database-rights',
      title: 'The database user may read, and delete test rows',
      seed: '§11.1',
      run: (signal) => within(signal, rights),
    },
    {
      id: 'test-member',
      title: 'The test member exists',
      seed: '§9 flow 2',
      run: (signal) =>
        within(signal, (session, found) => memberExists(session, found, settings.testData.member)),
    },
  ];
}

/** Database time minus worker time, in milliseconds, with half of the round trip taken off; `null` when unknown. */
export async function clockDifference(
  environment: LoadedEnvironment,
  deps: DatabaseCheckDeps,
  signal: AbortSignal,
): Promise<number> {
  await refuseUnsafe(environment, deps);
  return deps.databases.withDatabase(environment, signal, async (session) => {
    const before = Date.now();
    const { rows } = await session.query(
      'reading the clock',
      'SELECT round(extract(epoch FROM clock_timestamp()) * 1000)::int8 AS now',
    );
    const after = Date.now();
    return Math.round(
      (rows[0] === undefined ? Number.NaN : wholeNumber(rows[0], 'now')) - (before + after) / 2,
    );
  });
}

async function refuseUnsafe(environment: LoadedEnvironment, deps: DatabaseCheckDeps): Promise<void> {
  const { settings } = environment;
  const problems = checkDatabaseUrl(await deps.resolveSecret(settings.database.url), settings);
  if (problems.length > 0) throw failure(TERMINAL.environment, listProblems(problems).replaceAll('\n', ' '));
}

async function countTeams(session: Session, found: FoundTables): Promise<CheckFinding> {
  const team = requireTable(found, 'team');
  const { rows } = await session.query(
    'counting the teams',
    `SELECT count(*)::int8 AS teams FROM ${team.sql}`,
  );
  const count = rows[0] === undefined ? 'no answer' : String(wholeNumber(rows[0], 'teams'));
  return { ok: true, detail: `${team.fullName}: ${count} teams`, advice: '' };
}

/** The names in use, where they came from, and the columns that are compared; what is not there is told before a run, not after it. */
export function tablesFound(found: FoundTables, settings: TableSettings): CheckFinding {
  const { tables, missing, mappingTime } = found;
  const present = Object.values(tables);
  const lacking = present.filter((table) => table.missingColumns.length > 0);
  const needed = missing.filter(({ key }) => !OPTIONAL_TABLES.includes(key));
  const problems = [
    ...needed.map(
      ({ key, candidates, nearMisses }) =>
        `no table for ${key} (tried ${candidates.join(', ')}${nearMisses.length > 0 ? `; similar: ${nearMisses.join(', ')}` : ''})`,
    ),
    ...lacking.map((table) => `${table.fullName} has no column ${table.missingColumns.join(', ')}`),
  ];
  const seen = present.map((table) => seenAs(table, settings));
  const time = `time of the mapping = ${
    mappingTime === null
      ? `none of the candidates (${settings.mappingTime.join(', ')})`
      : `${mappingTime} (${candidateOf(settings.mappingTime, mappingTime)} of database.tables.mappingTime)`
  }`;
  const uncompared =
    tables.team === undefined || tables.legacyTeam === undefined || lacking.length > 0
      ? []
      : uncomparedColumns(found).map(
          (column) => `no column ${column}: not compared, so no GO comes of a run`,
        );
  const left = missing
    .filter(({ key }) => OPTIONAL_TABLES.includes(key))
    .map(({ key }) => `${key} not there (not needed)`);
  return {
    ok: problems.length === 0,
    detail: [...problems, ...uncompared, ...seen, time, ...left].join('; '),
    advice: 'Name the right tables in database.tables of the environment file.',
  };
}

/** Every column of which a comparison is made, and that is not there: of copies, and of what the flows ask for. */
function uncomparedColumns(found: FoundTables): string[] {
  const { team } = found.tables;
  const description =
    team === undefined || team.columns.includes('description') ? [] : [`${team.fullName}.description`];
  return [...columnsNotThere(found), ...description];
}

/** `mapping = public.organizations_migration_map (candidate 2 of database.tables.mapping; columns id, …)`. */
function seenAs(table: FoundTable, settings: TableSettings): string {
  const { key, fullName, candidate, columns } = table;
  const used = [...new Set([...NEEDED_COLUMNS[key], ...comparedColumns(key)])];
  const there = used.filter((column) => columns.includes(column));
  return `${key} = ${fullName} (${candidateOf(settings[key], candidate)} of database.tables.${key}; columns ${there.join(', ')})`;
}

function comparedColumns(key: FoundTable['key']): readonly string[] {
  if (key === 'team') return [...Object.values(FIELD_COLUMNS).map(([column]) => column), 'description'];
  return key === 'legacyTeam' ? Object.values(FIELD_COLUMNS).map(([, column]) => column) : [];
}

function candidateOf(candidates: readonly string[], used: string): string {
  return candidates.length === 1 ? 'the only candidate' : `candidate ${String(candidates.indexOf(used) + 1)}`;
}

async function rights(session: Session, found: FoundTables): Promise<CheckFinding> {
  const tables = Object.values(found.tables);
  const { rows } = await session.query(
    'reading the rights',
    `SELECT c.oid::int8 AS oid, has_table_privilege(c.oid, 'SELECT') AS may_read, has_table_privilege(c.oid, 'DELETE') AS may_delete,
            has_any_column_privilege(c.oid, 'UPDATE') AS may_lock,
            current_user::text AS who
       FROM pg_class c WHERE c.oid = ANY ($1::oid[])`,
    [tables.map(({ oid }) => oid)],
  );
  const problems = rows.flatMap((row) => {
    const table = tables.find(({ oid }) => oid === wholeNumber(row, 'oid'));
    if (table === undefined) return [];
    const deletes = DELETED_FROM.some((key) => key === table.key);
    return [
      ...(booleanOrNull(row, 'may_read') === true ? [] : [`no SELECT on ${table.fullName}`]),
      ...(!deletes || booleanOrNull(row, 'may_delete') === true ? [] : [`no DELETE on ${table.fullName}`]),
      // PostgreSQL wants UPDATE for a row lock, and clean-up locks what it counts before it deletes.
      ...(!deletes || booleanOrNull(row, 'may_lock') === true
        ? []
        : [`no UPDATE (for row locks) on ${table.fullName}`]),
    ];
  });
  const who = rows[0] === undefined ? 'the database user' : `database user ${text(rows[0], 'who')}`;
  return {
    ok: problems.length === 0,
    detail:
      problems.length === 0
        ? `${who}: SELECT on ${String(tables.length)} tables, DELETE and row locks where test rows are`
        : `${who}: ${problems.join(', ')}`,
    advice: 'Grant these rights, or use another user in the database URL.',
  };
}

async function memberExists(session: Session, found: FoundTables, member: string): Promise<CheckFinding> {
  const user = requireTable(found, 'user');
  const { rows } = await session.query(
    'looking for the test member',
    `SELECT id::int8 AS id FROM ${user.sql} WHERE username = $1`,
    [member],
  );
  const [row] = rows;
  return {
    ok: row !== undefined,
    detail:
      row === undefined
        ? `there is no user "${member}" in ${user.fullName}`
        : `user "${member}" has id ${String(wholeNumber(row, 'id'))}`,
    advice: 'Create the user in the target, or name another one in testData.member.',
  };
}
