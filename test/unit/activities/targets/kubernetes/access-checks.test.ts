import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { V1ConfigMap, V1Container, V1ManagedFieldsEntry } from '@kubernetes/client-node';
import { kubernetesAccessChecks } from '../../../../../activities/targets/kubernetes/access-checks.js';
import { createKubernetesClient } from '../../../../../activities/targets/kubernetes/client.js';
import { configMapPlace } from '../../../../../activities/targets/kubernetes/config-map-place.js';
import { envPlace } from '../../../../../activities/targets/kubernetes/flag-place.js';
import type { KubernetesParts } from '../../../../../activities/targets/kubernetes/kubernetes-target.js';
import { envPath } from '../../../../../activities/targets/kubernetes/ownership.js';
import { createWorkload } from '../../../../../activities/targets/kubernetes/workload.js';
import type { AccessFinding } from '../../../../../activities/targets/target.js';
import type { KubernetesTargetSettings } from '../../../../../environment/settings.js';
import { BASELINE_FLAGS } from '../../../../../procedure/flags.js';
import { ApiServer } from './api-server.js';
import {
  BLOCKED,
  configMapWith,
  deploymentWith,
  ENABLED,
  managed,
  podWith,
  replicaSetWith,
  STRICT,
} from './objects.js';

const APPS = '/apis/apps/v1/namespaces/deltacrown';
const CORE = '/api/v1/namespaces/deltacrown';
const CONFIG = 'deltacrown-config';
const server = new ApiServer();
beforeAll(() => server.start());
afterAll(() => server.stop());

type Method = 'A' | 'B';
interface Given {
  readonly container?: Partial<V1Container>;
  readonly configMap?: Partial<V1ConfigMap>;
  readonly paused?: boolean;
  readonly marks?: Readonly<Record<string, string>>;
  readonly managedFields?: readonly V1ManagedFieldsEntry[];
}
let given: Given;
beforeEach(() => {
  given = {};
});

const WHOLE: Partial<V1Container> = { envFrom: [{ configMapRef: { name: CONFIG } }] };

/** Runs one check against a server that holds a Deployment whose rollout is complete, and its ConfigMap. */
async function check(id: string, method: Method): Promise<AccessFinding> {
  const deployment = deploymentWith(given.container ?? (method === 'B' ? WHOLE : {}));
  const configMap = Object.assign(configMapWith({}), given.configMap);
  const changed = method === 'A' ? deployment : configMap;
  Object.assign(changed.metadata ?? {}, {
    annotations: { ...given.marks },
    managedFields: [...(given.managedFields ?? [])],
  });
  Object.assign(deployment.metadata ?? {}, {
    annotations: { ...deployment.metadata?.annotations, 'deployment.kubernetes.io/revision': '1' },
  });
  if (deployment.spec) deployment.spec.paused = given.paused ?? false;
  deployment.status = { replicas: 2, updatedReplicas: 2, availableReplicas: 2, observedGeneration: 1 };
  server.objects.clear();
  server.objects
    .set(`${APPS}/deployments/deltacrown-web`, deployment)
    .set(`${APPS}/replicasets`, { items: [replicaSetWith('rs-new', '1')] })
    .set(`${CORE}/pods`, { items: [podWith('a'), podWith('b')] })
    .set(`${CORE}/events`, { items: [] })
    .set(`${CORE}/configmaps/${CONFIG}`, configMap);
  const settings = {
    method: method === 'A' ? 'kubernetes-env' : 'kubernetes-config-map',
    ...{ namespace: 'deltacrown', deployment: 'deltacrown-web', container: 'web', configMap: CONFIG },
  } as KubernetesTargetSettings;
  const client = createKubernetesClient(server.config());
  const workload = createWorkload(client, settings);
  const world = { workload, settings, baseline: BASELINE_FLAGS };
  const flags = method === 'A' ? envPlace(world) : configMapPlace(world);
  const parts: KubernetesParts = { settings, client, workload, flags, baseline: BASELINE_FLAGS };
  const found = kubernetesAccessChecks(() => parts, method === 'B').find((one) => one.id === id);
  if (found === undefined) throw new Error(`no check ${id}`);
  return found.run(new AbortController().signal);
}

const METHODS: readonly Method[] = ['A', 'B'];
const pathOf = (method: Method, name = ENABLED) =>
  method === 'A' ? envPath('web', name) : ['f:data', `f:${name}`];

describe.each(METHODS)('who else keeps the variables, method %s', (method) => {
  test.each([
    ['argocd-controller', 'Apply'],
    ['argocd-application-controller', 'Update'],
    ['kustomize-controller', 'Apply'],
    ['helm-controller', 'Update'],
    ['fleetagent', 'Update'],
    ['configsync', 'Apply'],
    ['crossplane-controller', 'Apply'],
  ])('%s (%s) would put its own value back: not ready', async (manager, operation) => {
    given = { managedFields: [managed(manager, [pathOf(method)], { operation })] };
    expect(await check('kubernetes-owner', method)).toMatchObject({
      ok: false,
      detail: expect.stringContaining(`${ENABLED} belongs to ${manager}`),
      advice: expect.stringContaining('suspend it'),
    });
  });

  test.each([
    ['helm', 'Update'],
    ['someone', 'Apply'],
    ['kubectl-client-side-apply', 'Update'],
  ])('%s (%s) has to be run first: it is told', async (manager, operation) => {
    given = { managedFields: [managed(manager, [pathOf(method)], { operation })] };
    expect(await check('kubernetes-owner', method)).toMatchObject({
      ok: true,
      notice: expect.stringContaining(manager),
    });
  });

  test('a tool that keeps the object by its mark is told; a person is nobody', async () => {
    given = { marks: { 'argocd.argoproj.io/tracking-id': 'x' } };
    expect((await check('kubernetes-owner', method)).notice).toMatch(/Argo CD keeps it/);
    given = { managedFields: [managed('kubectl-edit', [pathOf(method)])] };
    expect(await check('kubernetes-owner', method)).toEqual({
      ...{ ok: true, detail: 'nobody but people wrote the variables' },
      advice: expect.anything(),
    });
  });

  test('a tool that owns other fields only is not in the way', async () => {
    given = {
      managedFields: [managed('argocd-controller', [pathOf(method, 'OTHER')], { operation: 'Apply' })],
    };
    expect(await check('kubernetes-owner', method)).toMatchObject({ ok: true });
  });
});

describe('method B asks about the key that it will write', () => {
  const prefixed: Partial<V1Container> = { envFrom: [{ configMapRef: { name: CONFIG }, prefix: 'TEAM_' }] };
  const referred: Partial<V1Container> = {
    ...WHOLE,
    env: [{ name: ENABLED, valueFrom: { configMapKeyRef: { name: CONFIG, key: 'dual', optional: true } } }],
  };
  test.each([
    ['a prefix', prefixed, 'VNEXT_DUAL_WRITE_ENABLED'],
    ['a reference', referred, 'dual'],
  ])('%s', async (_name, container, key) => {
    const owned = managed('argocd-controller', [['f:data', `f:${key}`]], { operation: 'Apply' });
    given = { container, managedFields: [owned] };
    expect(await check('kubernetes-owner', 'B')).toMatchObject({
      ok: false,
      detail: expect.stringContaining(`${ENABLED} (key ${key}) belongs to argocd-controller`),
    });
    given = {
      container,
      marks: {
        'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ data: { [key]: 'false' } }),
      },
    };
    expect((await check('kubernetes-owner', 'B')).notice).toMatch(/last kubectl apply/);
    // A key that has the variable's name is another one.
    given = { container, managedFields: [managed('argocd-controller', [['f:data', `f:${ENABLED}`]])] };
    expect(await check('kubernetes-owner', 'B')).toMatchObject({ ok: true });
  });
});

describe('what new pods would carry', () => {
  test('edits of the ConfigMap that no pod has read are no baseline', async () => {
    given = { configMap: { data: { [STRICT]: 'true', [BLOCKED]: 'False', [ENABLED]: 'false' } } };
    expect(await check('kubernetes-pending', 'B')).toMatchObject({
      ok: false,
      detail: [
        `new pods would carry ${STRICT}=true instead of false (envFrom[0], key ${STRICT} of ConfigMap ${CONFIG}, of container web)`,
        `new pods would carry ${BLOCKED}=False instead of true (envFrom[0], key ${BLOCKED} of ConfigMap ${CONFIG}, of container web)`,
      ].join('; '),
      advice: expect.stringContaining("run's own restart"),
    });
  });

  test('nor is an object that method A does not write', async () => {
    given = { container: WHOLE, configMap: { data: { [ENABLED]: 'TRUE' } } };
    expect(await check('kubernetes-pending', 'A')).toMatchObject({ ok: false });
    given = { container: { env: [{ name: STRICT, value: 'true' }] } };
    expect((await check('kubernetes-pending', 'A')).detail).toContain('(env[0], of container web)');
  });

  test.each(METHODS)('the baseline, however it is written, and what is absent: %s', async (method) => {
    given = { configMap: { data: { [STRICT]: 'FALSE', [BLOCKED]: 'True' } }, container: WHOLE };
    expect(await check('kubernetes-pending', method)).toMatchObject({ ok: true });
    given = {};
    expect(await check('kubernetes-pending', method)).toMatchObject({ ok: true });
  });
});

describe('the exact change', () => {
  test('of method A: variable and restart in one patch, for this version alone', async () => {
    given = { container: { env: [{ name: ENABLED, value: 'false' }] } };
    const { ok, detail } = await check('kubernetes-patch', 'A');
    expect(ok).toBe(true);
    const [, object, body] = /^PATCH (.+) \(application\/json-patch\+json\): (.+)$/.exec(detail) ?? [];
    expect(object).toBe('deployment deltacrown/deltacrown-web');
    expect(
      (JSON.parse(body ?? '') as { path: string; value: unknown }[]).map(({ path, value }) => [path, value]),
    ).toEqual([
      ['/metadata/resourceVersion', expect.any(String)],
      ['/spec/template/spec/containers/1/env/0', { name: ENABLED, value: 'true' }],
      [expect.stringMatching(/restartedAt|annotations/), expect.anything()],
    ]);
  });

  test('of method B: its key of the ConfigMap, then the restart', async () => {
    given = { configMap: { data: { [ENABLED]: 'false', OTHER: 'secret-looking' } } };
    const { detail } = await check('kubernetes-patch', 'B');
    expect(detail).toMatch(
      /^PATCH config map deltacrown\/deltacrown-config \(application\/merge-patch\+json\): .*"data":\{"TEAM_VNEXT_DUAL_WRITE_ENABLED":"true"\}\}; then PATCH deployment deltacrown\/deltacrown-web .*restartedAt/,
    );
    expect(detail).not.toContain('secret-looking');
  });

  test('is nothing where it stands already', async () => {
    given = { container: { env: [{ name: ENABLED, value: 'true' }] } };
    expect((await check('kubernetes-patch', 'A')).detail).toMatch(/: nothing, it stands/);
  });

  test.each(METHODS)('changes nothing: %s', async (method) => {
    server.requests.length = 0;
    await check('kubernetes-patch', method);
    expect(new Set(server.requests.map((one) => one.method))).toEqual(new Set(['GET']));
  });
});

describe('what can be known before a run', () => {
  test.each(METHODS)('a paused Deployment rolls nothing out: %s', async (method) => {
    expect(await check('kubernetes-deployment', method)).toMatchObject({ ok: true });
    given = { paused: true };
    expect(await check('kubernetes-deployment', method)).toMatchObject({
      ok: false,
      detail: expect.stringContaining('kubectl -n deltacrown rollout resume deployment/deltacrown-web'),
    });
  });

  test('an immutable ConfigMap takes no value', async () => {
    given = { configMap: { immutable: true } };
    expect(await check('kubernetes-variables', 'B')).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/immutable: make it anew/),
    });
    given = { configMap: { immutable: true }, container: WHOLE };
    expect(await check('kubernetes-variables', 'A')).toMatchObject({ ok: true });
  });

  test('a key cannot stand in binaryData and in data', async () => {
    given = { configMap: { binaryData: { [ENABLED]: 'dHJ1ZQ==', other: '' } } };
    expect(await check('kubernetes-variables', 'B')).toMatchObject({
      ok: false,
      detail: `ConfigMap ${CONFIG} has ${ENABLED} in binaryData, so it cannot stand in data too: move it there (or use method A)`,
    });
  });

  test('an entry that hides the variable is named', async () => {
    given = { container: { ...WHOLE, env: [{ name: ENABLED, value: 'false' }] } };
    expect(await check('kubernetes-variables', 'B')).toMatchObject({
      ok: false,
      detail: `env[0], of container web sets ${ENABLED} and hides it`,
    });
  });
});
