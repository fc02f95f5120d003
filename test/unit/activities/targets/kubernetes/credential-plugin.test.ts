/** A program that is asked for credentials and does not answer: it runs before the request, which alone knows a deadline. */
import { describe, expect, test } from '@jest/globals';
import { KubeConfig } from '@kubernetes/client-node';
import { ask, createKubernetesClient } from '../../../../../activities/targets/kubernetes/client.js';
import { streamLog } from '../../../../../activities/targets/kubernetes/log-stream.js';

/** Ends by itself, so that nothing stays behind. */
const PLUGIN_S = 4;

function clientWithPlugin() {
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: [{ name: 'c', server: 'https://127.0.0.1:1' }],
    users: [
      {
        name: 'u',
        exec: {
          apiVersion: 'client.authentication.k8s.io/v1',
          ...{ command: 'sleep', args: [String(PLUGIN_S)] },
        },
      },
    ],
    contexts: [{ name: 'x', cluster: 'c', user: 'u' }],
    currentContext: 'x',
  });
  return createKubernetesClient(config);
}

describe('a credential plugin that does not answer', () => {
  test('holds a call up for its own time only', async () => {
    const client = clientWithPlugin();
    const began = performance.now();
    await expect(
      ask(
        client,
        {
          ...{ what: 'read pod a/b', kind: 'Pod', timeoutMs: 300 },
          signal: new AbortController().signal,
        },
        (options) => client.core.readNamespacedPod({ namespace: 'a', name: 'b' }, options),
      ),
    ).rejects.toMatchObject({ message: expect.stringContaining('it did not answer in time') as unknown });
    expect(performance.now() - began).toBeLessThan(PLUGIN_S * 1000 - 500);
  });

  test('does not hold up a cancel', async () => {
    const client = clientWithPlugin();
    const controller = new AbortController();
    const began = performance.now();
    setTimeout(() => {
      controller.abort(new Error('cancelled by us'));
    }, 200);
    await expect(
      streamLog(
        client,
        { namespace: 'a', pod: 'b', container: 'web' },
        { onLine: () => undefined, signal: controller.signal },
      ),
    ).rejects.toThrow('cancelled by us');
    expect(performance.now() - began).toBeLessThan(PLUGIN_S * 1000 - 500);
  });
});
