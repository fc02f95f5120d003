import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { loadConnection } from '../../../../../activities/targets/kubernetes/connection.js';
import { TERMINAL } from '../../../../../procedure/failures.js';

const CLUSTER = { name: 'c', cluster: { server: 'https://10.0.0.1:6443' } };
const file = (changes: object = {}) =>
  JSON.stringify({
    clusters: [
      CLUSTER,
      { name: 'plain', cluster: { server: 'http://10.0.0.1:8080' } },
      { name: 'blind', cluster: { ...CLUSTER.cluster, 'insecure-skip-tls-verify': true } },
    ],
    users: [{ name: 'u', user: { token: 'top-secret-token' } }],
    contexts: [
      { name: 'staging', context: { cluster: 'c', user: 'u' } },
      { name: 'no-cluster', context: { cluster: 'gone', user: 'u' } },
      { name: 'no-user', context: { cluster: 'c', user: 'gone' } },
      { name: 'plain', context: { cluster: 'plain', user: 'u' } },
      { name: 'blind', context: { cluster: 'blind', user: 'u' } },
    ],
    'current-context': 'staging',
    ...changes,
  });

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubeconfig-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function kubeconfig(content: string): Promise<string> {
  const path = join(folder, 'config');
  await writeFile(path, content);
  return path;
}
const thrownBy = (act: () => unknown): unknown => {
  try {
    return act();
  } catch (error) {
    return error;
  }
};

describe('a kubeconfig file', () => {
  test('its current context, or the named one', async () => {
    const path = await kubeconfig(file());
    const config = loadConnection({ kubeconfig: path, context: null });
    expect(config.getCurrentContext()).toBe('staging');
    expect(config.getCurrentCluster()?.server).toBe('https://10.0.0.1:6443');
    const other = await kubeconfig(file({ 'current-context': 'no-user' }));
    expect(loadConnection({ kubeconfig: other, context: 'staging' }).getCurrentContext()).toBe('staging');
  });

  test.each<[string, string, string | null, string, RegExp]>([
    [
      'unknown context',
      file(),
      'prod',
      TERMINAL.notFound,
      /has no context prod; it has: staging, no-cluster, no-user, plain, blind\./,
    ],
    [
      'no current context',
      file({ 'current-context': '' }),
      null,
      TERMINAL.environment,
      /has no current context; it has: staging/,
    ],
    ['no context at all', '{}', null, TERMINAL.environment, /has no current context; it has none/],
    [
      'cluster missing',
      file(),
      'no-cluster',
      TERMINAL.environment,
      /context no-cluster .* names a cluster that is not in the file/,
    ],
    ['user missing', file(), 'no-user', TERMINAL.environment, /names a user that is not in the file/],
    ['not https', file(), 'plain', TERMINAL.environment, /http:\/\/10\.0\.0\.1:8080, which is not https/],
    [
      'a certificate that nobody checks',
      file(),
      'blind',
      TERMINAL.environment,
      /The context blind .* says insecure-skip-tls-verify for https:\/\/10\.0\.0\.1:6443.*set-cluster blind --certificate-authority/,
    ],
    ['not YAML', 'a: [top-secret-token', null, TERMINAL.environment, /is not a valid one/],
    ['empty', '', null, TERMINAL.environment, /is not a valid one/],
  ])('%s', async (...[, content, context, type, message]) => {
    const path = await kubeconfig(content);
    const error = thrownBy(() => loadConnection({ kubeconfig: path, context }));
    expect(error).toMatchObject({ type, message: expect.stringMatching(message) });
    expect(String((error as Error).message)).toContain(path);
    expect(JSON.stringify(error)).not.toContain('top-secret-token');
  });

  test('missing, a folder, and without permission', async () => {
    const missing = () => loadConnection({ kubeconfig: join(folder, 'gone'), context: null });
    expect(thrownBy(missing)).toMatchObject({
      type: TERMINAL.notFound,
      message: expect.stringContaining('ENOENT'),
    });
    expect(thrownBy(() => loadConnection({ kubeconfig: folder, context: null }))).toMatchObject({
      type: TERMINAL.notFound,
    });
    if (process.getuid?.() === 0) return; // Root may read everything.
    const path = await kubeconfig(file());
    await chmod(path, 0);
    expect(thrownBy(() => loadConnection({ kubeconfig: path, context: null }))).toMatchObject({
      type: TERMINAL.unauthorized,
    });
  });
});

test('a worker that checks no certificates at all reaches no cluster', async () => {
  const path = await kubeconfig(file());
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
  try {
    const error = thrownBy(() => loadConnection({ kubeconfig: path, context: null }));
    expect(error).toMatchObject({
      type: TERMINAL.environment,
      message: expect.stringMatching(/NODE_TLS_REJECT_UNAUTHORIZED=0.*Start the worker without it/),
    });
  } finally {
    delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
  }
});

describe('the service account of the pod', () => {
  const here = { kubeconfig: null, context: null };
  afterEach(() => {
    delete process.env['KUBERNETES_SERVICE_HOST'];
    delete process.env['KUBERNETES_SERVICE_PORT'];
  });

  test('outside a cluster', () => {
    expect(thrownBy(() => loadConnection(here))).toMatchObject({
      type: TERMINAL.environment,
      message: expect.stringContaining('does not run in a cluster'),
    });
  });

  test('in a pod without and with a token', async () => {
    process.env['KUBERNETES_SERVICE_HOST'] = '10.96.0.1';
    process.env['KUBERNETES_SERVICE_PORT'] = '443';
    expect(thrownBy(() => loadConnection(here, folder))).toMatchObject({
      type: TERMINAL.notFound,
      message: expect.stringContaining('no service account token'),
    });
    const token = join(folder, 'var/run/secrets/kubernetes.io/serviceaccount/token');
    await mkdir(dirname(token), { recursive: true });
    await writeFile(token, 'a-token');
    expect(loadConnection(here, folder).getCurrentCluster()?.server).toBe('https://10.96.0.1:443');
  });
});
