import { existsSync } from 'node:fs';
import { readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { execa } from 'execa';

import { LabError } from '../../lab/lab-error.js';
import { hasInEnvironment } from '../../lab/leftovers.js';
import { identityOf, signal, type ProcessIdentity } from '../../lab/process-identity.js';
import { allPids, withAncestors } from '../../lab/process-tree.js';
import { killControlGroups, removeControlGroups } from './control-groups.js';
import { mountsBelow, unmountBelow } from './mounts.js';
import { BRIDGE, RUN_FOLDER, TAG } from './settings.js';
import { readClusterState } from './state.js';

/** How the temporary folders of clusters begin; nothing else is ever removed. */
export const FOLDER_PREFIX = 'readiness-cluster-';

/** The switch that the network plugin turns on. */
export const FORWARDING = '/proc/sys/net/ipv4/ip_forward';

const POD_LOGS = '/var/log/containers';

/**
 * Ends the cluster of this machine, whoever started it, and removes everything that it left: processes, pods, mounts,
 * control groups, network, files. The same way for one that works and for one whose owner or parts have died: what
 * is thrown away need not be asked to end in order. The caller holds the cluster's lock.
 */
export async function clearAway(): Promise<void> {
  const state = await readClusterState();
  const folder = state?.folder;
  const folders = [RUN_FOLDER, ...(folder === undefined ? [] : [folder])];
  // Those that could start new ones first.
  await killAll(processesOfCluster);
  await killControlGroups();
  const sockets = await shimSockets();
  await unmountBelow(folders);
  await removeControlGroups();
  await removeNetwork();
  if (state !== undefined) await writeFile(FORWARDING, state.forwarding);
  const mounted = await mountsBelow(folders);
  if (mounted.length > 0) {
    throw new LabError(
      `The test cluster's folders could not be removed: still mounted are ${mounted.join(', ')}.`,
      'see who uses them (`fuser -vm FOLDER`), end that, unmount them (umount), and start again.',
    );
  }
  for (const socket of sockets) await rm(socket, { force: true });
  for (const stray of state?.strayFolders ?? []) await rm(stray, { recursive: true, force: true });
  if (folder !== undefined) await removePodLogLinks(folder);
  if (folder !== undefined && basename(folder).startsWith(FOLDER_PREFIX))
    await rm(folder, { recursive: true, force: true });
  await rm(RUN_FOLDER, { recursive: true, force: true });
}

/** What is left of a cluster on this machine, in words; empty when nothing is. For tests of the clearing away. */
export async function leftOfCluster(): Promise<string[]> {
  const links = await execa('ip', ['-o', 'link', 'show', BRIDGE], { reject: false, stdin: 'ignore' });
  return [
    ...processesOfCluster().map(({ pid }) => `process ${pid}`),
    ...(await mountsBelow([RUN_FOLDER])).map((path) => `mount ${path}`),
    ...(links.failed ? [] : [`bridge ${BRIDGE}`]),
    ...(existsSync(RUN_FOLDER) ? [RUN_FOLDER] : []),
  ];
}

/** The cluster's processes outside its pods, by the tag that all have inherited. */
function processesOfCluster(): ProcessIdentity[] {
  const own = new Set(withAncestors(process.pid));
  return allPids()
    .filter((pid) => !own.has(pid) && hasInEnvironment(pid, TAG.join('=')))
    .map(identityOf)
    .filter((identity) => identity !== undefined);
}

async function killAll(find: () => ProcessIdentity[]): Promise<void> {
  for (let round = 0; round < 400; round++) {
    const found = find();
    if (found.length === 0) return;
    for (const identity of found) signal(identity, 'SIGKILL');
    await delay(25);
  }
  throw new LabError(
    `Processes of the test cluster cannot be killed: ${find()
      .map(({ pid }) => pid)
      .join(', ')}.`,
    'they hang in the kernel (state D in `ps`); restart the machine.',
  );
}

/** The sockets of containerd's shims, which lie at a place of their own; each shim's folder names its socket. */
async function shimSockets(): Promise<string[]> {
  const tasks = join(RUN_FOLDER, 'state', 'io.containerd.runtime.v2.task', 'k8s.io');
  const names = await readdir(tasks).catch(() => []);
  const texts = await Promise.all(
    names.map((name) => readFile(join(tasks, name, 'address'), 'utf8').catch(() => '')),
  );
  return texts
    .filter((text) => text.startsWith('unix://'))
    .map((text) => text.trim().slice('unix://'.length));
}

async function removeNetwork(): Promise<void> {
  const ip = (args: readonly string[]) => execa('ip', args, { reject: false, stdin: 'ignore' });
  const { stdout } = await ip(['-o', 'link', 'show', 'master', BRIDGE]);
  for (const [, name = ''] of stdout.matchAll(/^\d+: ([^@:\s]+)/gm)) await ip(['link', 'delete', name]);
  await ip(['link', 'delete', BRIDGE]);
}

/** The kubelet links the log of every container at a place that cannot be chosen. */
async function removePodLogLinks(folder: string): Promise<void> {
  for (const name of await readdir(POD_LOGS).catch(() => [])) {
    const link = join(POD_LOGS, name);
    const target = await readlink(link).catch(() => '');
    if (target.startsWith(`${folder}/`)) await rm(link, { force: true });
  }
}
