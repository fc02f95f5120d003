import { setTimeout as delay } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import { RETRYABLE, TERMINAL } from '../../procedure/failures.js';

export interface Patience {
  readonly signal: AbortSignal;
  /** For how long what cannot be reached is asked again, in milliseconds; 0 = asked once. */
  readonly forMs: number;
}

const PAUSE_MS = 1000;
/** So long after its start a server may not know yet who has which rights, and refuses everybody. */
const STARTING_MS = 30_000;

/** Tells failures that pass by themselves because a server was away: that it is, and that it refuses when it has just come back. */
export class Outage {
  #awayAt = -Infinity;

  /** Failures in the order in which they came. */
  covers(error: unknown): boolean {
    if (!(error instanceof ApplicationFailure)) return false;
    if (error.type === RETRYABLE.targetUnreachable) {
      this.#awayAt = performance.now();
      return true;
    }
    return error.type === TERMINAL.unauthorized && performance.now() - this.#awayAt < STARTING_MS;
  }
}

/**
 * Does it again while what it needs is away ({@link Outage}), for as long as the patience lasts: a control plane that
 * restarts is no reason to ask people. Every other failure, and the last one, is thrown as it is.
 */
export async function patiently<T>({ signal, forMs }: Patience, act: () => Promise<T>): Promise<T> {
  const until = performance.now() + forMs;
  const outage = new Outage();
  for (;;) {
    try {
      return await act();
    } catch (error) {
      signal.throwIfAborted();
      if (!outage.covers(error) || performance.now() + PAUSE_MS > until) throw error;
    }
    await delay(PAUSE_MS, undefined, { signal });
  }
}
