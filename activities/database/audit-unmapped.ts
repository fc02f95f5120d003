import { isNameOfRun } from '../../procedure/flows.js';
import type { RowDifference } from '../../procedure/observations.js';
import type { AuditBook } from './audit-book.js';
import type { Seen } from './audit-confirm.js';
import { overRanges, readRows, type Reader } from './audit-reading.js';
import { unmappedSql } from './audit-sql.js';
import { text, wholeNumber } from './rows.js';

export interface UnmappedInput {
  readonly tag: string;
  /** Nothing is copied now, so nothing has to be looked at again. */
  readonly flagOff: boolean;
  /** When the flag was on, ISO 8601; `null` = unknown, or it is off. */
  readonly since: string | null;
  readonly book: AuditBook;
  /** Nothing tells what was there at the baseline. */
  readonly lost: boolean;
  /** Gets what has to be looked at again. */
  readonly seen: Seen;
}

/** New teams that no mapping names. Returns how many new teams there are at all. */
export function lookAtUnmapped(
  reader: Reader,
  { tag, flagOff, since, book, lost, seen }: UnmappedInput,
): Promise<number> {
  return overRanges(reader, 'team', async (range) => {
    const values = [...range, since];
    for (const row of await readRows(reader, 'looking for teams without a copy', {
      sql: unmappedSql(reader.found),
      values,
    })) {
      const id = wholeNumber(row, 'id');
      const difference = withoutCopy(id);
      if (book.isOld(difference)) await book.enter(difference, 'baseline');
      else if (isNameOfRun(text(row, 'name'), tag)) await book.enter(difference, 'run');
      else if (flagOff) await book.enter(difference, 'new');
      else if (row['before_flag'] === true) await book.enter(difference, 'flag-off');
      else if (lost) await book.enter(difference, 'unknown');
      else seen.add(id, difference);
    }
  });
}

function withoutCopy(teamId: number): RowDifference {
  return {
    class: 'missing-in-legacy',
    row: `team ${String(teamId)}`,
    field: 'mapping',
    expected: 'a mapping and a legacy team',
    found: 'no row',
  };
}
