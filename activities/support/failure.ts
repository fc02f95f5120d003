import { ApplicationFailure } from '@temporalio/common';
import { TERMINAL, type FailureType } from '../../procedure/failures.js';

const terminalTypes: readonly string[] = Object.values(TERMINAL);

/**
 * A failure that an activity throws. Whether Temporal retries it follows from the type alone. The message is for a
 * person: what failed, on what, what to do next; `cause` keeps the library's error for the worker's log.
 */
export function failure(type: FailureType, message: string, cause?: unknown): ApplicationFailure {
  return ApplicationFailure.create({
    type,
    message,
    nonRetryable: terminalTypes.includes(type),
    ...(cause instanceof Error ? { cause: withoutStack(cause) } : {}),
  });
}

/** Libraries put hosts, headers and bodies into stacks and properties; only the kind of error is kept. */
function withoutStack(error: Error): Error {
  const code = 'code' in error && typeof error.code === 'string' ? ` (${error.code})` : '';
  const kept = new Error(`${error.name}${code}`);
  kept.stack = '';
  return kept;
}

/** The text of anything thrown, one line, for a message. */
export function textOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n')[0]?.slice(0, 500) ?? '';
}
