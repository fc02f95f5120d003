import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import pg from 'pg';

import { labTag } from './leftovers.js';
import type { PostgresProgram } from './postgres-binaries.js';
import { end, type ProcessIdentity } from './process-identity.js';
import { spawnDetached, waitUntilReady } from './spawn-detached.js';
import { plainEnvironment } from './tools.js';

/** The superuser of the lab's PostgreSQL; only the lab itself uses it. */
export const SUPERUSER = 'postgres';

/** What it takes to run one PostgreSQL server. */
export interface PostgresServer {
  readonly program: PostgresProgram;
  readonly labFolder: string;
  readonly dataFolder: string;
  readonly port: number;
  readonly superuserPassword: string;
}

/** The log of a lab's PostgreSQL server. */
export function postgresLogFile(labFolder: string): string {
  return join(labFolder, 'logs', 'postgres.log');
}

/**
 * Starts PostgreSQL on 127.0.0.1 and returns when it takes connections (after a crash: when it has recovered).
 * The caller has made sure that no server of this data folder is left (`endLeftovers`).
 */
export async function startPostgres(server: PostgresServer): Promise<ProcessIdentity> {
  // Left by a crash. PostgreSQL itself removes it only if nobody of the same user has the pid that it names, which
  // after a restart of the machine is a matter of luck.
  await rm(join(server.dataFolder, 'postmaster.pid'), { force: true });
  const logFile = postgresLogFile(server.labFolder);
  const identity = await spawnDetached({
    title: 'PostgreSQL',
    command: join(server.program.bin, 'postgres'),
    args: ['-D', server.dataFolder, '-p', String(server.port)],
    cwd: '/',
    env: plainEnvironment({ ...labTag(server.labFolder), LC_ALL: 'C' }),
    logFile,
    user: server.program.account,
  });
  await waitUntilReady({
    title: 'PostgreSQL',
    process: identity,
    logFile,
    withinMs: 60_000,
    next: '`npm run lab -- reset` makes the database anew; if that fails too, look at the log.',
    probe: () => answers(server),
  });
  return identity;
}

/** Ends PostgreSQL in order, without waiting for its clients to leave. */
export async function stopPostgres(identity: ProcessIdentity): Promise<void> {
  await end(identity, { ask: 'SIGINT', patienceMs: 10_000 });
}

/** A connection as the superuser; the caller ends it. */
export async function connectAsSuperuser(
  server: Pick<PostgresServer, 'port' | 'superuserPassword'>,
  database = 'postgres',
): Promise<pg.Client> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port: server.port,
    user: SUPERUSER,
    password: server.superuserPassword,
    database,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 60_000,
    application_name: 'readiness-lab',
  });
  // Without a listener a connection that breaks while idle would end this process.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function answers(server: PostgresServer): Promise<boolean> {
  const client = await connectAsSuperuser(server);
  try {
    await client.query('select 1');
    return true;
  } finally {
    await Promise.race([client.end(), delay(1000)]);
  }
}
