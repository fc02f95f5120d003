import { setTimeout as delay } from 'node:timers/promises';
import type { EnvFileTargetSettings } from '../../../environment/settings.js';
import { RETRYABLE, TERMINAL, type FailureType } from '../../../procedure/failures.js';
import { failure } from '../../support/failure.js';
import { lastWords, runCommand, type CommandResult } from '../command.js';

export const PROGRAM_STATES = [
  'STOPPED',
  'STARTING',
  'RUNNING',
  'BACKOFF',
  'STOPPING',
  'EXITED',
  'FATAL',
  'UNKNOWN',
] as const;
export type ProgramState = (typeof PROGRAM_STATES)[number];

export interface ProgramStatus {
  readonly state: ProgramState;
  /** The program's first process; `null` when none runs. */
  readonly pid: number | null;
  /** What the supervisor says beside it, e.g. `Exited too quickly (process log may have details)`. */
  readonly description: string;
}

/** Longer than the start seconds of common configurations, shorter than a check's deadline. */
const ON_ITS_WAY_MS = 15_000;

type SupervisorSettings = EnvFileTargetSettings['supervisor'];

/** What `supervisorctl status PROGRAM` said: the program's state, or which kind of trouble it is. */
export type StatusAnswer =
  | { readonly kind: 'status'; readonly status: ProgramStatus }
  | { readonly kind: 'trouble'; readonly type: FailureType; readonly message: string };

/** The program's state. @throws TargetUnreachable, NotFound or Unauthorized, told apart. */
export async function programStatus(
  settings: SupervisorSettings,
  signal: AbortSignal,
): Promise<ProgramStatus> {
  const result = await supervisorctl(settings, 'status', { timeoutMs: 15_000, signal });
  const answer = parseStatus(result, settings);
  if (answer.kind === 'status') return answer.status;
  throw failure(answer.type, answer.message);
}

/**
 * The same, but a program on its way (somebody restarts it just now) is waited for, so that a reading does not take a
 * restart for a fault. Gives the last state when the time is over.
 */
export async function settledStatus(
  settings: SupervisorSettings,
  signal: AbortSignal,
): Promise<ProgramStatus> {
  const until = performance.now() + ON_ITS_WAY_MS;
  for (;;) {
    const status = await programStatus(settings, signal);
    const onItsWay = status.state === 'STARTING' || status.state === 'STOPPING';
    if (!onItsWay || performance.now() > until) return status;
    await delay(500, undefined, { signal });
  }
}

/**
 * Runs one supervisorctl command on the program. Its exit code is no proof: what counts is the state afterwards, since
 * the supervisor goes on with its work when the command is killed.
 */
export function supervisorctl(
  settings: SupervisorSettings,
  action: 'status' | 'start' | 'restart',
  options: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<CommandResult> {
  return runCommand([...settings.command, action, settings.program], options);
}

/** Reads the answer of `supervisorctl status PROGRAM`. Pure. */
export function parseStatus(result: CommandResult, settings: SupervisorSettings): StatusAnswer {
  const command = settings.command.join(' ');
  for (const line of result.stdout.split('\n')) {
    const match = /^(\S+)\s+([A-Z]+)(?:\s+(.*))?$/.exec(line.trim());
    const state = PROGRAM_STATES.find((candidate) => candidate === match?.[2]);
    if (match === null || state === undefined || !isProgram(match[1] ?? '', settings.program)) continue;
    const description = match[3] ?? '';
    const pid = Number(/^pid (\d+)/.exec(description)?.[1] ?? 0);
    return { kind: 'status', status: { state, pid: pid > 0 ? pid : null, description } };
  }
  const said = `${result.stdout}\n${result.stderr}`;
  const trouble = (type: FailureType, message: string): StatusAnswer => ({ kind: 'trouble', type, message });
  if (result.problem === 'not-found')
    return trouble(
      TERMINAL.notFound,
      `The command ${settings.command[0] ?? ''} is not on this machine. Install supervisor, or correct target.supervisor.command.`,
    );
  if (/ERROR \(no such (process|group)/i.test(said))
    return trouble(
      TERMINAL.notFound,
      `The supervisor has no program "${settings.program}". Correct target.supervisor.program; "${command} status" lists all.`,
    );
  if (/refused connection|connection refused/i.test(said))
    return trouble(
      RETRYABLE.targetUnreachable,
      `No supervisor answers "${command}": the connection was refused. Start supervisord, or correct its address.`,
    );
  if (/\bno such file\b/i.test(said))
    return trouble(
      RETRYABLE.targetUnreachable,
      `No supervisor answers "${command}": its socket or configuration file is not there (${lastWords(result)}). Start supervisord, or correct target.supervisor.command.`,
    );
  if (/\b401\b|unauthorized|requires authentication/i.test(said))
    return trouble(
      TERMINAL.unauthorized,
      `The supervisor refused user or password of "${command}". Correct them in the configuration file that it names.`,
    );
  if (/permission denied|errno 13/i.test(said))
    return trouble(
      TERMINAL.unauthorized,
      `The worker's user may not talk to the supervisor ("${command}": permission denied). Add it to the socket's group (chown in [unix_http_server]).`,
    );
  return trouble(
    RETRYABLE.targetUnreachable,
    `"${command} status ${settings.program}" gave no status (${lastWords(result)}). Run it by hand as the worker's user.`,
  );
}

/** supervisorctl prints `name` for a group of the same name and `group:name` otherwise. */
function isProgram(printed: string, program: string): boolean {
  const [group, name = group] = program.split(':');
  return (
    printed === program ||
    printed === `${String(group)}:${String(name)}` ||
    (group === name && printed === name)
  );
}
