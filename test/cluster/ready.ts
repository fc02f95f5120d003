import { request } from 'node:http';
import { get, type RequestOptions } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';

import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';

import { LabError, messageOf } from '../../lab/lab-error.js';
import type { ProcessIdentity } from '../../lab/process-identity.js';
import { waitUntilReady } from '../../lab/spawn-detached.js';
import type { Part } from './parts.js';
import { NODE } from './settings.js';

/** Generous, because other tests may use the processors. */
const READY_MS = 120_000;

/** Waits until a part answers; when it dies or takes too long, the message holds the end of its log. */
export async function waitForPart(check: {
  readonly part: Part;
  readonly process: ProcessIdentity | undefined;
  readonly logFile: string;
  readonly probe: () => Promise<boolean>;
}): Promise<void> {
  const { part, process, logFile, probe } = check;
  if (process === undefined) throw new Error(`${part} was not started`);
  await waitUntilReady({
    title: `The test cluster's ${part}`,
    ...{ process, logFile, probe, withinMs: READY_MS },
    next: 'look at the lines above; `ss -ltnp` shows who else listens on a port that was taken in between.',
  });
}

/** The client of a kubeconfig. */
export function clientConfig(file: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromFile(file);
  return config;
}

/** Whether the API server calls itself ready. */
export async function apiServerAnswers(file: string): Promise<boolean> {
  const config = clientConfig(file);
  const options: RequestOptions = { timeout: 2_000 };
  await config.applyToHTTPSOptions(options);
  const url = new URL('/readyz', config.getCurrentCluster()?.server);
  return new Promise((resolve, reject) => {
    const asked = get(url, options, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    asked.on('timeout', () => asked.destroy(new Error('no answer within 2 s')));
    asked.on('error', reject);
  });
}

/** Whether the kubelet calls itself healthy. */
export async function kubeletAnswers(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path: '/healthz', timeout: 2_000 }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    asked.on('timeout', () => asked.destroy(new Error('no answer within 2 s')));
    asked.on('error', reject);
    asked.end();
  });
}

/** Whether the kubelet knows the pods that it runs: for a moment after its start it knows none. */
export async function kubeletKnowsPods(file: string): Promise<boolean> {
  const api = clientConfig(file).makeApiClient(CoreV1Api);
  const { items } = await api.listPodForAllNamespaces({ fieldSelector: `spec.nodeName=${NODE}` });
  const known: unknown = await api.connectGetNodeProxyWithPath({ name: NODE, path: 'pods' });
  const text = typeof known === 'string' ? known : JSON.stringify(known);
  return items.every(({ metadata }) => metadata?.uid === undefined || text.includes(metadata.uid));
}

/** Whether the node is there and ready to take pods. */
export async function nodeReady(file: string): Promise<boolean> {
  const node = await clientConfig(file).makeApiClient(CoreV1Api).readNode({ name: NODE });
  return node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}

/** Waits for the account without which no pod is accepted; a controller makes it a moment after the namespace. */
export async function untilAccount(file: string, namespace: string): Promise<void> {
  const api = clientConfig(file).makeApiClient(CoreV1Api);
  await until(`the account "default" of namespace ${namespace} is there`, async () => {
    await api.readNamespacedServiceAccount({ name: 'default', namespace });
    return true;
  });
}

/** Waits until something is true; an error means "not yet". */
export async function until(what: string, holds: () => Promise<boolean>, withinMs = READY_MS): Promise<void> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    let last = 'it was not so';
    try {
      if (await holds()) return;
    } catch (error) {
      last = messageOf(error);
    }
    if (performance.now() > deadline) {
      throw new LabError(
        `The test cluster did not come to the point that ${what} within ${withinMs / 1000} s: ${last}`,
        'look at the logs of its parts (folder `logs` of the cluster) and at `kubectl get events -A`.',
      );
    }
    await delay(100);
  }
}
