import type { PreconditionCheck } from '../contract.js';
import { textOf } from '../support/failure.js';

/** One check to be made. `run` may throw or hang: the check is then `unknown`, with the reason. */
export interface CheckDefinition {
  readonly id: string;
  readonly title: string;
  /** The part of the seed that asks for it; `null` for our own. */
  readonly seed: string | null;
  /** Longest time, milliseconds; 30 s when not given. */
  readonly deadlineMs?: number;
  readonly run: (signal: AbortSignal) => Promise<CheckFinding>;
}

/** What a check found. `advice` is told only when it is not ok, `notice` at the gate too (`PreconditionCheck`). */
export interface CheckFinding {
  readonly ok: boolean;
  readonly detail: string;
  readonly advice: string;
  readonly notice?: string;
}

const DEADLINE_MS = 30_000;

/** Makes all checks side by side, each with its own deadline, and gives their results in the order of the definitions. */
export function makeChecks(
  definitions: readonly CheckDefinition[],
  signal: AbortSignal,
): Promise<PreconditionCheck[]> {
  return Promise.all(definitions.map((definition) => makeCheck(definition, signal)));
}

async function makeCheck(definition: CheckDefinition, signal: AbortSignal): Promise<PreconditionCheck> {
  const { id, title, seed, deadlineMs = DEADLINE_MS } = definition;
  const ended = new AbortController();
  const own = AbortSignal.any([signal, ended.signal]);
  const timer = setTimeout(() => {
    ended.abort();
  }, deadlineMs);
  try {
    const found = await Promise.race([definition.run(own), aborted(own)]);
    const { ok, detail, advice, notice } = found;
    return {
      ...{ id, title, seed, status: ok ? 'ok' : 'failed', detail, advice: ok ? null : advice },
      ...(notice === undefined ? {} : { notice }),
    };
  } catch (error) {
    signal.throwIfAborted();
    const detail = ended.signal.aborted
      ? `gave no answer within ${String(deadlineMs / 1000)} s`
      : textOf(error);
    return {
      id,
      title,
      seed,
      status: 'unknown',
      detail,
      advice: 'It could not be checked, which counts as not met. Mend what the detail names and retry.',
    };
  } finally {
    clearTimeout(timer);
    // Whatever the check still has open ends with it, whether it is over or was given up.
    ended.abort();
  }
}

/** Ends with the signal, so that a check that does not listen to it cannot hold up the others. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const end = (): void => {
      reject(new Error('ended'));
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}
