import { ApplicationFailure } from '@temporalio/common';
import { TERMINAL } from '../../procedure/failures.js';
import { failure } from '../support/failure.js';
import type { Session } from './database.js';
import { textOrNull, wholeNumber, wholeNumberOrNull, type Row } from './rows.js';
import { requireTable, type FoundTables, type TableKey } from './tables.js';

/**
 * How long the first look, over everything, the second, over what differed, and the third, over what differed otherwise
 * then, may take: with the lag budgets less than the whole step has.
 */
export const LOOK_MS = { first: 70_000, second: 30_000, third: 15_000 } as const;
/** Keys in one statement: few enough for a second on a small machine, many enough that statements do not matter. */
const RANGE_ROWS = 20_000;

/** What a look at all rows reads with: statements of a range of keys each, inside one snapshot. */
export interface Reader {
  readonly session: Session;
  readonly found: FoundTables;
  readonly limitMs: number;
  readonly deadline: number;
}

export function readerOf(session: Session, found: FoundTables, limitMs: number): Reader {
  return { session, found, limitMs, deadline: performance.now() + limitMs };
}

/** One statement. A refusal or a time limit would come again: it is terminal, and the audit tells it instead of trying again. */
export async function readRows(
  { session, limitMs, deadline }: Reader,
  what: string,
  statement: { readonly sql: string; readonly values: readonly unknown[] },
): Promise<readonly Row[]> {
  if (performance.now() > deadline)
    throw failure(TERMINAL.unexpected, `${what}: not finished in ${String(limitMs / 1000)} s`);
  const result = await session.attempt(what, statement.sql, statement.values);
  if (!result.ok) throw failure(TERMINAL.unexpected, `${what}: ${result.error}`);
  return result.answer.rows;
}

/**
 * Walks a table by its primary key, range after range (an OFFSET would read everything before it again). `visit` gets
 * `id > from AND id <= to`. Returns how many rows were walked over.
 */
export async function overRanges(
  reader: Reader,
  key: TableKey,
  visit: (range: readonly [from: number, to: number]) => Promise<void>,
): Promise<number> {
  const table = requireTable(reader.found, key);
  const sql = `SELECT max(id) AS last, count(*) AS rows FROM (SELECT id FROM ${table.sql} WHERE id > $1 ORDER BY id LIMIT $2) r`;
  let walked = 0;
  for (let from = Number.MIN_SAFE_INTEGER; ;) {
    const [row = {}] = await readRows(reader, `walking over ${table.fullName}`, {
      sql,
      values: [from, RANGE_ROWS],
    });
    const to = wholeNumberOrNull(row, 'last');
    if (to === null) return walked;
    await visit([from, to]);
    walked += wholeNumberOrNull(row, 'rows') ?? 0;
    from = to;
  }
}

/** Columns by which rows are looked up. Without an index on one of them a lookup a row would read the table a row. */
const LOOKUPS: readonly (readonly [table: TableKey, column: string])[] = [
  ['team', 'id'],
  ['legacyTeam', 'id'],
  ['mapping', 'id'],
  ['mapping', 'vnext_team_id'],
  ['mapping', 'legacy_team_id'],
  ['membership', 'team_id'],
  ['legacyMembership', 'team_id'],
  ['profile', 'id'],
];

const INDEXED = `
  SELECT i.indrelid::int8 AS oid, i.indisunique AS "unique",
         (SELECT string_agg(a.attname, ',' ORDER BY k.at) FROM unnest(i.indkey::int2[]) WITH ORDINALITY k(number, at)
            JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number WHERE k.at <= i.indnkeyatts) AS columns
    FROM pg_index i WHERE i.indrelid = ANY ($1::oid[]) AND i.indisvalid AND i.indpred IS NULL`;

/** What the indexes of the database are good for. */
export interface Indexes {
  /** Lookup columns without an index, `table.column`. */
  readonly lacking: readonly string[];
  /** Whether a unique index keeps these columns apart (`team_id,user_id`): then there is nothing to look for. */
  readonly apart: (key: TableKey, columns: string) => boolean;
}

/** Looks for the indexes and tells the planner of this transaction to use them: it would take whole tables for cheaper, range after range. */
export async function preferIndexes(reader: Reader): Promise<Indexes> {
  const tables = LOOKUPS.map(([key, column]) => ({ table: requireTable(reader.found, key), column }));
  const rows = await readRows(reader, 'looking for the indexes', {
    sql: INDEXED,
    values: [tables.map(({ table }) => table.oid)],
  });
  const known = rows.map((row) => ({
    oid: wholeNumber(row, 'oid'),
    unique: row['unique'] === true,
    columns: (textOrNull(row, 'columns') ?? '').split(','),
  }));
  const lacking = tables
    .filter(({ table, column }) => !known.some((one) => one.oid === table.oid && one.columns[0] === column))
    .map(({ table, column }) => `${table.fullName}.${column}`);
  await setPlanner(reader, { jit: false, enable_seqscan: lacking.length > 0 });
  return {
    lacking,
    apart: (key, columns) =>
      known.some(
        (one) =>
          one.oid === requireTable(reader.found, key).oid &&
          one.unique &&
          [...one.columns].sort().join(',') === columns,
      ),
  };
}

/** Settings of the planner for this transaction alone. */
export async function setPlanner(
  reader: Reader,
  settings: Readonly<
    Partial<Record<'jit' | 'enable_seqscan' | 'enable_hashjoin' | 'enable_mergejoin', boolean>>
  >,
): Promise<void> {
  for (const [name, on] of Object.entries(settings))
    await readRows(reader, 'setting the planner', {
      sql: `SET LOCAL ${name} = ${on ? 'on' : 'off'}`,
      values: [],
    });
}

/** A terminal failure as its reason; whatever else goes on as it is, so that the step is tried again. */
export function reasonOrThrow(error: unknown): string {
  if (error instanceof ApplicationFailure && error.nonRetryable === true) return error.message;
  throw error;
}
