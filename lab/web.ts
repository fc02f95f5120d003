import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { request } from 'undici';

import { applicationEnvironment } from './application.js';
import { ensureEnvFile } from './env-file.js';
import { newPassword, writeFileAtomic } from './files.js';
import { labTag } from './leftovers.js';
import type { ProcessIdentity } from './process-identity.js';
import type { PythonHome } from './python.js';
import { spawnDetached, waitUntilReady } from './spawn-detached.js';
import { supervisorCommand, webLogFile, writeSupervisorConfig } from './supervisor.js';
import { targetFolder } from './project.js';

/** The shapes in which the sample application can write its log. */
export type LogFormat = 'text' | 'json' | 'mixed' | 'seed';

/** Settings of the sample application that a caller may choose. */
export interface WebOptions {
  readonly webWorkers?: number;
  readonly logFormat?: LogFormat;
  /** Requests in a period, such as `100/hour`, or `off`. */
  readonly throttleAnon?: string;
  readonly throttleUser?: string;
  /** Time zone of the log's times, such as `Asia/Dhaka`; the database always speaks UTC. */
  readonly logTimezone?: string;
}

/** What the web part of a lab is made of. */
export interface WebSettings {
  readonly labFolder: string;
  readonly ports: { readonly web: number; readonly supervisor: number };
  readonly python: PythonHome;
  readonly databaseUrl: string;
  readonly options: WebOptions;
}

/** The folder of the application's configuration, logs and scratch files. */
export function webFolder(labFolder: string): string {
  return join(labFolder, 'web');
}

/** The application's settings: the file that method D changes. */
export function envFile(labFolder: string): string {
  return join(webFolder(labFolder), '.env.staging');
}

/** The faults that are switched on, one a line. */
export function faultsFile(labFolder: string): string {
  return join(webFolder(labFolder), 'faults');
}

/** The time within which the application answers after a start, on a slow machine. */
const START_MS = 60_000;

/** Writes the configuration, starts the supervisor, and returns when the application is ready. */
export async function startWeb(settings: WebSettings): Promise<ProcessIdentity> {
  await configure(settings);
  return launchWeb(settings);
}

/** Starts the supervisor with the configuration that is there, as after a restart of the machine. */
export async function launchWeb(
  settings: Pick<WebSettings, 'labFolder' | 'python' | 'ports'>,
): Promise<ProcessIdentity> {
  const folder = webFolder(settings.labFolder);
  const { command, args } = supervisorCommand(settings.python, folder);
  const logFile = join(folder, 'logs', 'supervisord.out');
  const supervisor = await spawnDetached({
    title: 'The supervisor of the sample application',
    command,
    args,
    cwd: targetFolder(),
    env: { ...applicationEnvironment(settings.python), ...labTag(settings.labFolder) },
    logFile,
  });
  await waitForWeb(settings.labFolder, settings.ports.web, supervisor);
  return supervisor;
}

/** Waits until the application answers. */
export async function waitForWeb(
  labFolder: string,
  port: number,
  supervisor: ProcessIdentity,
): Promise<void> {
  await waitUntilReady({
    title: 'The sample application',
    process: supervisor,
    logFile: webLogFile(webFolder(labFolder)),
    withinMs: START_MS,
    next: '`npm run lab -- faults none` switches faults off, `npm run lab -- reset` makes everything anew.',
    probe: () => isReady(port),
  });
}

async function configure(settings: WebSettings): Promise<void> {
  const { labFolder, python, ports, options } = settings;
  const folder = webFolder(labFolder);
  await mkdir(join(folder, 'logs'), { recursive: true });
  // Counted requests of an earlier session would only keep people from trying again; a fault belongs to a session,
  // and one that lets the application die at its start would keep the lab from ever starting.
  await rm(join(folder, 'throttle'), { recursive: true, force: true });
  await writeFileAtomic(faultsFile(labFolder), '');
  await ensureEnvFile(envFile(labFolder), newPassword(), {
    DATABASE_URL: settings.databaseUrl,
    LOG_FORMAT: options.logFormat ?? 'text',
    LOG_TIMEZONE: options.logTimezone ?? 'UTC',
    THROTTLE_ANON: options.throttleAnon ?? '100/hour',
    THROTTLE_USER: options.throttleUser ?? '1000/hour',
    THROTTLE_CACHE_DIR: join(folder, 'throttle'),
    STATIC_ROOT: join(folder, 'static'),
  });
  await writeSupervisorConfig({
    webFolder: folder,
    port: ports.supervisor,
    password: newPassword(),
    python,
    programEnvironment: {
      ENV_FILE: envFile(labFolder),
      LAB_FAULTS_FILE: faultsFile(labFolder),
      WEB_BIND: `127.0.0.1:${ports.web}`,
      WEB_WORKERS: String(options.webWorkers ?? 2),
    },
  });
}

async function isReady(port: number): Promise<boolean> {
  const answer = await request(`http://127.0.0.1:${port}/readiness/`, { signal: AbortSignal.timeout(2_000) });
  await answer.body.dump();
  return answer.statusCode === 200;
}
