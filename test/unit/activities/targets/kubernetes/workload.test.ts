import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { V1Deployment } from '@kubernetes/client-node';
import { missingRights } from '../../../../../activities/targets/kubernetes/access-review.js';
import {
  ask,
  createKubernetesClient,
  type KubernetesClient,
} from '../../../../../activities/targets/kubernetes/client.js';
import { configMapPatch } from '../../../../../activities/targets/kubernetes/config-map-patch.js';
import { changeUntilNoConflict } from '../../../../../activities/targets/kubernetes/conflict.js';
import { containerOf, envPatch } from '../../../../../activities/targets/kubernetes/env-patch.js';
import { settingsOfAssignment } from '../../../../../activities/targets/kubernetes/env-setting.js';
import { rightsFor, rightText, SEED_NAMES } from '../../../../../activities/targets/kubernetes/rights.js';
import { createWorkload, type Workload } from '../../../../../activities/targets/kubernetes/workload.js';
import { RETRYABLE, TERMINAL } from '../../../../../procedure/failures.js';
import { ApiServer, type Instead } from './api-server.js';
import { configMapWith, deploymentWith, ENABLED, podWith, replicaSetWith, withVersion } from './objects.js';

const APPS = '/apis/apps/v1/namespaces/deltacrown';
const CORE = '/api/v1/namespaces/deltacrown';
const DEPLOYMENT = `${APPS}/deployments/deltacrown-web`;
const CONFIG = `${CORE}/configmaps/deltacrown-config`;
const { signal } = new AbortController();

const server = new ApiServer();
let client: KubernetesClient;
let workload: Workload;
beforeAll(() => server.start());
afterAll(() => server.stop());
beforeEach(() => {
  server.objects.clear();
  server.requests.length = 0;
  server.instead = () => null;
  server.meanwhile = () => undefined;
  server.allowed = () => true;
  server.objects.set(DEPLOYMENT, deploymentWith({ env: [{ name: 'A', value: '1' }] }));
  server.objects.set(CONFIG, configMapWith({ motd: 'first' }));
  client = createKubernetesClient(server.config());
  workload = createWorkload(client, { namespace: 'deltacrown', deployment: 'deltacrown-web' });
});

const stored = () => server.objects.get(DEPLOYMENT) as V1Deployment;
const envOf = (deployment: V1Deployment) => containerOf(deployment, 'web').container.env;
const enable = (write: Workload['patchDeployment']) =>
  changeUntilNoConflict({
    what: 'deployment deltacrown/deltacrown-web',
    signal,
    read: () => workload.readDeployment({ signal }),
    patchOf: (deployment) =>
      envPatch(deployment, {
        container: 'web',
        settings: settingsOfAssignment({ [ENABLED]: 'true' }),
        restartedAt: '2026-11-27T18:00:00Z',
      }),
    write: async (patch) => {
      await write(patch, { signal });
      return true;
    },
  });

describe('a change over the API', () => {
  test('is one patch under our own name, and the second time none', async () => {
    await expect(enable(workload.patchDeployment)).resolves.toBe(true);
    expect(envOf(stored())).toEqual([
      { name: 'A', value: '1' },
      { name: ENABLED, value: 'true' },
    ]);
    await expect(enable(workload.patchDeployment)).resolves.toBe(false);
    const patches = server.requests.filter(({ method }) => method === 'PATCH');
    expect(patches).toHaveLength(1);
    expect(patches[0]?.contentType).toBe('application/json-patch+json');
    expect(patches[0]?.userAgent).toBe('readiness');
    expect(patches[0]?.query.get('fieldManager')).toBe('readiness');
  });

  test('meets an edit of somebody else: both stand in the end', async () => {
    let edits = 0;
    server.meanwhile = ({ method }) => {
      if (method !== 'PATCH' || edits > 0) return;
      edits += 1;
      const edited = withVersion(stored(), '101');
      containerOf(edited, 'web').container.env = [{ name: 'NEW', value: '2' }];
      server.objects.set(DEPLOYMENT, edited);
    };
    await expect(enable(workload.patchDeployment)).resolves.toBe(true);
    expect(envOf(stored())).toEqual([
      { name: 'NEW', value: '2' },
      { name: ENABLED, value: 'true' },
    ]);
    expect(server.requests.map(({ method }) => method)).toEqual(['GET', 'PATCH', 'GET', 'PATCH']);
  });

  test('whose place in the list is gone is a conflict too, which the server does not call one', async () => {
    const long = deploymentWith({ env: [{ name: 'A' }, { name: 'B' }, { name: ENABLED, value: 'false' }] });
    server.objects.set(DEPLOYMENT, long);
    server.meanwhile = ({ method }) => {
      if (method !== 'PATCH') return;
      server.meanwhile = () => undefined;
      server.objects.set(DEPLOYMENT, withVersion(deploymentWith({ env: [{ name: 'A' }] }), '101'));
    };
    await expect(enable(workload.patchDeployment)).resolves.toBe(true);
    expect(envOf(stored())).toEqual([{ name: 'A' }, { name: ENABLED, value: 'true' }]);
    expect(server.requests.map(({ method }) => method)).toEqual(['GET', 'PATCH', 'GET', 'GET', 'PATCH']);
  });

  test('gives up when somebody is faster every time', async () => {
    server.instead = ({ method }) => (method === 'PATCH' ? { status: 409 } : null);
    await expect(enable(workload.patchDeployment)).rejects.toMatchObject({ type: RETRYABLE.notYet });
    expect(server.requests.filter(({ method }) => method === 'PATCH')).toHaveLength(5);
  });

  test('that is refused is no conflict', async () => {
    server.instead = ({ method }) => (method === 'PATCH' ? { status: 422 } : null);
    await expect(enable(workload.patchDeployment)).rejects.toMatchObject({ type: TERMINAL.unexpected });
  });

  test('of a ConfigMap is a merge patch that counts for the version that was read', async () => {
    const name = 'deltacrown-config';
    const before = await workload.readConfigMap(name, { signal });
    const patch = configMapPatch(before, { keys: { [ENABLED]: 'k' }, assignment: { [ENABLED]: 'true' } });
    if (patch === null) throw new Error('no patch');
    const after = await workload.patchConfigMap(name, patch, { signal });
    expect(after.data).toEqual({ motd: 'first', k: 'true' });
    await expect(workload.patchConfigMap(name, patch, { signal })).rejects.toMatchObject({ code: 409 });
    const back = configMapPatch(after, { keys: { [ENABLED]: 'k' }, assignment: { [ENABLED]: null } });
    if (back === null) throw new Error('no patch');
    expect((await workload.patchConfigMap(name, back, { signal })).data).toEqual({ motd: 'first' });
  });
});

describe('reading', () => {
  test('a rollout: its objects, by the selector, events in their order', async () => {
    const event = (message: string, lastTimestamp: string) => ({
      metadata: {},
      involvedObject: {},
      message,
      lastTimestamp,
    });
    server.objects.set(`${APPS}/replicasets`, { items: [replicaSetWith('rs-new', '1')] });
    server.objects.set(`${CORE}/pods`, { items: [podWith('a')] });
    server.objects.set(`${CORE}/events`, {
      items: [event('second', '2026-11-27T18:00:02Z'), event('first', '2026-11-27T18:00:01Z')],
    });
    const found = await workload.readRollout({ signal });
    expect(found.pods.map(({ metadata }) => metadata?.name)).toEqual(['a']);
    expect(found.events.map(({ message }) => message)).toEqual(['first', 'second']);
    const asked = server.requests.map(({ path, query }) =>
      `${path} ${query.get('labelSelector') ?? ''}`.trim(),
    );
    expect(asked).toEqual([
      DEPLOYMENT,
      `${APPS}/replicasets app=deltacrown-web`,
      `${CORE}/pods app=deltacrown-web`,
      `${CORE}/events`,
    ]);
    expect(server.requests.at(-1)?.query.get('fieldSelector')).toBe(
      'involvedObject.kind=Pod,reason=Unhealthy',
    );
  });

  test('sources: decoded, absent, and not allowed', async () => {
    server.objects.set(`${CORE}/secrets/s`, { data: { [ENABLED]: Buffer.from('true').toString('base64') } });
    server.objects.set(`${CORE}/configmaps/empty`, {});
    server.instead = ({ path }) => (path.endsWith('/secrets/closed') ? { status: 403 } : null);
    const container = {
      name: 'web',
      envFrom: [
        ...['s', 'closed', 'gone'].map((name) => ({ secretRef: { name } })),
        { configMapRef: { name: 'empty' } },
      ],
    };
    const lookUp = await workload.readSources(container, { signal });
    expect(lookUp({ kind: 'Secret', name: 's' })).toEqual({ state: 'present', data: { [ENABLED]: 'true' } });
    expect(lookUp({ kind: 'Secret', name: 'closed' }).state).toBe('unreadable');
    expect(lookUp({ kind: 'Secret', name: 'gone' })).toEqual({ state: 'absent' });
    expect(lookUp({ kind: 'ConfigMap', name: 'empty' })).toEqual({ state: 'present', data: {} });
    expect(lookUp({ kind: 'ConfigMap', name: 's' }).state).toBe('unreadable');
  });

  test('rights that are missing are named one by one', async () => {
    server.allowed = ({ verb, resource, subresource, name, namespace, group }) =>
      namespace === 'deltacrown' &&
      !(verb === 'patch' && resource === 'deployments' && group === 'apps' && name === 'deltacrown-web') &&
      !(verb === 'create' && resource === 'pods' && subresource === 'exec');
    const missing = await missingRights(client, rightsFor(SEED_NAMES), { namespace: 'deltacrown', signal });
    expect(missing.map(({ right, reason }) => `${rightText(right)}: ${reason ?? ''}`)).toEqual([
      'patch deployments.apps deltacrown-web: RBAC',
      'create pods/exec: RBAC',
    ]);
  });
});

describe('what goes wrong, as failures of ours', () => {
  test.each<[string, Instead, string, RegExp]>([
    [
      '401',
      { status: 401 },
      TERMINAL.unauthorized,
      /Could not read deployment deltacrown\/deltacrown-web: https:.* answered HTTP 401/,
    ],
    ['403', { status: 403 }, TERMINAL.unauthorized, /HTTP 403, the server says 403\. Grant the right/],
    ['404', { status: 404 }, TERMINAL.notFound, /HTTP 404, the server says 404/],
    ['409', { status: 409 }, RETRYABLE.notYet, /HTTP 409/],
    ['422', { status: 422 }, TERMINAL.unexpected, /HTTP 422/],
    ['429', { status: 429 }, RETRYABLE.targetUnreachable, /HTTP 429/],
    ['500', { status: 500 }, RETRYABLE.targetUnreachable, /HTTP 500/],
    [
      '503 of a proxy',
      { status: 503, body: '<html>token=abc</html>', contentType: 'text/html' },
      RETRYABLE.targetUnreachable,
      /answered HTTP 503\.$/,
    ],
    [
      'not JSON',
      { status: 200, body: '<html>', contentType: 'text/html' },
      RETRYABLE.targetUnreachable,
      /is no Deployment of a Kubernetes API/,
    ],
    ['cut', 'reset', RETRYABLE.targetUnreachable, /ECONNRESET/],
    ['no answer', 'hang', RETRYABLE.targetUnreachable, /did not answer in time/],
    ['half an answer', 'hang-in-body', RETRYABLE.targetUnreachable, /did not answer in time/],
  ])('%s', async (...[, instead, type, message]) => {
    server.instead = () => instead;
    // Short only where the answer never comes: a busy machine may be slow with the others.
    const timeoutMs = typeof instead === 'string' && instead !== 'reset' ? 400 : 10_000;
    const began = performance.now();
    const error: unknown = await workload
      .readDeployment({ signal, timeoutMs })
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ type, message: expect.stringMatching(message) });
    expect(performance.now() - began).toBeLessThan(8000);
    // Neither headers nor the token that was sent.
    expect(JSON.stringify(error)).not.toMatch(/the-token-of-u|content-type/i);
  });

  test('nobody there', async () => {
    const config = server.config();
    Object.assign(config.clusters[0] ?? {}, { server: 'https://127.0.0.1:1' });
    const nobody = createWorkload(createKubernetesClient(config), { namespace: 'x', deployment: 'y' });
    await expect(nobody.readDeployment({ signal })).rejects.toMatchObject({
      type: RETRYABLE.targetUnreachable,
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  test('a certificate that is not trusted', async () => {
    const stranger = createKubernetesClient(server.config({ trusted: false }));
    const there = createWorkload(stranger, { namespace: 'deltacrown', deployment: 'deltacrown-web' });
    await expect(there.readDeployment({ signal })).rejects.toMatchObject({
      type: TERMINAL.environment,
      message: expect.stringMatching(/certificate .* is not accepted/),
    });
  });

  test('a cancellation stays a cancellation', async () => {
    server.instead = () => 'hang';
    const controller = new AbortController();
    const reason = new Error('the run was cancelled');
    const asked = ask(client, { what: 'wait', kind: 'PodList', signal: controller.signal }, (options) =>
      client.core.listNamespacedPod({ namespace: 'deltacrown' }, options),
    );
    controller.abort(reason);
    await expect(asked).rejects.toBe(reason);
  });
});
