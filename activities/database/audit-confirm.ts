import { createHash } from 'node:crypto';
import { sleep } from '@temporalio/activity';
import { keysOf } from '../../procedure/difference-keys.js';
import type { RowDifference } from '../../procedure/observations.js';
import type { LegacyWrites } from '../../procedure/row-audit.js';
import type { Audit } from './audit.js';
import type { AuditBook } from './audit-book.js';
import { compareTeams } from './audit-look.js';
import { LOOK_MS, preferIndexes, readerOf, type Reader } from './audit-reading.js';
import type { Session } from './database.js';
import { describeLegacyWrites, stillThere, type LegacyWrite } from './legacy-writes.js';
import { inSnapshot } from './transactions.js';

/** The whole audit ends before its step would be given up: no third look begins when less than it may take is left. */
const AUDIT_MS = 105_000;

/** Differences of one look that were not there at the baseline. Eight bytes each: there may be as many as teams. */
export class Seen {
  readonly teams = new Set<number>();
  readonly #keys = new Set<number>();

  add(teamId: number, difference: RowDifference): void {
    this.teams.add(teamId);
    for (const key of digestsOf(teamId, difference)) this.#keys.add(key);
  }

  /** Whether the same difference of this team, whatever its values, was seen. */
  has(teamId: number, difference: RowDifference): boolean {
    return digestsOf(teamId, difference).some((key) => this.#keys.has(key));
  }
}

function digestsOf(teamId: number, difference: RowDifference): number[] {
  return keysOf(difference).map((key) =>
    createHash('sha256')
      .update(`${String(teamId)} ${key}`)
      .digest()
      .readUIntBE(0, 6),
  );
}

/** What a look left to be confirmed, and a moment by which its snapshot had been taken, by `performance.now()`. */
export interface Looked {
  readonly seen: Seen;
  readonly at: number;
}

export interface ToConfirm extends Looked {
  readonly book: AuditBook;
  readonly writes: readonly LegacyWrite[] | null;
  /** When the audit began, by `performance.now()`. */
  readonly started: number;
}

/** What became of it. */
export interface Confirmed {
  readonly legacyWrites: LegacyWrites | null;
  /** Differences of the last look alone. */
  readonly unconfirmed: number;
  /** Whether that was a look too few for want of time. */
  readonly cut: boolean;
}

/**
 * Confirm before alarm: what is new is looked at again when a copy that was under way must have arrived, and counts when
 * the same difference is there. Another one of the same team may be another copy under way, so it gets a third look.
 */
export async function confirmNew(session: Session, audit: Audit, first: ToConfirm): Promise<Confirmed> {
  const { seen, writes, book } = first;
  const none = { unconfirmed: 0, cut: false };
  if (seen.teams.size === 0 && (writes ?? []).length === 0)
    return { legacyWrites: writes === null ? null : describeLegacyWrites(audit, []), ...none };
  const counted = new Seen();
  let legacyWrites: LegacyWrites | null = null;
  const lookAgain = (before: Looked, limitMs: number, also?: (reader: Reader) => Promise<void>) =>
    later(before, audit, () =>
      inSnapshot(session, async () => {
        const reader = readerOf(session, audit.found, limitMs);
        await preferIndexes(reader);
        const at = performance.now();
        const others: [number, RowDifference][] = [];
        await compareTeams(reader, [...before.seen.teams], {
          rules: audit.environment.settings.copy,
          tag: audit.scope.tag,
          visit: async ({ teamId, differences }) => {
            for (const one of differences) {
              if (book.isOld(one) || counted.has(teamId, one)) continue;
              if (before.seen.has(teamId, one)) {
                counted.add(teamId, one);
                await book.enter(one, 'new');
              } else others.push([teamId, one]);
            }
          },
        });
        await also?.(reader);
        return { at, others };
      }),
    );
  const second = await lookAgain(first, LOOK_MS.second, async (reader) => {
    if (writes === null) return;
    const confirmed = await stillThere(reader, writes);
    for (const { words } of confirmed) await book.note({ class: 'legacy-write', row: words, origin: 'new' });
    legacyWrites = describeLegacyWrites(audit, confirmed);
  });
  if (second.others.length === 0) return { legacyWrites, ...none };
  const end = second.at + audit.input.lagBudgetMs + LOOK_MS.third;
  const cut = end > first.started + AUDIT_MS;
  const left = cut ? second : await lookAgain(lookedOf(second), LOOK_MS.third);
  for (const [, one] of left.others) await book.enter(one, 'unconfirmed');
  return { legacyWrites, unconfirmed: left.others.length, cut };
}

/** Runs a look when the lag budget has passed since the snapshot of the one before. */
async function later<T>({ at }: Looked, { input }: Audit, look: () => Promise<T>): Promise<T> {
  await sleep(Math.max(1, Math.ceil(at + input.lagBudgetMs - performance.now())));
  return look();
}

function lookedOf({
  at,
  others,
}: {
  readonly at: number;
  readonly others: readonly (readonly [number, RowDifference])[];
}): Looked {
  const seen = new Seen();
  for (const [teamId, one] of others) seen.add(teamId, one);
  return { at, seen };
}
