import { setTimeout as delay } from 'node:timers/promises';
import { RETRYABLE } from '../../../procedure/failures.js';
import { failure } from '../../support/failure.js';
import { isConflict } from './api-failure.js';

export interface ChangeSteps<T, P> {
  /** What is changed, for messages. */
  readonly what: string;
  readonly read: () => Promise<T>;
  /** Decides anew from what was read; `null` = it stands as asked already. */
  readonly patchOf: (object: T) => P | null;
  /** False: it must not be written any more (no time is left); it is read and decided again. */
  readonly write: (patch: P) => Promise<boolean>;
  readonly signal: AbortSignal;
}

const ATTEMPTS = 5;
const PAUSE_MS = 200;

/**
 * Reads, decides and writes, and when somebody else wrote in between reads and decides again. Gives back false when nothing
 * had to be written. @throws NotYet when somebody was faster every time.
 */
export async function changeUntilNoConflict<T, P>(steps: ChangeSteps<T, P>): Promise<boolean> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const patch = steps.patchOf(await steps.read());
    if (patch === null) return false;
    try {
      if (await steps.write(patch)) return true;
    } catch (error) {
      if (!isConflict(error)) throw error;
    }
    // Two who repeat at once would meet again.
    if (attempt < ATTEMPTS)
      await delay(PAUSE_MS * attempt * (0.5 + Math.random()), undefined, { signal: steps.signal });
  }
  throw failure(
    RETRYABLE.notYet,
    `${steps.what} was changed by somebody else each of ${String(ATTEMPTS)} times between reading and writing; it was not written. Find out who writes it (kubectl get -o yaml --show-managed-fields).`,
  );
}
