import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { SEARCH_ATTRIBUTES } from '../procedure/search-attributes.js';
import { labTag } from './leftovers.js';
import type { ProcessIdentity } from './process-identity.js';
import { spawnDetached, waitUntilReady } from './spawn-detached.js';
import { plainEnvironment } from './tools.js';

/** The namespace in which the lab's runs live. */
export const LAB_NAMESPACE = 'default';

/** Where a lab's Temporal server keeps its data and listens. */
export interface TemporalServerSettings {
  readonly binary: string;
  readonly labFolder: string;
  readonly port: number;
  readonly uiPort: number;
}

/** The log of a lab's Temporal server. */
export function temporalLogFile(labFolder: string): string {
  return join(labFolder, 'logs', 'temporal.log');
}

/**
 * Starts the dev server on its database file, so that runs outlive it, and returns when a client can use it: it
 * answers, and the search attributes can be searched.
 */
export async function startTemporalServer(settings: TemporalServerSettings): Promise<ProcessIdentity> {
  const folder = join(settings.labFolder, 'temporal');
  await mkdir(folder, { recursive: true });
  const logFile = temporalLogFile(settings.labFolder);
  const server = await spawnDetached({
    title: 'The Temporal server',
    command: settings.binary,
    args: serverArguments(settings, join(folder, 'temporal.db')),
    cwd: folder,
    env: plainEnvironment(labTag(settings.labFolder)),
    logFile,
  });
  await waitUntilReady({
    title: 'The Temporal server',
    process: server,
    logFile,
    withinMs: 60_000,
    next: `if its database file is damaged, remove ${folder} (this forgets all runs of this lab) and start again.`,
    probe: () => canSearch(`127.0.0.1:${settings.port}`),
  });
  return server;
}

function serverArguments(settings: TemporalServerSettings, databaseFile: string): string[] {
  return [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(settings.port)],
    ...['--ui-port', String(settings.uiPort), '--namespace', LAB_NAMESPACE, '--db-filename', databaseFile],
    ...['--log-level', 'error', '--log-format', 'json'],
    // Saves 40 ms a step.
    ...['--dynamic-config-value', 'system.enableActivityEagerExecution=true'],
    ...SEARCH_ATTRIBUTES.flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
  ];
}

async function canSearch(address: string): Promise<boolean> {
  // Loaded while the server starts, and not at all by commands that start none: it is half of their time.
  const { Connection } = await import('@temporalio/client');
  const connection = await Connection.connect({ address, connectTimeout: '2s' });
  try {
    // Counting by an attribute fails as long as it is unknown to the part that answers searches.
    const query = SEARCH_ATTRIBUTES.map((name) => `${name} = "none"`).join(' OR ');
    const deadline = Date.now() + 2000;
    await connection.withDeadline(deadline, () =>
      connection.workflowService.countWorkflowExecutions({ namespace: LAB_NAMESPACE, query }),
    );
    return true;
  } finally {
    await connection.close();
  }
}
