import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

import { LabError } from './lab-error.js';

/** The ports of one lab, all on 127.0.0.1. */
export interface Ports {
  readonly temporal: number;
  readonly temporalUi: number;
  readonly postgres: number;
  readonly web: number;
  readonly supervisor: number;
}

// Below the range from which the kernel takes ports for outgoing connections, so that none of those can take a port
// between its choice and its use; wide, so that labs starting at the same moment hardly ever choose the same.
const FIRST = 20_000;
const LAST = 32_000;

/**
 * A free port for everything. A former port is kept when it is free, so that links and settings that people wrote
 * down stay valid.
 */
export async function choosePorts(former: Partial<Ports> = {}): Promise<Ports> {
  const taken = new Set<number>();
  const choose = async (before: number | undefined): Promise<number> => {
    const keep = before !== undefined && !taken.has(before) && (await isFree(before));
    const port = keep ? before : await newPort(taken);
    taken.add(port);
    return port;
  };
  return {
    temporal: await choose(former.temporal),
    temporalUi: await choose(former.temporalUi),
    postgres: await choose(former.postgres),
    web: await choose(former.web),
    supervisor: await choose(former.supervisor),
  };
}

/** Different ports that are free now, for anything beside a lab. */
export async function freePorts(count: number): Promise<number[]> {
  const taken = new Set<number>();
  while (taken.size < count) taken.add(await newPort(taken));
  return [...taken];
}

async function newPort(taken: ReadonlySet<number>): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = randomInt(FIRST, LAST);
    if (!taken.has(port) && (await isFree(port))) return port;
  }
  throw new LabError(
    `No free port between ${FIRST} and ${LAST} was found on 127.0.0.1.`,
    'end programs that listen there (ss -ltnp lists them).',
  );
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
