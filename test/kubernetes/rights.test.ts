/** The rights of `deploy/kubernetes/role.yaml` on a real server: all of them do, and each one that is missing is named before a run. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { KubernetesObjectApi, PatchStrategy } from '@kubernetes/client-node';
import { createKubernetesTarget } from '../../activities/targets/kubernetes/kubernetes-target.js';
import { rightsFor, rightText, SEED_NAMES, type Right } from '../../activities/targets/kubernetes/rights.js';
import { roleRules } from '../../activities/targets/kubernetes/role-manifest.js';
import type { AccessFinding } from '../../activities/targets/target.js';
import { BASELINE_FLAGS } from '../../procedure/flags.js';
import { clusterPossible } from '../cluster/possible.js';
import { clientConfig, until } from '../cluster/ready.js';
import { KubeRig, type KubeStaging } from './kube-rig.js';

const possible = await clusterPossible();
if (!possible.possible) process.stdout.write(`kubernetes tests skipped: ${possible.why}\n`);
const onCluster = possible.possible ? describe : describe.skip;

const RIGHTS = rightsFor(SEED_NAMES);

let kube: KubeRig;
let staging: KubeStaging;

/** The service account has exactly these from now on. */
async function grant(rights: readonly Right[]): Promise<void> {
  const objects = KubernetesObjectApi.makeApiClient(clientConfig(kube.cluster.kubeconfig));
  const metadata = { name: 'readiness', namespace: staging.web.namespace };
  const role = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata,
    rules: roleRules(rights),
  };
  await objects.patch(role, undefined, undefined, 'readiness-test', true, PatchStrategy.ServerSideApply);
}

async function check(id: string): Promise<AccessFinding> {
  const { namespace, name, container } = staging.web;
  const target = createKubernetesTarget(
    {
      method: 'kubernetes-config-map',
      ...{ kubeconfig: staging.kubeconfig, context: null, namespace, container, deployment: name },
      ...{ configMap: 'deltacrown-config', python: 'python', manage: { command: ['python', 'manage.py'] } },
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
      'kubernetes-owner',
    ])
      expect([id, await check(id)]).toEqual([id, expect.objectContaining({ ok: true })]);
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

  test('a run without one of them is refused, with its name, and nothing is changed', async () => {
    const missing = RIGHTS.filter(({ verb, resource }) => verb === 'create' && resource === 'pods/exec');
    await grant(RIGHTS.filter((one) => !missing.includes(one)));
    await until('the server knows it', async () => !(await check('kubernetes-rights')).ok);
    const before = (await staging.web.deployment()).metadata?.resourceVersion;
    const run = await kube.rig.run({ environment: staging.environment, failFast: true, soak: '0s' });
    const { result } = await kube.rig.end(run);
    expect(result.outcome).toBe('REFUSED');
    expect(JSON.stringify(result.problems)).toMatch(/create pods\/exec/);
    expect((await staging.web.deployment()).metadata?.resourceVersion).toBe(before);
    await grant(RIGHTS);
  });
});
