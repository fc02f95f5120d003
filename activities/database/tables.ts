import { escapeIdentifier } from 'pg';
import type { TableSettings } from '../../environment/settings.js';
import { TERMINAL } from '../../procedure/failures.js';
import { failure } from '../support/failure.js';
import type { Session } from './database.js';
import { similarNames } from './near-misses.js';
import { booleanOrNull, text, wholeNumber } from './rows.js';

export type TableKey = Exclude<keyof TableSettings, 'mappingTime'>;

/** A table that the environment's candidates led to. */
export interface FoundTable {
  readonly key: TableKey;
  /** `public.organizations_team`: for people. */
  readonly fullName: string;
  /** The same, quoted, for statements. */
  readonly sql: string;
  readonly oid: number;
  /** The candidate of the environment file that it was found by. */
  readonly candidate: string;
  readonly columns: readonly string[];
  /** Columns that the checks need and that are not there; nothing can be compared before these are. */
  readonly missingColumns: readonly string[];
  /** False: the user may not read it. */
  readonly readable: boolean;
}

export interface MissingTable {
  readonly key: TableKey;
  readonly candidates: readonly string[];
  /** Tables of the database with similar names, likeliest first. */
  readonly nearMisses: readonly string[];
}

export interface FoundTables {
  readonly tables: Readonly<Partial<Record<TableKey, FoundTable>>>;
  readonly missing: readonly MissingTable[];
  /** Column of the mapping that tells when a row was made (`migration_date`); `null` when no candidate is there. */
  readonly mappingTime: string | null;
}

/** What every check needs of a table; further columns are used when they are there. */
export const NEEDED_COLUMNS: Readonly<Record<TableKey, readonly string[]>> = {
  team: ['id', 'name', 'owner_id', 'game_id', 'created_at'],
  membership: ['id', 'team_id', 'user_id', 'role', 'status'],
  mapping: ['id', 'legacy_team_id', 'vnext_team_id'],
  legacyTeam: ['id', 'name'],
  legacyMembership: ['id', 'team_id', 'profile_id', 'role', 'status'],
  profile: ['id', 'user_id'],
  user: ['id', 'username'],
  ranking: ['team_id'],
  activityLog: ['team_id'],
};

/** Tables without which the procedure goes on: they matter to the clean-up only, and foreign keys show them anyway. */
export const OPTIONAL_TABLES: readonly TableKey[] = ['ranking', 'activityLog'];

const ALL_TABLES = `
  SELECT c.oid::int8 AS oid, n.nspname AS schema, c.relname AS name, pg_table_is_visible(c.oid) AS visible,
         has_table_privilege(c.oid, 'SELECT') AS readable
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
     AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'
   ORDER BY n.nspname, c.relname`;

const COLUMNS = `
  SELECT attrelid::int8 AS oid, attname AS name FROM pg_attribute
   WHERE attrelid = ANY ($1::oid[]) AND attnum > 0 AND NOT attisdropped ORDER BY attnum`;

interface ListedTable {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly visible: boolean;
  readonly readable: boolean;
}

/**
 * Finds the tables and columns in use: for each the first candidate that exists, on the search path or named with its
 * schema. Nothing is assumed, nothing fails here: what is missing is told with similar names (docs/target.md).
 */
export async function findTables(session: Session, settings: TableSettings): Promise<FoundTables> {
  const listed = (await session.query('looking for the tables', ALL_TABLES)).rows.map((row) => ({
    oid: wholeNumber(row, 'oid'),
    schema: text(row, 'schema'),
    name: text(row, 'name'),
    visible: booleanOrNull(row, 'visible') ?? false,
    readable: booleanOrNull(row, 'readable') ?? false,
  }));
  const chosen = TABLE_KEYS.map((key) => ({
    key,
    candidates: settings[key],
    ...choose(listed, settings[key]),
  }));
  const columns = await columnsOf(
    session,
    chosen.flatMap((one) => (one.table === undefined ? [] : [one.table.oid])),
  );
  const tables: Partial<Record<TableKey, FoundTable>> = {};
  const missing: MissingTable[] = [];
  for (const { key, candidates, table, candidate } of chosen) {
    if (table === undefined)
      missing.push({ key, candidates, nearMisses: similarNames(candidates, listed.map(nameOf)) });
    else tables[key] = describe({ key, candidate, table, columns: columns.get(table.oid) ?? [] });
  }
  const mappingColumns = tables.mapping?.columns ?? [];
  return {
    tables,
    missing,
    mappingTime: settings.mappingTime.find((name) => mappingColumns.includes(name)) ?? null,
  };
}

/**
 * The table of a key, with the columns that the caller needs besides the usual ones. Throws NotFound (terminal) that
 * tells the candidates, similar names and missing columns.
 */
export function requireTable(found: FoundTables, key: TableKey, columns: readonly string[] = []): FoundTable {
  const table = found.tables[key];
  if (table === undefined) {
    const missing = found.missing.find((one) => one.key === key);
    const near = missing?.nearMisses ?? [];
    throw failure(
      TERMINAL.notFound,
      `There is no table for database.tables.${key}: tried ${(missing?.candidates ?? []).join(', ')}. ` +
        (near.length > 0 ? `Similar names: ${near.join(', ')}. ` : '') +
        'Name the right one in the environment file.',
    );
  }
  const lacking = [...table.missingColumns, ...columns.filter((column) => !table.columns.includes(column))];
  if (lacking.length > 0) {
    throw failure(
      TERMINAL.notFound,
      `Table ${table.fullName} (database.tables.${key}) has no column ${lacking.join(', ')}.`,
    );
  }
  return table;
}

const TABLE_KEYS: readonly TableKey[] = [
  'team',
  'membership',
  'mapping',
  'legacyTeam',
  'legacyMembership',
  'profile',
  'user',
  'ranking',
  'activityLog',
];

function choose(
  listed: readonly ListedTable[],
  candidates: readonly string[],
): { table?: ListedTable; candidate: string } {
  for (const candidate of candidates) {
    const table = listed.find((one) =>
      candidate.includes('.') ? nameOf(one) === candidate : one.visible && one.name === candidate,
    );
    if (table !== undefined) return { table, candidate };
  }
  return { candidate: '' };
}

function describe(one: {
  key: TableKey;
  candidate: string;
  table: ListedTable;
  columns: readonly string[];
}): FoundTable {
  const { key, candidate, table, columns } = one;
  return {
    key,
    fullName: nameOf(table),
    sql: `${escapeIdentifier(table.schema)}.${escapeIdentifier(table.name)}`,
    oid: table.oid,
    candidate,
    columns,
    missingColumns: NEEDED_COLUMNS[key].filter((column) => !columns.includes(column)),
    readable: table.readable,
  };
}

function nameOf(table: Pick<ListedTable, 'schema' | 'name'>): string {
  return `${table.schema}.${table.name}`;
}

async function columnsOf(session: Session, oids: readonly number[]): Promise<Map<number, string[]>> {
  const columns = new Map<number, string[]>();
  for (const row of (await session.query('looking for the columns', COLUMNS, [oids])).rows) {
    const oid = wholeNumber(row, 'oid');
    columns.set(oid, [...(columns.get(oid) ?? []), text(row, 'name')]);
  }
  return columns;
}
