import { readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

import { identityOf, isAlive, signal, type ProcessIdentity } from './process-identity.js';
import { allPids, withAncestors } from './process-tree.js';

const TAG = 'READINESS_LAB';

/** The environment entry that every process of a lab inherits, however deep it is in the tree. */
export function labTag(labFolder: string): Record<string, string> {
  return { [TAG]: labFolder };
}

/**
 * All processes that belong to a lab, whoever their parent is now: those that carry its tag, and those that work
 * in its database folder (PostgreSQL overwrites its environment, but always works there). This also finds what no
 * record can know: the web processes whose supervisor was killed.
 */
export function processesOfLab(labFolder: string, databaseFolder: string): ProcessIdentity[] {
  const own = new Set(withAncestors(process.pid));
  return allPids()
    .filter((pid) => !own.has(pid))
    .map(identityOf)
    .filter((identity) => identity !== undefined)
    .filter(
      ({ pid }) => workingFolder(pid) === databaseFolder || hasInEnvironment(pid, `${TAG}=${labFolder}`),
    );
}

/**
 * Ends whatever is left of a lab. Asked politely first: PostgreSQL keeps its files in order when it may.
 */
export async function endLeftovers(
  labFolder: string,
  databaseFolder: string,
  patienceMs = 3_000,
): Promise<void> {
  const found = processesOfLab(labFolder, databaseFolder);
  for (const identity of found) {
    // SIGINT is PostgreSQL's "now, but in order"; its SIGTERM waits for all connections to be closed.
    signal(identity, workingFolder(identity.pid) === databaseFolder ? 'SIGINT' : 'SIGTERM');
  }
  await waitUntilGone(labFolder, databaseFolder, patienceMs);
  for (let round = 0; round < 10; round++) {
    const rest = processesOfLab(labFolder, databaseFolder);
    if (rest.length === 0) break;
    for (const identity of rest) signal(identity, 'SIGKILL');
    await waitUntilGone(labFolder, databaseFolder, 500);
  }
}

async function waitUntilGone(labFolder: string, databaseFolder: string, withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (performance.now() < deadline) {
    if (!processesOfLab(labFolder, databaseFolder).some(isAlive)) return;
    await delay(50);
  }
}

function workingFolder(pid: number): string | undefined {
  try {
    // A folder that was deleted under a running process is shown with this ending.
    return readlinkSync(`/proc/${pid}/cwd`).replace(/ \(deleted\)$/, '');
  } catch {
    // Gone, a kernel thread, or another user's process, which is none of ours.
    return undefined;
  }
}

/** Whether a process was started with this `NAME=value`; false for one that is gone or not ours to look into. */
export function hasInEnvironment(pid: number, entry: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(entry);
  } catch {
    return false;
  }
}
