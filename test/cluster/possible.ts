import { readFile } from 'node:fs/promises';

import { works } from '../../lab/tools.js';
import { whyNoKubernetes } from './kubernetes-binary.js';
import { ownKubeconfig } from './own-cluster.js';

/** Whether tests can have a cluster here, and if not, why, in one line. */
export type Possible = { readonly possible: true } | { readonly possible: false; readonly why: string };

/** What root needs beside its name: to make network devices and to mount. Their numbers are the kernel's. */
const CAPABILITIES = [
  { bit: 12n, name: 'CAP_NET_ADMIN' },
  { bit: 21n, name: 'CAP_SYS_ADMIN' },
] as const;

/** Whether a cluster can be started here, or somebody's own was named. Changes nothing and takes a moment. */
export async function clusterPossible(): Promise<Possible> {
  if (ownKubeconfig() !== undefined) return { possible: true };
  const why = await whyNot();
  return why === undefined ? { possible: true } : { possible: false, why };
}

async function whyNot(): Promise<string | undefined> {
  if (process.platform !== 'linux')
    return `a cluster can be started on Linux only; this is ${process.platform}`;
  if (process.getuid?.() !== 0) return 'only root can start a cluster';
  const missing = await missingCapabilities();
  if (missing.length > 0) return `root has no ${missing.join(' and no ')} here (a container?)`;
  if (!(await works('apt-get', ['--version'])))
    return 'there is no apt-get to get containerd, runc and etcd with';
  return whyNoKubernetes();
}

async function missingCapabilities(): Promise<string[]> {
  const status = await readFile('/proc/self/status', 'utf8');
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  return CAPABILITIES.filter(({ bit }) => ((effective >> bit) & 1n) === 0n).map(({ name }) => name);
}
