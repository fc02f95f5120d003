import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import pg from 'pg';
import { findPostgres } from '../../../lab/postgres-binaries.js';

/** A PostgreSQL server of one test file: empty databases on demand, everything gone after `stop`. */
export interface ScratchPostgres {
  /** Connection URL of a database of this name, made from the given SQL. */
  database(name: string, sql: string): Promise<string>;
  url(name: string): string;
  /** Takes the server away and brings it back, as an outage does. */
  crash(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export async function startScratchPostgres(): Promise<ScratchPostgres> {
  const { bin, account } = await findPostgres();
  const as = account === undefined ? {} : { uid: account.uid, gid: account.gid };
  const home = await mkdtemp(join(tmpdir(), 'readiness-unit-pg-'));
  const data = join(home, 'data');
  await mkdir(data, { mode: 0o700 });
  if (account !== undefined) for (const path of [home, data]) await chown(path, account.uid, account.gid);
  await execa(join(bin, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync'], {
    cwd: '/',
    ...as,
  });
  const port = await freePort();
  const url = (name: string): string => `postgres://postgres:none@127.0.0.1:${String(port)}/${name}`;
  let server = spawnServer();

  function spawnServer(): ReturnType<typeof spawn> {
    const options = ['-F', '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='];
    return spawn(join(bin, 'postgres'), ['-D', data, '-p', String(port), ...options], {
      cwd: '/',
      stdio: 'ignore',
      ...as,
    });
  }
  async function ready(): Promise<void> {
    for (let attempt = 0; attempt < 150; attempt += 1) {
      const client = new pg.Client({ connectionString: url('postgres'), connectionTimeoutMillis: 1000 });
      client.on('error', () => undefined);
      try {
        await client.connect();
        await client.end();
        return;
      } catch {
        await delay(100);
      }
    }
    throw new Error('the scratch PostgreSQL did not come up');
  }
  async function end(signal: NodeJS.Signals): Promise<void> {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, 'exit');
    server.kill(signal);
    await ended;
  }

  await ready();
  return {
    url,
    async database(name, sql) {
      await run(url('postgres'), `CREATE DATABASE ${name}`);
      await run(url(name), sql);
      return url(name);
    },
    crash: () => end('SIGQUIT'),
    async start() {
      server = spawnServer();
      await ready();
    },
    async stop() {
      await end('SIGINT');
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** Runs SQL on a connection of its own and gives the rows of its last statement. */
export async function run(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    // Several statements in one text give an array of results, which the types do not know.
    const result: unknown = await client.query(sql);
    const last: unknown = Array.isArray(result) ? result.at(-1) : result;
    if (typeof last !== 'object' || last === null || !('rows' in last) || !Array.isArray(last.rows))
      return [];
    return last.rows.map((row: unknown) => (typeof row === 'object' ? { ...row } : {}));
  } finally {
    await client.end();
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
