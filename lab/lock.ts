import { createHash } from 'node:crypto';
import { connect, createServer, type Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import { codeOf, LabError } from './lab-error.js';

/**
 * Runs work while no other process (and nobody else in this one) holds the lock of the same name.
 *
 * The lock is an abstract Unix socket: the kernel gives it to one process only and takes it back in the moment in
 * which that process dies, so there is no stale lock to recognise and none to take over.
 */
export async function withLock<T>(
  name: string,
  work: () => Promise<T>,
  options: LockOptions = {},
): Promise<T> {
  const server = await acquire(socketName(name), options);
  try {
    return await work();
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

/** How long to wait for the other holder, and what to do when it is first met. */
export interface LockOptions {
  readonly waitMs?: number;
  readonly onWait?: (holderPid: string) => void;
  /** What the holder does, for the message when it does so for too long. */
  readonly doing?: string;
}

async function acquire(socket: string, options: LockOptions): Promise<Server> {
  const deadline = performance.now() + (options.waitMs ?? 900_000);
  let told = false;
  for (;;) {
    const server = await tryListen(socket);
    if (server !== undefined) return server;
    const holder = await askHolder(socket);
    if (!told && holder !== undefined) options.onWait?.(holder);
    told ||= holder !== undefined;
    if (performance.now() > deadline) {
      throw new LabError(
        `Process ${holder ?? 'unknown'} has been ${options.doing ?? 'setting up the same part of the lab'} for too long.`,
        `look at what it does, end it if it hangs (kill ${holder ?? 'PID'}), and start again.`,
      );
    }
    await delay(150);
  }
}

function tryListen(socket: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((client) => {
      client.on('error', () => undefined);
      client.end(String(process.pid));
    });
    server.once('error', (error) => {
      if (codeOf(error) === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(socket, () => {
      server.unref();
      resolve(server);
    });
  });
}

/** The pid of the holder, or undefined when it went away in the meantime or is too busy to answer. */
function askHolder(socket: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const client = connect(socket);
    let answer = '';
    client.setTimeout(500, () => client.destroy());
    client.on('data', (chunk) => (answer += chunk.toString()));
    client.on('error', () => undefined);
    client.on('close', () => resolve(answer === '' ? undefined : answer));
  });
}

/** A hash, because a socket's name has room for about a hundred bytes and a path can be longer. */
function socketName(name: string): string {
  return `\0readiness-${createHash('sha256').update(name).digest('hex').slice(0, 32)}`;
}
