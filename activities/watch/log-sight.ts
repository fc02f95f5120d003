import type { UnreadPart } from '../logs/log-source.js';

/** Unreadable for so long is told; a rotation takes less. */
const BLIND_MS = 60_000;
/** A part that was unread for so long and is read again is worth a word. */
const TOLD_MS = 10_000;
const WHOLE = 'the log';

/** Something that cannot be read, for a heartbeat: an attempt goes on counting where the one before it was. */
export interface Unseen extends UnreadPart {
  readonly milliseconds: number;
}

/** What of the log cannot be read, and since when. Times are `performance.now()`. */
export class LogSight {
  readonly #since = new Map<string, { readonly at: number; readonly reason: string }>();
  /** What was unread for long and is read again, in words. */
  readonly notes: string[] = [];

  constructor(
    before: readonly Unseen[],
    private readonly now: () => number = () => performance.now(),
  ) {
    for (const { part, reason, milliseconds } of before)
      this.#since.set(part, { at: this.now() - milliseconds, reason });
  }

  /** A read that began then came to its end; these parts are left. */
  saw(began: number, unread: readonly UnreadPart[] = []): void {
    for (const [part, { at, reason }] of this.#since) {
      if (unread.some((one) => one.part === part)) continue;
      this.#since.delete(part);
      const seconds = Math.round((this.now() - at) / 1000);
      if (part !== WHOLE && seconds * 1000 >= TOLD_MS)
        this.notes.push(`${part} was not read for ${String(seconds)} s (${reason}), and then read on`);
    }
    for (const { part, reason } of unread) this.#missed(part, began, reason);
  }

  /** A read that began then gave nothing at all. */
  failed(began: number, reason: string): void {
    this.#missed(WHOLE, began, reason);
  }

  /** When nothing at all will have been read for too long, if a read that begins (or began) then gives nothing. */
  blindAt(began: number): number {
    return (this.#since.get(WHOLE)?.at ?? began) + BLIND_MS;
  }

  /** Something was not to be read for too long: the log, or a part of it. */
  get isBlind(): boolean {
    return [...this.#since.values()].some(({ at }) => this.#isLong(at));
  }

  /** Why, of what was not to be read for too long, or of whatever is not read now; `null` = everything is. */
  get reason(): string | null {
    const all = [...this.#since.values()];
    const long = all.filter(({ at }) => this.#isLong(at));
    const reasons = (long.length > 0 ? long : all).map(({ reason }) => reason);
    return reasons.length === 0 ? null : reasons.join('; ');
  }

  unseen(): readonly Unseen[] {
    return [...this.#since].map(([part, { at, reason }]) => ({
      ...{ part, reason, milliseconds: Math.round(this.now() - at) },
    }));
  }

  #isLong(at: number): boolean {
    return this.now() - at >= BLIND_MS;
  }

  #missed(part: string, began: number, reason: string): void {
    this.#since.set(part, { at: this.#since.get(part)?.at ?? began, reason });
  }
}
