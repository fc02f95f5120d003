/** The rights of `deploy/kubernetes/role.yaml` on a real server: all of them do, and each one that is missing is named before a run. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { KubernetesObjectApi, PatchStrategy } from '@kubernetes/client-node';
import { createKubernetesClient } from '../../activities/targets/kubernetes/client.js';
import { loadConnection } from '../../activities/targets/kubernetes/connection.js';
import { createKubernetesTarget } from '../../activities/targets/kubernetes/kubernetes-target.js';
import { rightsFor, rightText, SEED_NAMES, type Right } from '../../activities/targets/kubernetes/rights.js';
import { createWorkload } from '../../activities/targets/kubernetes/workload.js';
import type { AccessFinding } from '../../activities/targets/target.js';
import { BASELINE_FLAGS } from '../../procedure/flags.js';
import { clusterPossible } from '../cluster/possible.js';
import { clientConfig, until } from '../cluster/ready.js';
import { WEB_IMAGE } from '../cluster/settings.js';
import { CONFIG } from '../cluster/web-manifests.js';
import { KubeRig, type KubeStaging } from './kube-rig.js';
import { grantRights } from './service-account.js';

const possible = await clusterPossible();
if (!possible.possible) process.stdout.write(`kubernetes tests skipped: ${possible.why}\n`);
const onCluster = possible.possible ? describe : describe.skip;

const RIGHTS = rightsFor(SEED_NAMES);

let kube: KubeRig;
let staging: KubeStaging;

const grant = (rights: readonly Right[]): Promise<void> =>
  grantRights(kube.cluster, staging.web.namespace, rights);

async function check(id: string): Promise<AccessFinding> {
  const { namespace, name, container } = staging.web;
  const target = createKubernetesTarget(
    {
      method: 'kubernetes-config-map',
      ...{ kubeconfig: staging.kubeconfig, context: null, namespace, container, deployment: name },
      ...{ configMap: CONFIG, python: 'python', manage: { command: ['python', 'manage.py'] } },
      restartTimeoutMs: 60_000,
    },
    { readinessProblem: () => Promise.resolve(null), baseline: BASELINE_FLAGS },
  );
  const found = target.accessChecks().find((one) => one.id === id);
  if (found === undefined) throw new Error(`there is no check ${id}`);
  return found.run(new AbortController().signal);
}

onCluster('rights in a cluster', () => {
  beforeAll(async () => {
    kube = await KubeRig.start();
    staging = await kube.staging('B', {}, 1);
  }, 3_600_000);
  afterAll(async () => {
    await staging.close();
    await kube.close();
  });

  test('those of the manifest are enough for every check', async () => {
    for (const id of [
      'kubernetes-deployment',
      'kubernetes-rights',
      'kubernetes-variables',
      'kubernetes-pending',
      'kubernetes-patch',
      'kubernetes-owner',
      'kubernetes-config-map-users',
    ])
      expect([id, await check(id)]).toEqual([id, expect.objectContaining({ ok: true })]);
  });

  test('a worker in a pod uses the service account of its pod', async () => {
    // What the kubelet mounts into a pod, where nothing else is said about the cluster.
    const { users, clusters } = clientConfig(staging.kubeconfig);
    const server = new URL(clusters[0]?.server ?? '');
    const account = join(kube.cluster.folder, 'in-pod', 'var/run/secrets/kubernetes.io/serviceaccount');
    await mkdir(account, { recursive: true });
    await writeFile(join(account, 'token'), users[0]?.token ?? '');
    const { caData, caFile } = clusters[0] ?? {};
    await writeFile(
      join(account, 'ca.crt'),
      caData === undefined ? await readFile(caFile ?? '') : Buffer.from(caData, 'base64'),
    );
    await writeFile(join(account, 'namespace'), staging.web.namespace);
    const variables = { KUBERNETES_SERVICE_HOST: server.hostname, KUBERNETES_SERVICE_PORT: server.port };
    const before = { ...process.env };
    Object.assign(process.env, variables);
    try {
      const config = loadConnection({ kubeconfig: null, context: null }, join(kube.cluster.folder, 'in-pod'));
      const client = createKubernetesClient(config);
      const { namespace, name } = staging.web;
      const deployment = await createWorkload(client, { namespace, deployment: name }).readDeployment({
        signal: new AbortController().signal,
      });
      expect(deployment.metadata?.name).toBe(name);
    } finally {
      for (const key of Object.keys(variables)) {
        if (before[key] === undefined) Reflect.deleteProperty(process.env, key);
        else process.env[key] = before[key];
      }
    }
  });

  test('others who take the flags from the ConfigMap are named, whether they have a pod or not', async () => {
    const { namespace } = staging.web;
    const users = () => check('kubernetes-config-map-users');
    expect((await users()).notice).toBeUndefined();
    const image = { image: WEB_IMAGE, imagePullPolicy: 'Never', command: ['sleep', '600'] };
    const taking = { name: 'app', ...image, envFrom: [{ configMapRef: { name: CONFIG } }] };
    const labels = { app: 'worker' };
    const objects = KubernetesObjectApi.makeApiClient(clientConfig(kube.cluster.kubeconfig));
    await objects.create({
      ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'worker', namespace } },
      spec: {
        ...{ replicas: 0, selector: { matchLabels: labels } },
        template: { metadata: { labels }, spec: { containers: [taking] } },
      },
    });
    await objects.create({
      ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'debug', namespace } },
      spec: {
        ...{ containers: [{ name: 'app', ...image }], terminationGracePeriodSeconds: 0 },
        volumes: [{ name: 'config', configMap: { name: CONFIG } }],
      },
    });
    let found: AccessFinding | null = null;
    await until('the controller has made the ReplicaSet', async () => {
      found = await users();
      return found.detail.includes('worker');
    });
    expect(found).toMatchObject({
      ok: true,
      notice: expect.stringMatching(/reach Deployment worker \(variables.* and pod debug \(files/),
    });
  });

  test('a tool that puts its own value back is found by what the server recorded: not ready, with its name', async () => {
    const { namespace } = staging.web;
    expect(await check('kubernetes-owner')).toMatchObject({ ok: true });
    const objects = KubernetesObjectApi.makeApiClient(clientConfig(kube.cluster.kubeconfig));
    const apply = (data: Readonly<Record<string, string>>): Promise<unknown> =>
      objects.patch(
        { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: CONFIG, namespace }, data },
        ...([undefined, undefined, 'argocd-controller', true, PatchStrategy.ServerSideApply] as const),
      );
    await apply({ TEAM_VNEXT_DUAL_WRITE_ENABLED: 'false' });
    expect(await check('kubernetes-owner')).toMatchObject({
      ok: false,
      detail: expect.stringContaining('TEAM_VNEXT_DUAL_WRITE_ENABLED belongs to argocd-controller'),
    });
    // Another key of the same ConfigMap is nobody's business here.
    await apply({ SOMETHING_ELSE: '1' });
    const after = await check('kubernetes-owner');
    expect(after).toMatchObject({ ok: true });
    expect(after.detail).not.toContain('SOMETHING_ELSE');
  });

  test.each(
    RIGHTS.filter(({ verb, resource }) => !(verb === 'get' && resource === 'deployments')).map((right) => ({
      right,
      what: rightText(right),
    })),
  )('without the right to $what', async ({ right, what }) => {
    await grant(RIGHTS.filter((one) => one !== right));
    let found: AccessFinding | null = null;
    await until(`the server knows that ${what} is missing`, async () => {
      found = await check('kubernetes-rights');
      return !found.ok;
    });
    expect(found).toMatchObject({ ok: false, detail: expect.stringContaining(what) });
  });

  test.each([
    ['create pods/exec', /create pods\/exec/],
    ['patch deployments.apps deltacrown-web', /patch deployments\.apps deltacrown-web/],
    // Without this one nothing else can be asked about the Deployment: the server's own sentence names it.
    [
      'get deployments.apps deltacrown-web',
      /HTTP 403, [^.]*deployments\.apps .*cannot get resource .*Grant the right; deploy\/kubernetes\/role\.yaml/,
    ],
  ])(
    'a run without the right to %s is refused, with its name, and nothing is changed',
    async (what, named) => {
      const missing = RIGHTS.filter((one) => rightText(one) === what);
      expect(missing).toHaveLength(1);
      await grant(RIGHTS.filter((one) => !missing.includes(one)));
      await until('the server knows it', () =>
        check('kubernetes-rights').then(
          ({ ok }) => !ok,
          () => true,
        ),
      );
      const before = (await staging.web.deployment()).metadata?.resourceVersion;
      const run = await kube.rig.run({ environment: staging.environment, failFast: true, soak: '0s' });
      const { result } = await kube.rig.end(run);
      expect(result.outcome).toBe('REFUSED');
      expect((result.problems ?? []).map(({ message }) => message).join('\n')).toMatch(named);
      expect((await staging.web.deployment()).metadata?.resourceVersion).toBe(before);
      await grant(RIGHTS);
    },
  );
});
