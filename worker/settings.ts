import { resolve } from 'node:path';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import type { ConnectionOptions } from '@temporalio/client';
import { TASK_QUEUE } from '../workflows/messages.js';

/** What a worker needs to know before it can start. */
export interface WorkerSettings {
  readonly connection: ConnectionOptions;
  readonly address: string;
  readonly namespace: string;
  readonly taskQueue: string;
  /** Folder of the environment files on this machine. */
  readonly environments: string;
}

export interface WorkerOverrides {
  readonly address?: string | undefined;
  readonly namespace?: string | undefined;
  readonly taskQueue?: string | undefined;
  readonly environments?: string | undefined;
}

/** Temporal's own client settings (TEMPORAL_ADDRESS, profile file …) and ours: READINESS_TASK_QUEUE, READINESS_ENVIRONMENTS_DIR. */
export function workerSettings(overrides: WorkerOverrides, environment: NodeJS.ProcessEnv): WorkerSettings {
  const config = loadClientConnectConfig({ overrideEnvVars: definedOf(environment) });
  const address = overrides.address ?? config.connectionOptions.address ?? '127.0.0.1:7233';
  return {
    connection: { ...config.connectionOptions, address },
    address,
    namespace: overrides.namespace ?? config.namespace ?? 'default',
    taskQueue: overrides.taskQueue ?? environment['READINESS_TASK_QUEUE'] ?? TASK_QUEUE,
    environments: resolve(
      overrides.environments ?? environment['READINESS_ENVIRONMENTS_DIR'] ?? 'environments',
    ),
  };
}

function definedOf(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}
