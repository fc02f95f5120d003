import { sleep } from '@temporalio/activity';

/** What became of one request; `throttled` = the target refused it (429), nothing was written. */
export type Attempt<T> =
  | { readonly kind: 'answer'; readonly value: T }
  | { readonly kind: 'throttled'; readonly value: T; readonly waitMs: number };

/** Writes at a time: so many may be under way when a worker dies, and are found by their rows afterwards. */
export const IN_FLIGHT = 32;

export interface OpenModel<Item, T> {
  readonly items: readonly Item[];
  /** Milliseconds between two requests that are due; 0 = all are due at once, and their times mean nothing. */
  readonly intervalMs: number;
  /** So many at a time; when none of them is answered, the next ones wait, and their waiting counts. */
  readonly inFlight: number;
  /** A throttle of up to this is waited for, so often in all; what is longer ends the series. */
  readonly patience: { readonly waitMs: number; readonly times: number };
  readonly signal: AbortSignal;
  readonly send: (item: Item) => Promise<Attempt<T>>;
  /** Called once an item. `ms` counts from when the request was due, whenever it was sent. */
  readonly done: (item: Item, value: T, ms: number) => void;
}

/**
 * Sends requests at fixed times, whether or not the ones before were answered: an open model, as real users are. A target
 * that stalls makes every request late that was due meanwhile, and the percentiles show it; one request after another
 * would have hidden it in a single one ("coordinated omission"). After a short throttle the rest is due so much later.
 *
 * Resolves to the answer that ended it early, `null` when every item is done. Rejects with the first failure once
 * nothing is in flight any more.
 */
export async function sendOnSchedule<Item, T>(model: OpenModel<Item, T>): Promise<T | null> {
  const waiting = [...model.items];
  const flying = new Set<Promise<void>>();
  const failures: unknown[] = [];
  let due = performance.now();
  let pausedUntil = -Infinity;
  let pauses = 0;
  let ended: { readonly by: T } | null = null;

  const fly = async (item: Item, dueAt: number): Promise<void> => {
    try {
      const attempt = await model.send(item);
      if (attempt.kind === 'answer') {
        model.done(item, attempt.value, performance.now() - dueAt);
        return;
      }
      const now = performance.now();
      // Several that were in flight together are refused together: one pause.
      if (now >= pausedUntil) pauses += 1;
      if (attempt.waitMs > model.patience.waitMs || pauses > model.patience.times) {
        model.done(item, attempt.value, now - dueAt);
        ended ??= { by: attempt.value };
        return;
      }
      pausedUntil = Math.max(pausedUntil, now + attempt.waitMs);
      waiting.unshift(item);
    } catch (error) {
      failures.push(error);
    }
  };

  while (failures.length === 0 && ended === null) {
    model.signal.throwIfAborted();
    if (waiting.length === 0 && flying.size === 0) break;
    if (waiting.length === 0 || flying.size >= model.inFlight) {
      await Promise.race(flying);
      continue;
    }
    due = Math.max(due, pausedUntil);
    const early = due - performance.now();
    if (early > 0) {
      await sleep(Math.ceil(early));
      continue;
    }
    const item = waiting.shift();
    if (item === undefined) continue;
    const flight: Promise<void> = fly(item, due).finally(() => flying.delete(flight));
    flying.add(flight);
    due += model.intervalMs;
  }
  await Promise.all(flying);
  if (failures.length > 0) throw failures[0];
  return (ended as { readonly by: T } | null)?.by ?? null;
}
