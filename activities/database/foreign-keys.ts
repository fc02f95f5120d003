import { escapeIdentifier } from 'pg';
import type { Session } from './database.js';
import { booleanOrNull, text, textOrNull, wholeNumber, type Row } from './rows.js';
import type { FoundTables, TableKey } from './tables.js';

/** A table as the clean-up meets it. */
export interface LinkedTable {
  readonly oid: number;
  readonly name: string;
  readonly sql: string;
  /** The one column of the primary key with its type, quoted; `null`: none, or several columns. */
  readonly key: { readonly column: string; readonly type: string } | null;
}

/** A reference from one table to another, declared as a foreign key or known from docs/target.md */
export interface ForeignKey {
  readonly child: LinkedTable;
  readonly parent: LinkedTable;
  /** Pairs of quoted columns. */
  readonly columns: readonly { readonly child: string; readonly parent: string }[];
  /** The child's row cannot stand without its parent: no column is nullable. Then it is part of the parent. */
  readonly required: boolean;
}

const DECLARED = `
  SELECT k.conrelid::int8 AS child, k.confrelid::int8 AS parent,
         array_to_json(array_agg(ca.attname ORDER BY u.at))::text AS child_columns,
         array_to_json(array_agg(pa.attname ORDER BY u.at))::text AS parent_columns,
         bool_and(ca.attnotnull) AS required
    FROM pg_constraint k
    CROSS JOIN LATERAL unnest(k.conkey, k.confkey) WITH ORDINALITY AS u(child_column, parent_column, at)
    JOIN pg_attribute ca ON ca.attrelid = k.conrelid AND ca.attnum = u.child_column
    JOIN pg_attribute pa ON pa.attrelid = k.confrelid AND pa.attnum = u.parent_column
   WHERE k.contype = 'f' AND k.conparentid = 0
   GROUP BY k.oid, k.conrelid, k.confrelid`;

const TABLES = `
  SELECT c.oid::int8 AS oid, n.nspname AS schema, c.relname AS name,
         CASE WHEN cardinality(k.conkey) = 1 THEN a.attname END AS key_column,
         CASE WHEN cardinality(k.conkey) = 1 THEN format_type(a.atttypid, a.atttypmod) END AS key_type
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'p'
    LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[1]
   WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')`;

/** Children that the application always has under a team, also where the database declares no foreign key. */
const KNOWN: readonly (readonly [child: TableKey, parent: TableKey])[] = [
  ['membership', 'team'],
  ['ranking', 'team'],
  ['activityLog', 'team'],
  ['legacyMembership', 'legacyTeam'],
];

/** All references of the database, and its tables by oid. */
export interface References {
  readonly tables: ReadonlyMap<number, LinkedTable>;
  readonly foreignKeys: readonly ForeignKey[];
}

/** Discovers what refers to what, so that tables nobody thought of are neither forgotten nor broken. */
export async function readReferences(session: Session, found: FoundTables): Promise<References> {
  const tables = new Map<number, LinkedTable>();
  for (const row of (await session.query('reading the tables', TABLES)).rows)
    tables.set(wholeNumber(row, 'oid'), tableOf(row));
  const declared = (await session.query('reading the foreign keys', DECLARED)).rows.flatMap((row) =>
    keyOf(row, tables),
  );
  return { tables, foreignKeys: withKnown(declared, { tables, found }) };
}

function withKnown(
  declared: readonly ForeignKey[],
  { tables, found }: { readonly tables: ReadonlyMap<number, LinkedTable>; readonly found: FoundTables },
): ForeignKey[] {
  const all = [...declared];
  for (const [childKey, parentKey] of KNOWN) {
    const child = tables.get(found.tables[childKey]?.oid ?? 0);
    const parent = tables.get(found.tables[parentKey]?.oid ?? 0);
    if (child === undefined || parent === undefined) continue;
    const at = all.findIndex(
      (key) => key.child === child && key.parent === parent && key.columns[0]?.child === '"team_id"',
    );
    const columns = [{ child: '"team_id"', parent: '"id"' }];
    // Known children belong to their team even where the column may be empty.
    if (at >= 0) all.splice(at, 1);
    all.push({ child, parent, columns, required: true });
  }
  return all;
}

function tableOf(row: Row): LinkedTable {
  const [schema, name] = [text(row, 'schema'), text(row, 'name')];
  const column = textOrNull(row, 'key_column');
  const type = textOrNull(row, 'key_type');
  return {
    oid: wholeNumber(row, 'oid'),
    name: schema === 'public' ? name : `${schema}.${name}`,
    sql: `${escapeIdentifier(schema)}.${escapeIdentifier(name)}`,
    key: column === null || type === null ? null : { column: escapeIdentifier(column), type },
  };
}

function keyOf(row: Row, tables: ReadonlyMap<number, LinkedTable>): ForeignKey[] {
  const child = tables.get(wholeNumber(row, 'child'));
  const parent = tables.get(wholeNumber(row, 'parent'));
  if (child === undefined || parent === undefined) return [];
  const parentColumns = names(row, 'parent_columns');
  const columns = names(row, 'child_columns').map((column, at) => ({
    child: column,
    parent: parentColumns[at] ?? '',
  }));
  return [{ child, parent, columns, required: booleanOrNull(row, 'required') ?? false }];
}

function names(row: Row, column: string): string[] {
  const value: unknown = JSON.parse(text(row, column));
  return Array.isArray(value) ? value.map((name: unknown) => escapeIdentifier(String(name))) : [];
}
