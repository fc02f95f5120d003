import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { readIfThere, writeFileAtomic } from '../../lab/files.js';
import { RUN_FOLDER } from './settings.js';

/** What it takes to clear a cluster away, written before anything of it is made. */
export interface ClusterState {
  /** The temporary folder of everything that a cluster keeps on the disk. */
  readonly folder: string;
  /** `net.ipv4.ip_forward` as it was before; the network plugin switches it on. */
  readonly forwarding: string;
  /** Folders whose place is fixed in the programs and that were not there before. */
  readonly strayFolders: readonly string[];
}

const FILE = join(RUN_FOLDER, 'state.json');

/** What a cluster that is up, or that a dead owner left, noted about itself. */
export async function readClusterState(): Promise<ClusterState | undefined> {
  const text = await readIfThere(FILE);
  if (text === undefined) return undefined;
  const parsed: unknown = JSON.parse(text);
  const fields = new Map(Object.entries(typeof parsed === 'object' && parsed !== null ? parsed : {}));
  const folders: unknown = fields.get('strayFolders');
  return {
    folder: String(fields.get('folder')),
    forwarding: String(fields.get('forwarding')),
    strayFolders: Array.isArray(folders) ? folders.map(String) : [],
  };
}

/** Notes it, in one step. */
export async function writeClusterState(state: ClusterState): Promise<void> {
  await mkdir(RUN_FOLDER, { recursive: true, mode: 0o700 });
  await writeFileAtomic(FILE, `${JSON.stringify(state)}\n`);
}
