import { resolve } from 'node:path';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { ConnectionOptions } from '@temporalio/client';
import { parseDuration } from '../procedure/durations.js';
import { TASK_QUEUE } from '../workflows/messages.js';

/** What a worker needs to know before it can start. */
export interface WorkerSettings {
  readonly connection: ConnectionOptions;
  readonly address: string;
  readonly namespace: string;
  readonly taskQueue: string;
  /** Folder of the environment files on this machine. */
  readonly environments: string;
  /** Milliseconds between two looks for environments that nobody guards any more; `null` = off. */
  readonly sweepEveryMs: number | null;
}

const SWEEP_EVERY = '1m';

export interface WorkerOverrides {
  readonly address?: string | undefined;
  readonly namespace?: string | undefined;
  readonly taskQueue?: string | undefined;
  readonly environments?: string | undefined;
}

/** Temporal's own client settings (TEMPORAL_ADDRESS, profile file …) and ours: READINESS_TASK_QUEUE, READINESS_ENVIRONMENTS_DIR, READINESS_SWEEP (a duration, or `off`). */
export function workerSettings(overrides: WorkerOverrides, environment: NodeJS.ProcessEnv): WorkerSettings {
  const config = loadClientConnectConfig({ overrideEnvVars: definedOf(environment) });
  const address = overrides.address ?? config.connectionOptions.address ?? '127.0.0.1:7233';
  return {
    sweepEveryMs: sweepEveryMs(environment),
    connection: { ...config.connectionOptions, address },
    address,
    namespace: overrides.namespace ?? config.namespace ?? 'default',
    taskQueue: overrides.taskQueue ?? environment['READINESS_TASK_QUEUE'] ?? TASK_QUEUE,
    environments: resolve(
      overrides.environments ?? environment['READINESS_ENVIRONMENTS_DIR'] ?? 'environments',
    ),
  };
}

/** How often this worker's environments are swept; READINESS_SWEEP that is no duration counts as not given. */
export function sweepEveryMs(environment: Readonly<Record<string, string | undefined>>): number | null {
  const told = environment['READINESS_SWEEP'] ?? SWEEP_EVERY;
  return told === 'off' ? null : (parseDuration(told) ?? parseDuration(SWEEP_EVERY));
}

function definedOf(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}
