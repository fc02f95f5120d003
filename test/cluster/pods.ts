import { Writable } from 'node:stream';

import { AppsV1Api, CoreV1Api, Exec, type V1Pod, type V1Status } from '@kubernetes/client-node';

import { LabError } from '../../lab/lab-error.js';
import { clientConfig, until } from './ready.js';

/** A pod that is ready and not on its way out. */
export interface ReadyPod {
  readonly name: string;
  readonly ip: string;
  readonly createdAt: Date;
}

/** What a command in a pod said, and how it ended. */
export interface InPod {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The ready pods of a label, oldest first. */
export async function readyPods(
  kubeconfig: string,
  namespace: string,
  labelSelector: string,
): Promise<ReadyPod[]> {
  const api = clientConfig(kubeconfig).makeApiClient(CoreV1Api);
  const { items } = await api.listNamespacedPod({ namespace, labelSelector });
  return items
    .filter(isReady)
    .map(({ metadata, status }) => ({
      name: metadata?.name ?? '',
      ip: status?.podIP ?? '',
      createdAt: metadata?.creationTimestamp ?? new Date(0),
    }))
    .sort((one, other) => one.createdAt.getTime() - other.createdAt.getTime());
}

/** Runs a command in a container and waits for its end; a code other than 0 is no error. */
export async function execInPod(
  kubeconfig: string,
  where: { readonly namespace: string; readonly pod: string; readonly container: string },
  command: readonly string[],
): Promise<InPod> {
  const [stdout, stderr] = [new Collected(), new Collected()];
  const exec = new Exec(clientConfig(kubeconfig));
  const status = await new Promise<V1Status>((resolve, reject) => {
    exec
      .exec(where.namespace, where.pod, where.container, [...command], stdout, stderr, null, false, resolve)
      .then((socket: Closable) => {
        socket.on('close', () =>
          reject(
            new LabError(`The connection to pod ${where.pod} broke.`, 'see whether the pod still runs.'),
          ),
        );
      }, reject);
  });
  return { exitCode: exitCodeOf(status), stdout: stdout.text(), stderr: stderr.text() };
}

/** Waits until a Deployment runs its present template in all replicas, and nothing else. */
export async function untilRolledOut(kubeconfig: string, namespace: string, name: string): Promise<void> {
  const config = clientConfig(kubeconfig);
  const [api, core] = [config.makeApiClient(AppsV1Api), config.makeApiClient(CoreV1Api)];
  await until(`Deployment ${namespace}/${name} is rolled out`, async () => {
    const { metadata, spec, status } = await api.readNamespacedDeployment({ namespace, name });
    const wanted = spec?.replicas ?? 1;
    const complete =
      (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0) &&
      status?.updatedReplicas === wanted &&
      status.replicas === wanted &&
      status.availableReplicas === wanted;
    if (!complete) return false;
    // Former pods are not counted any more while they end, and still answer requests.
    const labelSelector = Object.entries(spec?.selector.matchLabels ?? {})
      .map(([key, value]) => `${key}=${value}`)
      .join(',');
    const { items } = await core.listNamespacedPod({ namespace, labelSelector });
    return items.every((pod) => pod.metadata?.deletionTimestamp === undefined || hasEnded(pod));
  });
}

const hasEnded = ({ status }: V1Pod): boolean => ['Succeeded', 'Failed'].includes(status?.phase ?? '');

function isReady({ metadata, status }: V1Pod): boolean {
  const ready =
    status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;
  return ready && metadata?.deletionTimestamp === undefined && status?.podIP !== undefined;
}

/** The status names the code only when it is not 0. */
function exitCodeOf(status: V1Status): number {
  if (status.status === 'Success') return 0;
  const code = status.details?.causes?.find(({ reason }) => reason === 'ExitCode')?.message;
  if (code === undefined) {
    throw new LabError(
      `A command in a pod could not be run: ${status.message ?? 'no reason given'}`,
      'see the reason.',
    );
  }
  return Number(code);
}

/** What is needed of the web socket, whose types the client's package does not bring along. */
interface Closable {
  on(event: 'close', listener: () => void): unknown;
}

class Collected extends Writable {
  readonly #chunks: Buffer[] = [];

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#chunks.push(chunk);
    done();
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }
}
