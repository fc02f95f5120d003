import { execa, ExecaError } from 'execa';
import { redact } from '../support/redact.js';

/** How one command of the target's machine ended. Output is capped and credentials in it are masked. */
export interface CommandResult {
  /** `null` = it was ended by a signal or never started. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** `null` = it ran to its end (whatever its exit code); otherwise why it did not. */
  readonly problem: 'not-found' | 'not-permitted' | 'timed-out' | 'cancelled' | 'killed' | null;
}

export interface CommandOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly workingFolder?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Secrets that the command was given; they are masked in its output. */
  readonly secrets?: readonly string[];
}

const MAXIMUM_OUTPUT = 4 * 1024 * 1024;
/** What of the worker's environment a command may see: enough to run, no secret. */
const PASSED_ON = ['PATH', 'HOME', 'USER', 'LANG', 'LC_ALL', 'TZ', 'VIRTUAL_ENV'] as const;

/** Runs a command without a shell and without input, and tells how it ended instead of throwing. */
export async function runCommand(argv: readonly string[], options: CommandOptions): Promise<CommandResult> {
  const [file, ...args] = argv;
  if (file === undefined) throw new RangeError('runCommand needs at least one word');
  const result = await execa(file, args, {
    reject: false,
    stdin: 'ignore',
    extendEnv: false,
    env: { ...passedOn(), ...options.environment },
    timeout: Math.max(1, Math.round(options.timeoutMs)),
    forceKillAfterDelay: 2000,
    cancelSignal: options.signal,
    maxBuffer: MAXIMUM_OUTPUT,
    stripFinalNewline: false,
    ...(options.workingFolder === undefined ? {} : { cwd: options.workingFolder }),
  });
  const secrets = options.secrets ?? [];
  return {
    exitCode: result.exitCode ?? null,
    stdout: redact(result.stdout, secrets),
    stderr: redact(result.stderr, secrets),
    problem: problemOf(result),
  };
}

/** One line for a message: the last line that the command said, or how it ended. */
export function lastWords(result: CommandResult): string {
  const lines = `${result.stdout}\n${result.stderr}`.split('\n').map((line) => line.trim());
  const last = lines.findLast((line) => line !== '')?.slice(0, 300);
  const how = result.problem ?? `exit code ${String(result.exitCode)}`;
  return last === undefined ? how : `${how}: ${last}`;
}

interface Ending {
  readonly timedOut: boolean;
  readonly isCanceled: boolean;
  readonly isTerminated: boolean;
  readonly exitCode?: number | undefined;
}

function problemOf(result: Ending): CommandResult['problem'] {
  if (result.timedOut) return 'timed-out';
  if (result.isCanceled) return 'cancelled';
  const code = result instanceof ExecaError ? result.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'not-found';
  if (code === 'EACCES' || code === 'EPERM') return 'not-permitted';
  return result.isTerminated || result.exitCode === undefined ? 'killed' : null;
}

function passedOn(): Record<string, string> {
  return Object.fromEntries(
    PASSED_ON.flatMap((name): [string, string][] => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
