import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { endLeftovers } from './leftovers.js';
import { withLock } from './lock.js';
import { end, type EndOptions } from './process-identity.js';
import { resolveLabFolder } from './project.js';
import { PARTS, readState, writeState, type LabState, type Part } from './state.js';

/** How each part is asked to end. Its users go before it, so that none reports an error on the way out. */
const HOW: Readonly<Record<Part, EndOptions>> = {
  worker: { patienceMs: 15_000 },
  supervisor: { patienceMs: 15_000 },
  temporal: { patienceMs: 10_000 },
  // "Now, but in order": its SIGTERM waits until every client has left.
  postgres: { ask: 'SIGINT', patienceMs: 10_000 },
};

/** The name under which starting and stopping a lab exclude each other. */
export function labLock(folder: string): string {
  return `lab:${folder}`;
}

/** Ends the lab of a folder, whoever started it, and returns when all its processes are gone. */
export async function stopLab(folder: string): Promise<void> {
  const resolved = await resolveLabFolder(folder);
  if (!existsSync(resolved)) return;
  await withLock(labLock(resolved), () => endEverything(resolved));
}

/**
 * Ends all processes of a lab, those that were recorded and those that no record knows. The ports stay on record, for
 * the next start. The caller holds the lab's lock.
 */
export async function endEverything(folder: string): Promise<void> {
  const state = await readState(folder);
  // First of all, so that nobody takes an ending lab for one that runs, or starts a part of it again.
  await writeState(folder, { ...state, phase: 'stopped' });
  for (const part of PARTS) {
    const identity = state.processes[part];
    if (identity !== undefined) await end(identity, HOW[part]);
  }
  await endLeftovers(folder, dataFolderOf(folder, state));
  await writeState(folder, { phase: 'stopped', withTemporal: false, ports: state.ports, processes: {} });
}

/**
 * Ends what a start has brought up so far, while it is still going on in this process, which is about to exit. Takes
 * no lock (the start has it) and writes no state: "starting" by an owner who is gone is what the next start clears.
 */
export async function abandonStart(folder: string): Promise<void> {
  const resolved = await resolveLabFolder(folder);
  await endLeftovers(resolved, dataFolderOf(resolved, await readState(resolved)), 1_000);
}

function dataFolderOf(folder: string, state: LabState): string {
  return state.dataFolder ?? join(folder, 'postgres', 'data');
}
