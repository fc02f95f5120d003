import { mkdir, realpath } from 'node:fs/promises';

import { findDatabasePlace, startDatabase, type DatabasePlace } from './database.js';
import { codeOf, LabError } from './lab-error.js';
import { forgetData } from './reset-lab.js';
import { labFrom, type Lab } from './lab.js';
import { withLock } from './lock.js';
import { identityOf, type ProcessIdentity } from './process-identity.js';
import type { AlsoListen } from './postgres-cluster.js';
import { silent, timedStep, type OnProgress } from './progress.js';
import { requireSupportedPlatform } from './project.js';
import { choosePorts, type Ports } from './ports.js';
import { pythonHome } from './python.js';
import { isUp, readState, writeState, type LabState, type Part } from './state.js';
import { endEverything, labLock } from './stop-lab.js';
import { findTemporalBinary } from './temporal-binary.js';
import { startTemporalServer } from './temporal-server.js';
import { startWeb, type WebOptions } from './web.js';

/** What a caller may choose about a lab. */
export interface StartLabOptions extends WebOptions {
  readonly folder: string;
  /** Forget everything that is in the folder: database, runs, env file, logs. */
  readonly fresh?: boolean;
  /** Start a Temporal server too; the default. */
  readonly temporal?: boolean;
  /** Who else may reach the database, at which address; by default only this machine, at 127.0.0.1. */
  readonly alsoListen?: AlsoListen;
  readonly onProgress?: OnProgress;
}

/**
 * Starts a lab in a folder and returns when the sample application and Temporal are ready. Whatever a crashed lab
 * left there is ended first; its data is kept. Only one lab at a time can be up in a folder.
 *
 * The lab's processes live on when this process dies; the next start in the same folder, or `stopLab`, ends them.
 */
export async function startLab(options: StartLabOptions): Promise<Lab> {
  requireSupportedPlatform();
  const folder = await makeFolder(options.folder);
  const onProgress = options.onProgress ?? silent;
  return withLock(labLock(folder), () => startLocked(folder, { ...options, onProgress }), {
    onWait: (pid) =>
      onProgress({ step: `Waiting for process ${pid}, which has this lab`, state: 'running', seconds: 2 }),
  });
}

type Options = StartLabOptions & { readonly onProgress: OnProgress };

async function startLocked(folder: string, options: Options): Promise<Lab> {
  const before = await readState(folder);
  if (isUp(before)) {
    throw new LabError(
      `A lab is already up in ${folder}, started by process ${before.owner?.pid ?? 0}.`,
      'use it, or end it first (`npm run lab -- stop`).',
    );
  }
  const place = await findDatabasePlace(folder);
  await writeState(folder, { ...before, dataFolder: place.dataFolder });
  await endEverything(folder);
  if (options.fresh === true) await forgetData(folder, place);
  const ports = await choosePorts(before.ports);
  const owner = identityOf(process.pid);
  const state: LabState = {
    phase: 'starting',
    withTemporal: options.temporal !== false,
    ports,
    processes: {},
    dataFolder: place.dataFolder,
    ...(owner === undefined ? {} : { owner }),
  };
  await writeState(folder, state);
  try {
    const started = await startParts(folder, place, { ...options, ports });
    const ready: LabState = { ...state, phase: 'ready', ...started };
    await writeState(folder, ready);
    return await labFrom(folder, ready);
  } catch (error) {
    await endEverything(folder);
    throw error;
  }
}

async function startParts(
  folder: string,
  place: DatabasePlace,
  options: Options & { readonly ports: Ports },
): Promise<Pick<LabState, 'processes' | 'pythonBin'>> {
  const { ports, onProgress } = options;
  const python = pythonHome(onProgress);
  const temporal = async (): Promise<Partial<Record<Part, ProcessIdentity>>> => {
    if (options.temporal === false) return {};
    const binary = await findTemporalBinary(onProgress);
    const server = { binary, labFolder: folder, port: ports.temporal, uiPort: ports.temporalUi };
    return { temporal: await timedStep(onProgress, 'Starting Temporal', () => startTemporalServer(server)) };
  };
  const application = async (): Promise<Partial<Record<Part, ProcessIdentity>>> => {
    const database = await startDatabase({
      labFolder: folder,
      place,
      port: ports.postgres,
      python,
      onProgress,
      ...(options.alsoListen === undefined ? {} : { alsoListen: options.alsoListen }),
    });
    const web = {
      labFolder: folder,
      ports,
      databaseUrl: database.applicationUrl,
      options,
      python: await python,
    };
    const supervisor = await timedStep(onProgress, 'Starting the sample application', () => startWeb(web));
    return { postgres: database.process, supervisor };
  };
  // All of them have to end before an error is told: what is still starting could not be cleaned up.
  const [home, temporalPart, applicationParts] = await allOrFirstError([python, temporal(), application()]);
  return { processes: { ...temporalPart, ...applicationParts }, pythonBin: home.bin };
}

async function allOrFirstError<T extends readonly unknown[]>(work: {
  readonly [K in keyof T]: Promise<T[K]>;
}): Promise<T> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

async function makeFolder(folder: string): Promise<string> {
  try {
    await mkdir(folder, { recursive: true });
    return await realpath(folder);
  } catch (error) {
    throw new LabError(
      `The lab's folder ${folder} could not be made (${codeOf(error) ?? 'unknown error'}).`,
      'make room or allow writing there.',
      { cause: error },
    );
  }
}
