import { escapeIdentifier } from 'pg';
import { isNameOfRun } from '../../procedure/flows.js';
import type { LegacyMarks, LegacyWrites } from '../../procedure/row-audit.js';
import { overRanges, readRows, type Reader } from './audit-reading.js';
import { text, textOrNull, wholeNumber } from './rows.js';
import { requireTable } from './tables.js';

/** Columns that tell when a row was written, where a table has them. */
const WRITTEN = ['created_at', 'updated_at', 'modified_at', 'joined_at'];
const CHANGED = ['updated_at', 'modified_at'];
const EXAMPLES = 10;
/** Rows looked at again in one statement. */
const WRITES_AT_ONCE = 10_000;

type Kind = 'legacyTeam' | 'legacyMembership';

/** A legacy row that no mapping accounts for. */
export interface LegacyWrite {
  readonly kind: Kind;
  readonly id: number;
  readonly words: string;
}

/** Where the legacy tables end now, and the database's clock. */
export async function readMarks(reader: Reader): Promise<LegacyMarks> {
  const top = (key: Kind): string =>
    `coalesce((SELECT max(id) FROM ${requireTable(reader.found, key).sql}), 0)`;
  const sql = `SELECT now()::timestamptz AS at, ${top('legacyTeam')} AS team, ${top('legacyMembership')} AS membership`;
  const [row = {}] = await readRows(reader, 'reading where the legacy tables end', { sql, values: [] });
  return {
    at: text(row, 'at'),
    teamId: wholeNumber(row, 'team'),
    membershipId: wholeNumber(row, 'membership'),
  };
}

/**
 * Legacy teams and memberships written since `marks` whose legacy team no mapping names. Dual-write makes the mapping
 * with the team, so it did not write these. Rows with the run's tag are left out: every comparison
 * of copies looks for those among them that are the twin of no team of the run (`surplus.ts`).
 */
export async function findLegacyWrites(
  reader: Reader,
  { marks, tag }: { readonly marks: LegacyMarks; readonly tag: string },
): Promise<LegacyWrite[]> {
  const found: LegacyWrite[] = [];
  for (const kind of ['legacyTeam', 'legacyMembership'] as const) {
    const mark = kind === 'legacyTeam' ? marks.teamId : marks.membershipId;
    await overRanges(reader, kind, async (range) => {
      const values = [...range, mark, marks.at];
      for (const row of await readRows(reader, 'looking for legacy writes', {
        sql: sqlOf(reader, kind),
        values,
      })) {
        const name = textOrNull(row, 'name') ?? 'no team';
        if (isNameOfRun(name, tag)) continue;
        const id = wholeNumber(row, 'id');
        const what = kind === 'legacyTeam' ? 'legacy team' : 'legacy membership';
        found.push({ kind, id, words: `${what} ${String(id)} (${name})` });
      }
    });
  }
  return found;
}

/**
 * Those of `writes` that still stand without a mapping. Only these rows are read: another walk over both tables would take
 * as long as the first and could find nothing that counts.
 */
export async function stillThere(reader: Reader, writes: readonly LegacyWrite[]): Promise<LegacyWrite[]> {
  const standing: LegacyWrite[] = [];
  for (const kind of ['legacyTeam', 'legacyMembership'] as const) {
    const all = writes.filter((one) => one.kind === kind);
    for (let at = 0; at < all.length; at += WRITES_AT_ONCE) {
      const some = all.slice(at, at + WRITES_AT_ONCE);
      const rows = await readRows(reader, 'looking again for legacy writes', {
        sql: againSql(reader, kind),
        values: [some.map(({ id }) => id)],
      });
      const ids = new Set(rows.map((row) => wholeNumber(row, 'id')));
      standing.push(...some.filter(({ id }) => ids.has(id)));
    }
  }
  return standing;
}

/** What was found both times, in numbers and words, and what such a look cannot see. */
export function describeLegacyWrites(
  reader: Pick<Reader, 'found'>,
  writes: readonly LegacyWrite[],
): LegacyWrites {
  const lacks = (key: Kind): boolean => !columnsOf(reader, key).some((column) => CHANGED.includes(column));
  return {
    teams: writes.filter((one) => one.kind === 'legacyTeam').length,
    memberships: writes.filter((one) => one.kind === 'legacyMembership').length,
    examples: writes.slice(0, EXAMPLES).map((one) => one.words),
    unseen: [
      'rows that were deleted',
      'changes of mapped teams that a copy would have made too',
      ...(lacks('legacyTeam') ? ['changes of legacy teams that stood before: they carry no time'] : []),
      ...(lacks('legacyMembership')
        ? ['changes of legacy memberships that stood before: they carry no time']
        : []),
    ],
  };
}

function sqlOf(reader: Reader, kind: Kind): string {
  const { sql } = requireTable(reader.found, kind);
  const times = columnsOf(reader, kind).filter((column) => WRITTEN.includes(column));
  const written = ['x.id > $3', ...times.map((column) => `x.${escapeIdentifier(column)} > $4::timestamptz`)];
  const name = kind === 'legacyTeam' ? 'x.name' : 'l.name';
  const join =
    kind === 'legacyTeam'
      ? ''
      : `LEFT JOIN ${requireTable(reader.found, 'legacyTeam').sql} l ON l.id = x.team_id`;
  // The time of the marks is a parameter in any case: a statement may not be given one that it does not name.
  return `
    SELECT x.id, ${name} FROM ${sql} x ${join}
     WHERE x.id > $1 AND x.id <= $2 AND $4::timestamptz IS NOT NULL AND (${written.join(' OR ')})
       AND ${unmapped(reader, kind)}
     ORDER BY x.id`;
}

function againSql(reader: Reader, kind: Kind): string {
  return `SELECT x.id FROM ${requireTable(reader.found, kind).sql} x WHERE x.id = ANY ($1::int8[]) AND ${unmapped(reader, kind)}`;
}

function unmapped(reader: Reader, kind: Kind): string {
  const teamId = kind === 'legacyTeam' ? 'x.id' : 'x.team_id';
  return `NOT EXISTS (SELECT FROM ${requireTable(reader.found, 'mapping').sql} m WHERE m.legacy_team_id = ${teamId})`;
}

function columnsOf({ found }: Pick<Reader, 'found'>, key: Kind): readonly string[] {
  return requireTable(found, key).columns;
}
