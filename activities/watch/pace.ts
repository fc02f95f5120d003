import { setTimeout as timer } from 'node:timers/promises';

/** Waits; a cancel ends it at once, without an error: the caller looks at the signal itself. */
export async function pace(milliseconds: number, signal: AbortSignal): Promise<void> {
  await timer(milliseconds, undefined, { signal }).catch(() => undefined);
}
