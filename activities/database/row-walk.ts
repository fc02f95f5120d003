import type { Session } from './database.js';
import type { ForeignKey, LinkedTable, References } from './foreign-keys.js';
import { text } from './rows.js';

/** Rows of one table that belong to the run, by primary key as text. All are locked. */
export interface RowSet {
  readonly table: LinkedTable;
  readonly keys: Set<string>;
}
export type RowSets = Map<number, RowSet>;

/** More rows than this under the test teams of one run are no test data any more. */
const ROWS_AT_MOST = 10_000;

export interface Walk {
  readonly references: References;
  /** Tables whose rows are people: whatever they refer to, they are never part of a test team. */
  readonly people: ReadonlySet<number>;
}

/**
 * Adds every row that refers to the given ones, and what refers to those, locking as it goes. Returns why the rows may
 * not be deleted; empty = all of them are the run's own. A row belongs to its parent when its reference may not be
 * empty; a row that could stand without the team (a nullable column), or that is a person, is somebody else's.
 */
export async function addReferringRows(session: Session, sets: RowSets, walk: Walk): Promise<string[]> {
  const refusals: string[] = [];
  const queue = [...sets.values()].map(({ table, keys }) => ({ table, keys: [...keys] }));
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const { table, keys } = next;
    for (const reference of walk.references.foreignKeys.filter((one) => one.parent === table)) {
      const rows = await referringRows(session, reference, keys);
      const known = sets.get(reference.child.oid)?.keys;
      const fresh = rows.filter((row) => !(known?.has(row) ?? false));
      if (fresh.length === 0) continue;
      const refusal = whyNotOurs(reference, fresh, walk);
      if (refusal !== null) {
        refusals.push(refusal);
        continue;
      }
      addKeys(sets, reference.child, fresh);
      queue.push({ table: reference.child, keys: fresh });
    }
  }
  return refusals.length > 0 ? refusals : referencesOutside(session, sets, walk);
}

/** Puts rows into the sets. */
export function addKeys(sets: RowSets, table: LinkedTable, keys: readonly string[]): void {
  const set = sets.get(table.oid);
  if (set === undefined) sets.set(table.oid, { table, keys: new Set(keys) });
  else for (const key of keys) set.keys.add(key);
}

function whyNotOurs(reference: ForeignKey, rows: readonly string[], walk: Walk): string | null {
  const what = `${String(rows.length)} row(s) of ${reference.child.name} refer to rows of this run in ${reference.parent.name}`;
  const columns = reference.columns.map((column) => column.child).join(', ');
  if (walk.people.has(reference.child.oid)) return `${what} (${columns}), and they are people`;
  if (reference.child.key === null)
    return `${what} (${columns}), and that table has no single primary key to name them by`;
  if (!reference.required)
    return `${what} through a column that may be empty (${columns}), so they are not part of them`;
  return rows.length > ROWS_AT_MOST ? `${what}: more than ${String(ROWS_AT_MOST)}` : null;
}

async function referringRows(
  session: Session,
  reference: ForeignKey,
  keys: readonly string[],
): Promise<string[]> {
  const { child, parent } = reference;
  if (parent.key === null) return [];
  // Without a key the rows are only counted: the walk refuses them.
  const key = child.key === null ? 'ctid' : child.key.column;
  const sql = `SELECT c.${key}::text AS key FROM ${child.sql} c JOIN ${parent.sql} p ON ${joined(reference)}
                WHERE p.${parent.key.column} = ANY ($1::text[]::${parent.key.type}[])
                LIMIT ${String(ROWS_AT_MOST + 1)} FOR UPDATE OF c`;
  return (await session.query(`reading ${child.name}`, sql, [keys])).rows.map((row) => text(row, 'key'));
}

/** A row that is to go must not also hang on a row that stays, such as a match between a test team and a real one. */
async function referencesOutside(session: Session, sets: RowSets, walk: Walk): Promise<string[]> {
  const refusals: string[] = [];
  for (const reference of walk.references.foreignKeys) {
    const children = sets.get(reference.child.oid);
    const parents = sets.get(reference.parent.oid);
    if (children === undefined || parents === undefined) continue;
    const { child, parent } = reference;
    if (child.key === null || parent.key === null) continue;
    const sql = `SELECT c.${child.key.column}::text AS key FROM ${child.sql} c JOIN ${parent.sql} p ON ${joined(reference)}
                  WHERE c.${child.key.column} = ANY ($1::text[]::${child.key.type}[])
                    AND p.${parent.key.column} <> ALL ($2::text[]::${parent.key.type}[]) LIMIT 3`;
    const { rows } = await session.query(`reading ${child.name}`, sql, [
      [...children.keys],
      [...parents.keys],
    ]);
    if (rows.length === 0) continue;
    const ids = rows.map((row) => text(row, 'key')).join(', ');
    refusals.push(
      `rows of ${child.name} (${ids}) refer to rows of this run and also to rows of others in ${parent.name}`,
    );
  }
  return refusals;
}

function joined(reference: ForeignKey): string {
  return reference.columns.map((column) => `c.${column.child} = p.${column.parent}`).join(' AND ');
}
