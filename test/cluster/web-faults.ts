import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { CoreV1Api, PatchStrategy, setHeaderOptions, type V1Volume } from '@kubernetes/client-node';

import { writeFileAtomic } from '../../lab/files.js';
import type { Cluster } from './cluster.js';
import { clientConfig, until } from './ready.js';
import { FAULTS_FOLDER, FAULTS_NAME } from './web-manifests.js';

/** How faults reach the pods of a cluster. */
export interface WebFaults {
  readonly volume: Omit<V1Volume, 'name'>;
  /** Switches exactly these on (`name` or `name:argument`), in the pods that run and in later ones. */
  set(lines: readonly string[]): Promise<void>;
}

/** Asks a pod for a file: {@link WebFaults} waits until every pod has the new one. */
export type ReadInPods = (command: readonly string[]) => Promise<string[]>;

/** A folder of this machine where the node is this machine, which works in the same moment; elsewhere a ConfigMap. */
export async function webFaults(
  cluster: Cluster,
  namespace: string,
  readInPods: ReadInPods,
): Promise<WebFaults> {
  return cluster.own ? byConfigMap(cluster, namespace, readInPods) : byFolder(cluster, namespace);
}

async function byFolder(cluster: Cluster, namespace: string): Promise<WebFaults> {
  const folder = join(cluster.folder, 'faults', namespace);
  await mkdir(folder, { recursive: true });
  const set = (lines: readonly string[]): Promise<void> =>
    writeFileAtomic(join(folder, FAULTS_NAME), textOf(lines));
  await set([]);
  return { volume: { hostPath: { path: folder, type: 'Directory' } }, set };
}

/** A pod sees a changed ConfigMap after a while, up to a minute by a kubelet's defaults. */
function byConfigMap(cluster: Cluster, namespace: string, readInPods: ReadInPods): WebFaults {
  const name = 'deltacrown-faults';
  const api = clientConfig(cluster.kubeconfig).makeApiClient(CoreV1Api);
  return {
    volume: { configMap: { name, optional: true } },
    async set(lines) {
      const body = {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name },
        data: { [FAULTS_NAME]: textOf(lines) },
      };
      const request = { name, namespace, body, fieldManager: 'readiness-test', force: true };
      await api.patchNamespacedConfigMap(
        request,
        setHeaderOptions('Content-Type', PatchStrategy.ServerSideApply),
      );
      await until('all pods see the new faults', async () => {
        const texts = await readInPods(['cat', `${FAULTS_FOLDER}/${FAULTS_NAME}`]);
        return texts.every((text) => text === textOf(lines));
      });
    },
  };
}

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}
