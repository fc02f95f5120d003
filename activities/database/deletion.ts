import type { Session } from './database.js';
import type { LinkedTable, References } from './foreign-keys.js';
import type { RowSet, RowSets } from './row-walk.js';
import type { FoundTables, TableKey } from './tables.js';

/** The order of docs/target.md; tables that are not named here come before all of these. */
const LAST_TO_FIRST: readonly TableKey[] = [
  'legacyTeam',
  'legacyMembership',
  'team',
  'membership',
  'ranking',
  'activityLog',
  'mapping',
];

/**
 * The sets in an order in which no deleted row is referred to any more: children first. `null` when tables refer to
 * each other in a circle, so that no such order exists.
 */
export function deletionOrder(sets: RowSets, references: References, found: FoundTables): RowSet[] | null {
  const left = [...sets.values()]
    .filter((set) => set.keys.size > 0)
    .sort((a, b) => rank(b.table, found) - rank(a.table, found));
  const order: RowSet[] = [];
  while (left.length > 0) {
    const at = left.findIndex(
      (set) => !left.some((other) => other !== set && refersTo(other.table, set.table, references)),
    );
    const [next] = at < 0 ? [] : left.splice(at, 1);
    if (next === undefined) return null;
    order.push(next);
  }
  return order;
}

/** Deletes the sets in order. Returns the rows by table, or which table did not lose exactly the rows that were found. */
export async function deleteRows(
  session: Session,
  order: readonly RowSet[],
): Promise<{ readonly counts: Record<string, number>; readonly wrong: string | null }> {
  const counts: Record<string, number> = {};
  for (const { table, keys } of order) {
    if (table.key === null) return { counts, wrong: `${table.name} has no single primary key` };
    const sql = `DELETE FROM ${table.sql} WHERE ${table.key.column} = ANY ($1::text[]::${table.key.type}[])`;
    const { rowCount } = await session.query(`deleting from ${table.name}`, sql, [[...keys]]);
    counts[table.name] = rowCount;
    if (rowCount !== keys.size) {
      return {
        counts,
        wrong: `${table.name}: ${String(rowCount)} rows deleted where ${String(keys.size)} were found`,
      };
    }
  }
  return { counts, wrong: null };
}

/** Rows found by table, for a refusal. */
export function countsOf(sets: RowSets): Record<string, number> {
  return Object.fromEntries(
    [...sets.values()].filter((set) => set.keys.size > 0).map((set) => [set.table.name, set.keys.size]),
  );
}

function rank(table: LinkedTable, found: FoundTables): number {
  const at = LAST_TO_FIRST.findIndex((key) => found.tables[key]?.oid === table.oid);
  return at < 0 ? LAST_TO_FIRST.length : at;
}

function refersTo(child: LinkedTable, parent: LinkedTable, references: References): boolean {
  return references.foreignKeys.some((key) => key.child === child && key.parent === parent);
}
