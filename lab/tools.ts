import { execa } from 'execa';

import { tail } from './files.js';
import { LabError } from './lab-error.js';

/** How to run one of the machine's tools, and the words for its failure. */
export interface ToolRun {
  readonly command: string;
  readonly args: readonly string[];
  /** What the tool is run for, as in "PostgreSQL could not be initialised". */
  readonly failure: string;
  readonly next: string;
  readonly cwd?: string;
  /** The whole environment of the tool; by default this process's own. */
  readonly env?: Readonly<Record<string, string>>;
  /** Added to this process's own environment. */
  readonly extraEnv?: Readonly<Record<string, string>>;
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  readonly timeoutMs?: number;
}

/** Runs a tool to its end and returns its standard output; its failure becomes a message with its last lines. */
export async function runTool(run: ToolRun): Promise<string> {
  const result = await execa(run.command, run.args, {
    reject: false,
    all: true,
    stdin: 'ignore',
    ...(run.cwd === undefined ? {} : { cwd: run.cwd }),
    ...(run.env === undefined ? {} : { env: run.env, extendEnv: false }),
    ...(run.extraEnv === undefined ? {} : { env: run.extraEnv }),
    ...(run.user === undefined ? {} : { uid: run.user.uid, gid: run.user.gid }),
    timeout: run.timeoutMs ?? 120_000,
  });
  if (!result.failed) return result.stdout;
  const how = result.timedOut
    ? `gave no result within ${(run.timeoutMs ?? 120_000) / 1000} s`
    : result.exitCode === undefined
      ? result.shortMessage
      : `ended with exit code ${result.exitCode}`;
  const said = result.all.trim() === '' ? '' : `\n${tail(result.all)}`;
  throw new LabError(`${run.failure}: ${run.command} ${how}.${said}`, run.next, { cause: result });
}

/** Whether a tool can be started and ends well. */
export async function works(command: string, args: readonly string[]): Promise<boolean> {
  const result = await execa(command, args, { reject: false, stdin: 'ignore', timeout: 20_000 });
  return !result.failed;
}

/** The little of this process's environment that the lab's processes get: none of the caller's settings or secrets. */
export function plainEnvironment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const kept = ['PATH', 'HOME', 'USER', 'LANG', 'TZ', 'TMPDIR', 'XDG_CACHE_HOME', 'JAVA_HOME'];
  const environment: Record<string, string> = {};
  for (const name of kept) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  return { ...environment, ...extra };
}
