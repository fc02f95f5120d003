/** How a command in a container ended, as the server's status frame tells it. */
export type ExecEnding =
  | { readonly kind: 'exited'; readonly exitCode: number }
  /** The container's runtime could not start it; `notFound` when there is no such program. */
  | { readonly kind: 'not-started'; readonly notFound: boolean; readonly text: string }
  | { readonly kind: 'not-understood'; readonly text: string };

/** Understands the status frame of an exec (a `Status` of the API as JSON). Pure; never throws. */
export function execEnding(frame: Buffer): ExecEnding {
  const text = frame.toString('utf8').replaceAll(/\s+/g, ' ').slice(0, 400);
  const status = parsed(frame);
  if (status === null) return { kind: 'not-understood', text };
  if (status['status'] === 'Success') return { kind: 'exited', exitCode: 0 };
  if (status['status'] !== 'Failure') return { kind: 'not-understood', text };
  if (status['reason'] === 'NonZeroExitCode') {
    const exitCode = exitCodeOf(status['details']);
    return exitCode === null ? { kind: 'not-understood', text } : { kind: 'exited', exitCode };
  }
  const message = typeof status['message'] === 'string' ? status['message'].slice(0, 400) : text;
  // Runtimes have only their sentences for it.
  const notFound = /executable file not found|no such file or directory/i.test(message);
  return { kind: 'not-started', notFound, text: message };
}

function parsed(frame: Buffer): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(frame.toString('utf8'));
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}

function exitCodeOf(details: unknown): number | null {
  const causes: unknown = isRecord(details) ? details['causes'] : null;
  const cause: unknown = Array.isArray(causes)
    ? causes.find((one: unknown) => isRecord(one) && one['reason'] === 'ExitCode')
    : null;
  const code = isRecord(cause) ? Number(cause['message']) : NaN;
  return Number.isInteger(code) ? code : null;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
