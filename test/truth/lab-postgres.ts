import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { choosePorts } from '../../lab/ports.js';
import { databaseHome, findPostgres } from '../../lab/postgres-binaries.js';
import { initialiseCluster } from '../../lab/postgres-cluster.js';
import { connectAsSuperuser, startPostgres, stopPostgres } from '../../lab/postgres-server.js';

const PASSWORD = 'of-this-test-only';

/** The lab's PostgreSQL, as small and as durable as there, with a database of its own. */
export interface LabPostgres {
  /** A connection as superuser, to be ended by the caller. */
  connect(database: string): Promise<pg.Client>;
  /** The address that the product gets: the role `readiness`, which may only read. */
  readonly url: (database: string) => string;
  stop(): Promise<void>;
}

export async function startLabPostgres(): Promise<LabPostgres> {
  const labFolder = await mkdtemp(join(tmpdir(), 'readiness-truth-'));
  await mkdir(join(labFolder, 'logs'));
  const program = await findPostgres();
  const home = await databaseHome(labFolder, program.account);
  const dataFolder = join(home, 'data');
  await initialiseCluster(program, dataFolder, PASSWORD);
  const { postgres: port } = await choosePorts();
  const server = { port, superuserPassword: PASSWORD };
  const identity = await startPostgres({ program, labFolder, dataFolder, ...server });
  return {
    connect: (database) => connectAsSuperuser(server, database),
    url: (database) => `postgresql://readiness:${PASSWORD}@127.0.0.1:${String(port)}/${database}`,
    async stop() {
      await stopPostgres(identity);
      await rm(home, { recursive: true, force: true });
      await rm(labFolder, { recursive: true, force: true });
    },
  };
}

/** Makes a database and the role that reads it. */
export async function makeDatabase(postgres: LabPostgres, name: string): Promise<void> {
  const client = await postgres.connect('postgres');
  try {
    await client.query(`CREATE ROLE readiness LOGIN PASSWORD '${PASSWORD}'`);
    await client.query(`GRANT pg_monitor TO readiness`);
    await client.query(`CREATE DATABASE ${name}`);
  } finally {
    await client.end();
  }
}
