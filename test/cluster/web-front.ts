import { connect, createServer, type Socket } from 'node:net';

import { LabError } from '../../lab/lab-error.js';
import type { WebInCluster } from './deploy-web.js';
import type { ReadyPod } from './pods.js';
import { WEB_PORT } from './web-manifests.js';

/** How often it is asked which pods are ready; a Service is about as quick to know. */
const LOOK_MS = 250;

/** One address for all ready pods. */
export interface WebFront {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * What a Service with a load balancer does, on 127.0.0.1: each connection goes to the next ready pod. The cluster has no
 * kube-proxy, which would write into the machine's firewall. While the API server is away, the pods known last serve.
 */
export async function startFront(web: WebInCluster, port = 0): Promise<WebFront> {
  let pods: readonly ReadyPod[] = await web.pods();
  let turn = 0;
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const pod = pods[turn++ % Math.max(pods.length, 1)];
    // As where nothing listens: a Service without ready pods refuses.
    if (pod === undefined) return void client.resetAndDestroy();
    const behind = connect(WEB_PORT, pod.ip);
    for (const [one, other] of [
      [client, behind],
      [behind, client],
    ] as const) {
      open.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => open.delete(one));
      one.pipe(other);
    }
  });
  const timer = setInterval(() => {
    web.pods().then(
      (found) => (pods = found),
      () => undefined,
    );
  }, LOOK_MS);
  timer.unref();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new LabError('No port was given.', 'try again.');
  return {
    url: `http://127.0.0.1:${address.port}`,
    async close() {
      clearInterval(timer);
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
