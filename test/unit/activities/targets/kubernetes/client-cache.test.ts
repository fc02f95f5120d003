import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask, type KubernetesClient } from '../../../../../activities/targets/kubernetes/client.js';
import { clientOf } from '../../../../../activities/targets/kubernetes/client-cache.js';
import { TERMINAL } from '../../../../../procedure/failures.js';
import { ApiServer } from './api-server.js';

const { signal } = new AbortController();
const PODS = '/api/v1/namespaces/x/pods';
const LATER_MS = 60_000;

const server = new ApiServer();
let folder = '';
let path = '';
let used = 0;

beforeAll(async () => {
  await server.start();
  folder = await mkdtemp(join(tmpdir(), 'client-cache-'));
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

/** A kubeconfig whose credentials come from a plugin, which writes a line each time that it is run. */
async function withPlugin(): Promise<{ readonly runs: () => Promise<number> }> {
  const plugin = join(folder, `plugin-${String(used)}`);
  const log = `${plugin}.log`;
  const credential = {
    ...{ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential' },
    status: { token: 'of-the-plugin', expirationTimestamp: '2099-01-01T00:00:00Z' },
  };
  await writeFile(log, '');
  await writeFile(plugin, `#!/bin/sh\necho run >>'${log}'\necho '${JSON.stringify(credential)}'\n`);
  await chmod(plugin, 0o755);
  const exec = { apiVersion: credential.apiVersion, command: plugin, interactiveMode: 'Never' };
  const config = JSON.parse(server.kubeconfig()) as object;
  await writeFile(path, JSON.stringify({ ...config, users: [{ name: 'u', user: { exec } }] }));
  return { runs: async () => (await readFile(log, 'utf8')).split('\n').length - 1 };
}
const here = (): KubernetesClient => clientOf({ kubeconfig: path, context: null });
const pods = (client: KubernetesClient) =>
  ask(client, { what: 'list pods', kind: 'PodList', signal }, (options) =>
    client.core.listNamespacedPod({ namespace: 'x' }, options),
  );
/** Those after so many requests are answered with 401. */
const refuse = (which: (request: number) => boolean): void => {
  let count = 0;
  server.instead = () => {
    count += 1;
    return which(count) ? { status: 401 } : null;
  };
};
const after = (milliseconds: number) => {
  const now = performance.now();
  return jest.spyOn(performance, 'now').mockImplementation(() => now + milliseconds);
};

beforeEach(async () => {
  used += 1;
  path = join(folder, `config-${String(used)}`);
  server.instead = () => null;
  server.requests.length = 0;
  server.objects.set(PODS, { items: [] });
  await writeFile(path, server.kubeconfig());
});

describe('the clients of a worker', () => {
  test('one a kubeconfig and context, as long as the file says the same', async () => {
    const first = here();
    expect(here()).toBe(first);
    await writeFile(path, server.kubeconfig());
    expect(here()).toBe(first);
    const named = clientOf({ kubeconfig: path, context: 'staging' });
    expect(named).not.toBe(first);
    expect(clientOf({ kubeconfig: path, context: 'staging' })).toBe(named);
  });

  test('a renewed kubeconfig is noticed, and one that is gone too', async () => {
    const first = here();
    await writeFile(path, server.kubeconfig().replace('the-token-of-u', 'another-token'));
    const second = here();
    expect(second).not.toBe(first);
    expect(second.config.getCurrentUser()?.token).toBe('another-token');
    await rm(path);
    expect(here).toThrow(/cannot be read/);
    await writeFile(path, server.kubeconfig());
    expect(here()).not.toBe(second);
  });

  test('a credential plugin runs once for several steps', async () => {
    const { runs } = await withPlugin();
    for (let step = 0; step < 3; step += 1) await pods(here());
    expect(await runs()).toBe(1);
    expect(server.requests).toHaveLength(3);
  });
});

describe('credentials that are refused', () => {
  test('after a while: they are got anew, and the call is made once more', async () => {
    const { runs } = await withPlugin();
    const client = here();
    await pods(client);
    refuse((request) => request === 1);
    const later = after(LATER_MS);
    try {
      await expect(pods(client)).resolves.toMatchObject({ kind: 'PodList' });
    } finally {
      later.mockRestore();
    }
    expect([await runs(), server.requests.length]).toEqual([2, 3]);
    expect(here()).toBe(client);
  });

  test('of two calls at once: both are made once more with the same new ones', async () => {
    const client = here();
    await pods(client);
    refuse((request) => request <= 2);
    const later = after(LATER_MS);
    try {
      await expect(Promise.all([pods(client), pods(client)])).resolves.toHaveLength(2);
    } finally {
      later.mockRestore();
    }
    expect(server.requests).toHaveLength(5);
  });

  test('twice: it is told', async () => {
    const { runs } = await withPlugin();
    const client = here();
    await pods(client);
    refuse(() => true);
    const later = after(LATER_MS);
    try {
      await expect(pods(client)).rejects.toMatchObject({ type: TERMINAL.unauthorized });
    } finally {
      later.mockRestore();
    }
    expect([await runs(), server.requests.length]).toEqual([2, 3]);
  });

  test('while they are fresh: told at once', async () => {
    const { runs } = await withPlugin();
    refuse(() => true);
    await expect(pods(here())).rejects.toMatchObject({ type: TERMINAL.unauthorized });
    expect([await runs(), server.requests.length]).toEqual([1, 1]);
  });

  test('and cannot be got any more: what the server said is told', async () => {
    const client = here();
    await rm(path);
    refuse(() => true);
    const later = after(LATER_MS);
    try {
      await expect(pods(client)).rejects.toMatchObject({ type: TERMINAL.unauthorized });
    } finally {
      later.mockRestore();
    }
    expect(server.requests).toHaveLength(1);
  });
});
