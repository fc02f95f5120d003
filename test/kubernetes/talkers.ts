/** A Deployment whose containers write numbered lines, so that every line that is missing or comes twice shows. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  AppsV1Api,
  CoreV1Api,
  type V1Container,
  type V1ContainerStatus,
  type V1Pod,
} from '@kubernetes/client-node';
import { projectFolder } from '../../lab/project.js';
import type { KubernetesTargetSettings } from '../../environment/settings.js';
import type { Cluster } from '../cluster/cluster.js';
import { execInPod, untilRolledOut } from '../cluster/pods.js';
import { clientConfig, until, untilAccount } from '../cluster/ready.js';
import { WEB_IMAGE } from '../cluster/settings.js';
import { OURS } from '../cluster/web-manifests.js';

const NAMESPACE = 'readiness-talkers';
const NAME = 'talkers';
export const CONTAINERS = ['one', 'two'] as const;
export type Talker = (typeof CONTAINERS)[number];

/** What a container does next; `crash always`: after each of its later starts too. */
export type Order = 'crash' | 'crash always' | 'eat' | 'flood' | 'quiet' | 'go on';

export interface Talkers {
  readonly settings: KubernetesTargetSettings;
  /** Those that are not on their way out, by their age. */
  pods(): Promise<V1Pod[]>;
  order(pod: string, container: Talker, order: Order): Promise<void>;
  /** Waits until the API says this of a container. */
  untilStatus(pod: string, container: Talker, holds: (status: V1ContainerStatus) => boolean): Promise<void>;
  deletePod(pod: string): Promise<void>;
  remove(): Promise<void>;
}

export async function deployTalkers(cluster: Cluster, replicas: number): Promise<Talkers> {
  const { kubeconfig } = cluster;
  const core = clientConfig(kubeconfig).makeApiClient(CoreV1Api);
  const apps = clientConfig(kubeconfig).makeApiClient(AppsV1Api);
  await core.createNamespace({ body: { metadata: { name: NAMESPACE, labels: OURS } } });
  await untilAccount(kubeconfig, NAMESPACE);
  const labels = { app: NAME };
  const script = await readFile(join(projectFolder(), 'test', 'kubernetes', 'talker.py'), 'utf8');
  const container = (name: string): V1Container => ({
    ...{ name, image: WEB_IMAGE, imagePullPolicy: 'Never', command: ['python3', '-c', script] },
    env: [{ name: 'NAME', value: name }],
    resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { memory: '64Mi' } },
    volumeMounts: [{ name: 'orders', mountPath: '/orders' }],
  });
  await apps.createNamespacedDeployment({
    namespace: NAMESPACE,
    body: {
      metadata: { name: NAME },
      spec: {
        replicas,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            terminationGracePeriodSeconds: 0,
            automountServiceAccountToken: false,
            containers: CONTAINERS.map(container),
            volumes: [{ name: 'orders', emptyDir: {} }],
          },
        },
      },
    },
  });
  await untilRolledOut(kubeconfig, NAMESPACE, NAME);

  const pods = async (): Promise<V1Pod[]> => {
    const { items } = await core.listNamespacedPod({ namespace: NAMESPACE, labelSelector: `app=${NAME}` });
    const age = ({ metadata }: V1Pod): number => metadata?.creationTimestamp?.getTime() ?? 0;
    return items
      .filter(({ metadata }) => metadata?.deletionTimestamp === undefined)
      .sort((left, right) => age(left) - age(right));
  };
  return {
    settings: {
      ...{ method: 'kubernetes-env', kubeconfig, context: null, namespace: NAMESPACE, deployment: NAME },
      ...{ container: 'one', configMap: 'none', python: 'python3', manage: { command: ['true'] } },
      restartTimeoutMs: 60_000,
    },
    pods,
    order: async (pod, name, order) => {
      const [what = '', always] = order.split(' always');
      const to = `/orders/${name}${always === undefined ? '' : '.always'}`;
      // The other container of the pod has the folder too, and does not end meanwhile.
      const from = CONTAINERS.find((one) => one !== name) ?? name;
      // One that is quiet has read its order, and so has written something.
      const taken = order === 'quiet' ? ` && while [ -e ${to} ]; do sleep 0.1; done` : '';
      const command = ['sh', '-c', `echo '${what}' >${to}.next && mv ${to}.next ${to}${taken}`];
      const { exitCode } = await execInPod(
        kubeconfig,
        { namespace: NAMESPACE, pod, container: from },
        command,
      );
      if (exitCode !== 0) throw new Error(`the order ${order} could not be given to ${pod}/${name}`);
    },
    untilStatus: (pod, name, holds) =>
      until(`container ${name} of pod ${pod} is as wanted`, async () => {
        const { status } = await core.readNamespacedPod({ namespace: NAMESPACE, name: pod });
        const found = status?.containerStatuses?.find((one) => one.name === name);
        return found !== undefined && holds(found);
      }),
    deletePod: async (pod) => {
      await core.deleteNamespacedPod({ namespace: NAMESPACE, name: pod });
    },
    remove: async () => {
      await core.deleteNamespace({ name: NAMESPACE });
      await until(`namespace ${NAMESPACE} is gone`, async () => {
        const { items } = await core.listNamespace({ fieldSelector: `metadata.name=${NAMESPACE}` });
        return items.length === 0;
      });
    },
  };
}

/** The lines of one stream of one life, as they came. */
interface Stream {
  readonly numbers: number[];
  /** How many it wrote, as it said at its end. */
  total: number | null;
}

/** What was read, by `pod container life stream`. */
export function streamsOf(lines: readonly string[]): Map<string, Stream> {
  const streams = new Map<string, Stream>();
  const of = (key: string): Stream => {
    const found = streams.get(key) ?? { numbers: [], total: null };
    streams.set(key, found);
    return found;
  };
  for (const line of lines) {
    const [pod, container, life, stream = '', number, errors] = line.split(' ');
    const head = `${pod ?? ''} ${container ?? ''} ${life ?? ''}`;
    if (stream === 'end') {
      of(`${head} o`).total = Number(number);
      of(`${head} e`).total = Number(errors);
    } else of(`${head} ${stream}`).numbers.push(Number(number));
  }
  return streams;
}

/** What is wrong with them, in words: numbers that are missing, come twice or out of order; none = every line came once. */
export function problemsOf(streams: ReadonlyMap<string, Stream>): string[] {
  return [...streams].flatMap(([key, { numbers, total }]) => {
    const wrong = numbers.findIndex((number, index) => number !== index);
    const told = wrong < 0 ? [] : [`${key}: at ${String(wrong)} stands ${String(numbers[wrong])}`];
    if (total === null || total === numbers.length) return told;
    return [...told, `${key}: ${String(numbers.length)} of ${String(total)} lines`];
  });
}
