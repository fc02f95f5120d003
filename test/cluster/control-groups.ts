import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { readIfThere } from '../../lab/files.js';
import { identityOf, signal } from '../../lab/process-identity.js';
import { mounts } from './mounts.js';
import { CONTROL_GROUP } from './settings.js';

/** Makes the group of all pods in every hierarchy (the kubelet wants to find it there). */
export async function makeControlGroups(): Promise<void> {
  for (const { path, type } of await hierarchies()) {
    if (type === 'cgroup2') await passControllersOn(path);
    const group = join(path, CONTROL_GROUP);
    await mkdir(group, { recursive: true });
    // A group of the first version starts without any processor or memory node.
    for (const name of ['cpuset.cpus', 'cpuset.mems']) {
      if (type === 'cgroup' && existsSync(join(group, name)))
        await writeFile(join(group, name), await readFile(join(path, name), 'utf8'));
    }
  }
}

/** Kills every process of every pod, however it got there, and returns when none is left. */
export async function killControlGroups(): Promise<void> {
  for (let round = 0; round < 200; round++) {
    const pids = new Set<number>();
    for (const folder of await groups()) {
      const text = await readGroupFile(join(folder, 'cgroup.procs'));
      for (const line of text.split('\n').filter((one) => one !== '')) pids.add(Number(line));
    }
    const living = [...pids].map(identityOf).filter((identity) => identity !== undefined);
    if (living.length === 0) return;
    for (const identity of living) signal(identity, 'SIGKILL');
    await delay(25);
  }
}

/** Removes the group with all groups below it; the processes in them are gone. */
export async function removeControlGroups(): Promise<void> {
  for (let round = 0; round < 40; round++) {
    const left = (await groups()).reverse();
    if (left.length === 0) return;
    for (const folder of left) await rmdir(folder).catch(() => undefined);
    // A group can go only when the last zombie in it has been buried.
    if (round > 0) await delay(50);
  }
}

/** All groups of the cluster, each before those below it. */
async function groups(): Promise<string[]> {
  const found = (await hierarchies())
    .map(({ path }) => join(path, CONTROL_GROUP))
    .filter((path) => existsSync(path));
  // The list grows while it is walked.
  for (const folder of found) {
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    found.push(...entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name)));
  }
  return found;
}

async function hierarchies(): Promise<{ path: string; type: string }[]> {
  return (await mounts()).filter(({ type }) => type === 'cgroup' || type === 'cgroup2');
}

/** In the second version a group has only the controllers that its parent passes on. */
async function passControllersOn(root: string): Promise<void> {
  const available = (await readIfThere(join(root, 'cgroup.controllers'))) ?? '';
  for (const name of available.split(/\s+/).filter((one) => one !== '')) {
    await writeFile(join(root, 'cgroup.subtree_control'), `+${name}`).catch(() => undefined);
  }
}

async function readGroupFile(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}
