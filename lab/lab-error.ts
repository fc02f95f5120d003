/**
 * A failure of the local staging, worded for the person who started it: the message says what failed and on what,
 * and ends with what to do next. Its stack is of no use to that person and is not meant to be printed.
 */
export class LabError extends Error {
  /** Exit code for a command line that ends because of this error. */
  readonly exitCode: number;

  constructor(what: string, next: string, options: { cause?: unknown; exitCode?: number } = {}) {
    super(`${what}\n  What to do: ${next}`, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'LabError';
    this.exitCode = options.exitCode ?? 1;
  }
}

/** The message of whatever was thrown, without a stack. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The code of a system error (`ENOENT`, `EADDRINUSE`, …), or undefined for any other thing that was thrown. */
export function codeOf(error: unknown): string | undefined {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
