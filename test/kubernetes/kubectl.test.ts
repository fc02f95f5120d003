/** The same objects by kubectl and by us: which variables a container has, and whether a rollout is complete. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AppsV1Api, PatchStrategy, setHeaderOptions, type V1EnvVar } from '@kubernetes/client-node';
import { execa } from 'execa';
import { createKubernetesClient } from '../../activities/targets/kubernetes/client.js';
import { loadConnection } from '../../activities/targets/kubernetes/connection.js';
import { environmentOf } from '../../activities/targets/kubernetes/container-environment.js';
import { containerOf } from '../../activities/targets/kubernetes/env-patch.js';
import { rolloutState } from '../../activities/targets/kubernetes/rollout-state.js';
import { createWorkload, type Workload } from '../../activities/targets/kubernetes/workload.js';
import { clusterPossible } from '../cluster/possible.js';
import { clientConfig } from '../cluster/ready.js';
import { KubeRig, type KubeStaging } from './kube-rig.js';

const possible = await clusterPossible();
const there = (await execa('kubectl', ['version', '--client'], { reject: false })).exitCode === 0;
const why = !possible.possible ? possible.why : there ? null : 'there is no kubectl on PATH to compare with';
if (why !== null) process.stdout.write(`comparison with kubectl skipped: ${why}\n`);
const withKubectl = why === null ? describe : describe.skip;

let kube: KubeRig;
let staging: KubeStaging;
let workload: Workload;
const signal = new AbortController().signal;

async function kubectl(
  ...args: readonly string[]
): Promise<{ readonly exitCode: number; readonly stdout: string }> {
  const { kubeconfig } = kube.cluster;
  const { exitCode, stdout, stderr } = await execa(
    'kubectl',
    ['--kubeconfig', kubeconfig, '-n', staging.web.namespace, ...args],
    { reject: false, timeout: 30_000 },
  );
  return { exitCode: exitCode ?? -1, stdout: `${stdout}${stderr === '' ? '' : `\n${stderr}`}` };
}

async function patchEnv(env: readonly V1EnvVar[]): Promise<void> {
  const apps = clientConfig(kube.cluster.kubeconfig).makeApiClient(AppsV1Api);
  const { name, namespace, container } = staging.web;
  const body = { spec: { template: { spec: { containers: [{ name: container, env }] } } } };
  const how = setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch);
  await apps.patchNamespacedDeployment({ name, namespace, body }, how);
}

withKubectl('kubectl and we', () => {
  beforeAll(async () => {
    kube = await KubeRig.start();
    staging = await kube.staging('A');
    const connection = loadConnection({ kubeconfig: kube.cluster.kubeconfig, context: null });
    const { namespace, name } = staging.web;
    workload = createWorkload(createKubernetesClient(connection), { namespace, deployment: name });
  }, 3_600_000);
  afterAll(async () => {
    await staging.close();
    await kube.close();
  });

  test('see the same variables (kubectl set env --list --resolve)', async () => {
    await patchEnv([
      { name: 'PLAIN', value: 'a b' },
      { name: 'EMPTY', value: '' },
      {
        name: 'OF_CONFIG',
        valueFrom: { configMapKeyRef: { name: 'deltacrown-config', key: 'ALLOWED_HOSTS' } },
      },
      { name: 'OF_SECRET', valueFrom: { secretKeyRef: { name: 'deltacrown-secrets', key: 'DATABASE_URL' } } },
    ]);
    await staging.web.untilRolledOut();
    const { stdout } = await kubectl('set', 'env', `deployment/${staging.web.name}`, '--list', '--resolve');
    const theirs = stdout.split('\n').filter((line) => /^[A-Z][A-Z0-9_]*=/.test(line));
    const { container } = containerOf(await workload.readDeployment({ signal }), staging.web.container);
    const environment = environmentOf(container, await workload.readSources(container, { signal }));
    const ours = (container.env ?? []).map(
      ({ name }) => `${name}=${environment.claims(name).at(-1)?.value ?? '(unknown)'}`,
    );
    expect(theirs.length).toBeGreaterThanOrEqual(8);
    expect([...ours].sort()).toEqual([...theirs].sort());
    // And the pods themselves do as well.
    const [pod] = await staging.web.pods();
    if (pod === undefined) throw new Error('no pod is ready');
    const inPod = (await staging.web.exec(pod, ['env'])).stdout.split('\n');
    expect(ours.filter((line) => !inPod.includes(line))).toEqual([]);
  });

  test('say at the same time whether a rollout is complete (kubectl rollout status)', async () => {
    const said = { complete: 0, progressing: 0 };
    await patchEnv([{ name: 'PLAIN', value: String(Date.now()) }]);
    const until = Date.now() + 60_000;
    while (Date.now() < until && said.complete < 3) {
      const before = await workload.readRollout({ signal });
      const { exitCode, stdout } = await kubectl(
        'rollout',
        'status',
        `deployment/${staging.web.name}`,
        '--watch=false',
      );
      const after = await workload.readRollout({ signal });
      expect(exitCode).toBe(0);
      // Somebody moved in between: nothing can be said of that moment.
      if (before.deployment.metadata?.resourceVersion !== after.deployment.metadata?.resourceVersion)
        continue;
      const theirs = /successfully rolled out/.test(stdout);
      const ours = [before, after].map((objects) => rolloutState(objects).kind);
      // We wait for the old pods to be gone as well, which kubectl does not.
      if (!theirs) expect(ours).not.toContain('complete');
      if (ours[0] === 'complete') expect(theirs).toBe(true);
      said[ours[1] === 'complete' ? 'complete' : 'progressing'] += 1;
    }
    expect(said.complete).toBeGreaterThanOrEqual(3);
    expect(said.progressing).toBeGreaterThanOrEqual(1);
  });
});
