import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { LabError } from './lab-error.js';
import type { Lab } from './lab.js';
import { labTag } from './leftovers.js';
import { end, isGone, signal, type ProcessIdentity } from './process-identity.js';
import { spawnDetached, waitUntilReady } from './spawn-detached.js';
import { recordPart } from './state.js';
import { plainEnvironment } from './tools.js';

/** The line by which a worker says that it takes work. */
const READY_LINE = 'worker ready';

/** A worker that serves a lab. */
export interface LabWorker {
  readonly process: ProcessIdentity;
  readonly logFile: string;
  /** Lets it finish what it is doing, and returns when it is gone. */
  stop(): Promise<void>;
  /** Kills it as a crash would, and returns when it is gone. */
  kill(): Promise<void>;
}

/** What a caller may choose about a worker. */
export interface WorkerOptions {
  /** Folder of the environment files; by default the project's own `environments/`. */
  readonly environmentsFolder?: string;
  /** More variables for the worker. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The log of a lab's worker. */
export function workerLogFile(labFolder: string): string {
  return join(labFolder, 'worker.log');
}

/** Starts the compiled worker for a lab, in a process of its own, and returns when it takes work. */
export async function startWorker(lab: Lab, options: WorkerOptions = {}): Promise<LabWorker> {
  const entry = join(lab.projectFolder, 'dist', 'worker', 'main.js');
  if (!existsSync(entry))
    throw new LabError(`The worker is not compiled (${entry}).`, 'run `npm run build`.');
  const logFile = workerLogFile(lab.folder);
  const logSize = existsSync(logFile) ? (await stat(logFile)).size : 0;
  const worker = await spawnDetached({
    title: 'The worker',
    command: process.execPath,
    args: [entry],
    cwd: lab.projectFolder,
    env: plainEnvironment({
      TEMPORAL_ADDRESS: lab.temporalAddress,
      TEMPORAL_NAMESPACE: lab.namespace,
      STAGING_DATABASE_URL: lab.readinessDatabaseUrl,
      READINESS_ENVIRONMENTS_DIR: options.environmentsFolder ?? join(lab.projectFolder, 'environments'),
      ...labTag(lab.folder),
      ...options.env,
    }),
    logFile,
  });
  await recordPart(lab.folder, 'worker', worker);
  await waitUntilReady({
    title: 'The worker',
    process: worker,
    logFile,
    withinMs: 60_000,
    next: `look at ${logFile}.`,
    // Only what this worker wrote: the log goes on from earlier ones.
    probe: async () => (await readFile(logFile)).subarray(logSize).toString().includes(READY_LINE),
  });
  return {
    process: worker,
    logFile,
    async stop() {
      await end(worker, { patienceMs: 20_000 });
    },
    async kill() {
      signal(worker, 'SIGKILL');
      await isGone(worker, 30_000);
    },
  };
}
