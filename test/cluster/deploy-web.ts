import {
  AppsV1Api,
  CoreV1Api,
  KubernetesObjectApi,
  PatchStrategy,
  type V1Deployment,
} from '@kubernetes/client-node';

import { LabError } from '../../lab/lab-error.js';
import type { Cluster } from './cluster.js';
import { execInPod, readyPods, untilRolledOut, type InPod, type ReadyPod } from './pods.js';
import { clientConfig, until, untilAccount } from './ready.js';
import { webFaults } from './web-faults.js';
import { CONTAINER, OURS, WEB, WEB_PORT, webManifests, type Method } from './web-manifests.js';

/** What a caller may choose about the sample application in a cluster. */
export interface DeployWebOptions {
  /** Where the four flags stand; see {@link Method}. */
  readonly method: Method;
  /** As the pods reach it: see `asSeenByPods`. */
  readonly databaseUrl: string;
  readonly namespace?: string;
  readonly replicas?: number;
  /** Serving processes in each pod. */
  readonly workers?: number;
  /** Other values of the flags than the baseline, and more variables of the application. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** The sample application in a cluster. */
export interface WebInCluster {
  readonly namespace: string;
  /** The Deployment's name. */
  readonly name: string;
  readonly container: string;
  /** Its pods that serve, oldest first. */
  pods(): Promise<ReadyPod[]>;
  /** The origin of one pod, for requests from this machine. */
  url(pod: ReadyPod): string;
  exec(pod: ReadyPod, command: readonly string[]): Promise<InPod>;
  /** Everything that one pod has written so far. */
  log(pod: ReadyPod): Promise<string>;
  deployment(): Promise<V1Deployment>;
  /** How many pod templates the Deployment has had so far. */
  revision(): Promise<number>;
  /** Waits until the Deployment as it is now runs in all replicas, and nothing older. */
  untilRolledOut(): Promise<void>;
  /** Switches exactly these faults on, in all pods; none switches all off. */
  setFaults(lines: readonly string[]): Promise<void>;
  /** Deletes the namespace with everything in it; needless where the cluster is stopped next. */
  remove(): Promise<void>;
}

/**
 * Applies the sample application's objects and returns when all replicas are ready. Applied over one that is there, it
 * changes it; the faults are off afterwards.
 */
export async function deployWeb(cluster: Cluster, options: DeployWebOptions): Promise<WebInCluster> {
  const { kubeconfig } = cluster;
  const { namespace = 'deltacrown', replicas = 2, workers = 2, environment = {} } = options;
  const config = clientConfig(kubeconfig);
  const core = config.makeApiClient(CoreV1Api);
  const apps = config.makeApiClient(AppsV1Api);
  await refuseForeign(core, namespace);
  const pods = (): Promise<ReadyPod[]> => readyPods(kubeconfig, namespace, `app=${WEB}`);
  const exec = (pod: ReadyPod, command: readonly string[]): Promise<InPod> =>
    execInPod(kubeconfig, { namespace, pod: pod.name, container: CONTAINER }, command);
  const faults = await webFaults(cluster, namespace, async (command) => {
    const answers = await Promise.all((await pods()).map((pod) => exec(pod, command)));
    return answers.map(({ stdout }) => stdout);
  });

  const { method, databaseUrl } = options;
  const settings = { namespace, replicas, workers, environment, method, databaseUrl, faults: faults.volume };
  const objects = KubernetesObjectApi.makeApiClient(config);
  for (const object of webManifests(settings)) {
    await objects.patch(
      object,
      ...[undefined, undefined],
      'readiness-test',
      true,
      PatchStrategy.ServerSideApply,
    );
    if (object.kind === 'Namespace') await untilAccount(kubeconfig, namespace);
  }
  await untilRolledOut(kubeconfig, namespace, WEB);

  return {
    ...{ namespace, name: WEB, container: CONTAINER, pods, exec },
    url: ({ ip }) => `http://${ip}:${WEB_PORT}`,
    log: ({ name }) => core.readNamespacedPodLog({ namespace, name, container: CONTAINER }),
    deployment: () => apps.readNamespacedDeployment({ name: WEB, namespace }),
    async revision() {
      const { metadata } = await apps.readNamespacedDeployment({ name: WEB, namespace });
      return Number(metadata?.annotations?.['deployment.kubernetes.io/revision']);
    },
    untilRolledOut: () => untilRolledOut(kubeconfig, namespace, WEB),
    setFaults: (lines) => faults.set(lines),
    async remove() {
      await core.deleteNamespace({ name: namespace });
      await until(`namespace ${namespace} is gone`, async () => {
        const { items } = await core.listNamespace({ fieldSelector: `metadata.name=${namespace}` });
        return items.length === 0;
      });
    },
  };
}

/** Somebody's own cluster may have the real application under the same name. */
async function refuseForeign(core: CoreV1Api, name: string): Promise<void> {
  const { items } = await core.listNamespace({ fieldSelector: `metadata.name=${name}` });
  const [label, value] = Object.entries(OURS)[0] ?? ['', ''];
  if (items.every(({ metadata }) => metadata?.labels?.[label] === value)) return;
  throw new LabError(
    `The cluster has a namespace ${name} that no test has made (it lacks the label ${label}=${value}).`,
    'use a cluster without it: tests would overwrite what is in it, and delete it.',
  );
}
