import { effectiveFlag, type FlagName } from '../../../procedure/flags.js';
import type { EnvFileTargetSettings, SecretRef } from '../../../environment/settings.js';
import { isSecretRef } from '../../../environment/secrets.js';
import { RETRYABLE, TERMINAL } from '../../../procedure/failures.js';
import type { FlagCapture } from '../../contract.js';
import { failure } from '../../support/failure.js';
import { runCommand, type CommandResult } from '../command.js';
import {
  assignmentOfCapture,
  type FlagAssignment,
  type ManagementOptions,
  type Permission,
  type Target,
} from '../target.js';
import { envFileAccessChecks } from './access-checks.js';
import { standingsOf, withFlags } from './env-file-text.js';
import { readEnvFile, replaceEnvFile } from './env-file.js';
import { lastLogLines } from './program-log.js';
import { settleProgram } from './restart.js';
import { servingProcesses } from './serving-processes.js';
import { settledStatus } from './supervisor.js';

export interface EnvFileTargetDeps {
  readonly resolveSecret: (ref: SecretRef) => Promise<string>;
  /** `null` when the readiness path answers 200, otherwise what it did. */
  readonly readinessProblem: (signal: AbortSignal) => Promise<string | null>;
  /** The values that the four variables must have for a captured state to be a safe one to go back to. */
  readonly baseline: Readonly<Record<FlagName, 'true' | 'false'>>;
}

const WRITE_ATTEMPTS = 5;

/** Method D of seed §2: the flags stand in an env file, the application is a program of supervisord on this machine. */
export function createEnvFileTarget(settings: EnvFileTargetSettings, deps: EnvFileTargetDeps): Target {
  const { program } = settings.supervisor;
  return {
    method: { letter: 'D', description: `env file ${settings.envFile}, supervisor program ${program}` },
    place: settings.envFile,
    readServingFlags: async (signal) => {
      const status = await settledStatus(settings.supervisor, signal);
      const processes = await servingProcesses(status.pid, program);
      return processes.map(({ pid, values }) => ({ id: `pid ${String(pid)}`, values }));
    },
    captureFlags: () => capture(settings, deps),
    setFlags: (assignment, permission) => setFlags(settings, assignment, permission),
    putBack: async (captured, permission) => {
      const wanted = assignmentOfCapture(captured);
      return { written: await setFlags(settings, wanted, permission), wanted };
    },
    settle: (options, signal) =>
      settleProgram(
        settings,
        { readinessProblem: deps.readinessProblem, lastLogLines: () => lastLogLines(settings.log.file, 6) },
        { ...options, signal },
      ),
    runManagement: (args, options) => runManagement(settings, deps, { ...options, args }),
    accessChecks: () => envFileAccessChecks(settings),
  };
}

async function capture(settings: EnvFileTargetSettings, deps: EnvFileTargetDeps): Promise<FlagCapture> {
  const file = await readEnvFile(settings.envFile);
  const standings = standingsOf(file.text);
  const unclear = standings.filter((one) => one.lines.length > 1 || one.unclear.length > 0);
  if (unclear.length > 0) {
    throw failure(
      TERMINAL.unexpected,
      `${file.path} does not say clearly what stands: ${unclear.map((one) => `${one.name} in lines ${[...one.lines, ...one.unclear].join(', ')}`).join('; ')}. Leave one line a variable; nothing was changed.`,
    );
  }
  return {
    place: settings.envFile,
    digest: file.digest,
    variables: standings.map(({ name, value }) => ({
      name,
      state: value === null ? 'absent' : 'value',
      value,
    })),
    safe: standings.every(
      ({ name, value }) => effectiveFlag(name, value) === (deps.baseline[name] === 'true'),
    ),
    capturedAt: new Date().toISOString(),
  };
}

async function setFlags(
  settings: EnvFileTargetSettings,
  assignment: FlagAssignment,
  permission: Permission,
): Promise<boolean> {
  for (let attempt = 1; attempt <= WRITE_ATTEMPTS; attempt += 1) {
    const file = await readEnvFile(settings.envFile);
    const text = withFlags(file.text, assignment);
    if (text === file.text) return false;
    if (await permission('write', (budget) => replaceEnvFile(file, text, budget))) return true;
  }
  throw failure(
    RETRYABLE.notYet,
    `${settings.envFile} was changed by somebody else each of ${String(WRITE_ATTEMPTS)} times between reading and writing; it was not written. Find out who writes it.`,
  );
}

async function runManagement(
  settings: EnvFileTargetSettings,
  deps: EnvFileTargetDeps,
  options: ManagementOptions & { readonly args: readonly string[] },
): Promise<CommandResult> {
  const { manage } = settings;
  const secrets: string[] = [];
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(manage.environment)) {
    environment[name] = isSecretRef(value) ? await deps.resolveSecret(value) : value;
    if (isSecretRef(value)) secrets.push(environment[name]);
  }
  const result = await runCommand([...manage.command, ...options.args], {
    timeoutMs: options.timeoutMs,
    signal: options.signal,
    workingFolder: manage.workingFolder,
    environment,
    secrets,
  });
  if (result.problem === 'not-found' || result.problem === 'not-permitted') {
    throw failure(
      TERMINAL.notFound,
      `The management command "${manage.command.join(' ')}" cannot be started in ${manage.workingFolder} (${result.problem}). Correct target.manage in the environment file.`,
    );
  }
  return result;
}
