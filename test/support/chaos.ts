import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { Rig } from './rig.js';

/** What is done to a running system at one moment. */
export const BLOWS = [
  'worker killed',
  'Temporal killed',
  'PostgreSQL killed',
  'database connections cut',
  'serving process killed',
  'application killed',
] as const;
export type Blow = (typeof BLOWS)[number];

/** Weights: what is cheap to do comes more often. */
const SHARES: Readonly<Record<Blow, number>> = {
  'worker killed': 4,
  'Temporal killed': 1,
  'PostgreSQL killed': 1,
  'database connections cut': 4,
  'serving process killed': 3,
  'application killed': 1,
};

/** A small generator of pseudo-random numbers (mulberry32): the same seed, the same run of the test. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function drawBlow(random: () => number): Blow {
  const total = BLOWS.reduce((sum, blow) => sum + SHARES[blow], 0);
  let left = random() * total;
  for (const blow of BLOWS) {
    left -= SHARES[blow];
    if (left < 0) return blow;
  }
  return 'worker killed';
}

/** Does it, for real, and returns when whatever this machine does not start again by itself is there again. */
export async function strike(rig: Rig, blow: Blow, random: () => number): Promise<void> {
  switch (blow) {
    case 'worker killed':
      await rig.worker.kill();
      await pause(random() * 800);
      rig.worker = await rig.startWorker();
      return;
    case 'Temporal killed':
      await rig.lab.kill('temporal');
      await pause(random() * 500);
      await rig.lab.revive('temporal');
      return;
    case 'PostgreSQL killed':
      await rig.lab.kill('postgres');
      await pause(random() * 500);
      await rig.lab.revive('postgres');
      return;
    case 'database connections cut':
      await cutConnections(rig);
      return;
    case 'serving process killed': {
      // Gunicorn's master starts another one.
      const [, ...workers] = await rig.lab.servingPids();
      end(workers[Math.floor(random() * workers.length)], 'SIGKILL');
      return;
    }
    case 'application killed': {
      const [master] = await rig.lab.servingPids();
      // The supervisor starts it again, with the env file as it is then.
      end(master, 'SIGKILL');
      return;
    }
  }
}

/** Ends the backends of the product's own connections, as an administrator or a firewall does. */
async function cutConnections(rig: Rig): Promise<void> {
  const server = await rig.lab.processOf('postgres');
  if (server === undefined) return;
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const parent = /^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${entry}/status`, 'utf8'))?.[1];
      const title = readFileSync(`/proc/${entry}/cmdline`, 'utf8');
      if (parent === String(server.pid) && title.includes(' readiness ')) end(Number(entry), 'SIGTERM');
    } catch {
      // It ended while it was looked at.
    }
  }
}

function end(pid: number | undefined, name: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(pid, name);
  } catch {
    // It is gone already.
  }
}
