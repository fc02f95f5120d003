import { EXIT } from './exit-codes.js';

/**
 * Something that a person can mend: shown as one message (what, where) and one hint (what next), never with a stack
 * trace. Must not hold a secret.
 */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly exitCode: number;
  /** What to do now; `null` when the message says it all. */
  readonly next: string | null;

  constructor(message: string, options: { readonly exitCode: number; readonly next?: string }) {
    super(message);
    this.exitCode = options.exitCode;
    this.next = options.next ?? null;
  }
}

/** What was typed cannot be carried out. */
export function usageError(message: string, next?: string): UserError {
  return new UserError(message, { exitCode: EXIT.usage, ...(next === undefined ? {} : { next }) });
}

/** The person stopped waiting (Ctrl-C); `message` says what goes on without them. */
export class Interrupted extends UserError {
  constructor(message: string, next?: string) {
    super(message, { exitCode: EXIT.interrupted, ...(next === undefined ? {} : { next }) });
  }
}
