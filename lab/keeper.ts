import { setTimeout as delay } from 'node:timers/promises';

import { messageOf } from './lab-error.js';
import type { Lab } from './lab.js';
import { withLock } from './lock.js';
import { isAlive } from './process-identity.js';
import { isUp, PARTS, readState, type LabState, type Part } from './state.js';
import { labLock } from './stop-lab.js';

/** A part that dies this often is broken, and starting it once more would only hide that. */
const MOST_REVIVALS = 5;

/** How a lab is kept running. */
export interface KeeperSettings {
  readonly lab: Lab;
  readonly startWorker: () => Promise<unknown>;
  readonly tell: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Looks after a running lab: a part that dies is started again, so that people can kill anything and see what a run
 * does about it. Returns when the lab was ended from elsewhere, or when the signal says that it is time to end it.
 */
export async function keepRunning(settings: KeeperSettings): Promise<'ended elsewhere' | 'aborted'> {
  const revivals = new Map<Part, number>();
  while (!settings.signal.aborted) {
    const state = await readState(settings.lab.folder);
    if (!isMine(state)) return 'ended elsewhere';
    // The database and Temporal before those who use them.
    for (const part of deadParts(state).reverse()) {
      // Under the lock, and only if nobody has ended the lab in the meantime, or a part would outlive its lab.
      await withLock(labLock(settings.lab.folder), async () => {
        const now = await readState(settings.lab.folder);
        if (isMine(now) && deadParts(now).includes(part)) await revive(part, revivals, settings);
      });
    }
    await delay(500, undefined, { signal: settings.signal }).catch(() => undefined);
  }
  return 'aborted';
}

function isMine(state: LabState): boolean {
  return isUp(state) && state.owner?.pid === process.pid;
}

function deadParts(state: LabState): Part[] {
  return PARTS.filter((part) => {
    const identity = state.processes[part];
    return identity !== undefined && !isAlive(identity);
  });
}

async function revive(part: Part, revivals: Map<Part, number>, settings: KeeperSettings): Promise<void> {
  const times = (revivals.get(part) ?? 0) + 1;
  revivals.set(part, times);
  if (times > MOST_REVIVALS + 1 || settings.signal.aborted) return;
  if (times > MOST_REVIVALS) {
    settings.tell(`${part} has died ${times} times and stays down. See the logs in ${settings.lab.folder}.`);
    return;
  }
  settings.tell(`${part} has died; starting it again.`);
  try {
    await (part === 'worker' ? settings.startWorker() : settings.lab.revive(part));
    settings.tell(`${part} is back.`);
  } catch (error) {
    settings.tell(messageOf(error));
  }
}
