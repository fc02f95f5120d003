/** What breaks in a real cluster, and how a run ends then: with the cause by its name, everything back, and never for ever. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import {
  AppsV1Api,
  CoreV1Api,
  PatchStrategy,
  setHeaderOptions,
  type V1Deployment,
} from '@kubernetes/client-node';
import type { RunStatus } from '../../procedure/status.js';
import { clusterPossible } from '../cluster/possible.js';
import { clientConfig } from '../cluster/ready.js';
import type { RunEnd } from '../support/rig.js';
import { asked } from '../support/steering.js';
import { KubeRig, type KubeStaging } from './kube-rig.js';

const possible = await clusterPossible();
if (!possible.possible) process.stdout.write(`kubernetes tests skipped: ${possible.why}\n`);
const onCluster = possible.possible ? describe : describe.skip;

const START = { soak: '6s', soakInterval: '3s' };
const ROLLOUT = { rolloutTimeout: '25s' };

let kube: KubeRig;
let staging: KubeStaging;
let core: CoreV1Api;
let apps: AppsV1Api;

type Run = Awaited<ReturnType<KubeRig['rig']['run']>>;

let open: Run | null = null;

async function start(): Promise<Run> {
  open = await kube.rig.run({ environment: staging.environment, ...START });
  return open;
}
const off = async (): Promise<void> => {
  expect(new Set(await staging.servedFlags())).toEqual(new Set(['false']));
};

/** At gate enable, where the preconditions are behind and nothing is changed yet. */
async function atGate(): Promise<{ readonly run: Run; readonly over: Promise<RunEnd> }> {
  const run = await start();
  const over = kube.rig.end(run);
  over.catch(() => undefined);
  await kube.rig.gate(run, 'enable');
  return { run, over };
}

async function patchDeployment(patch: object): Promise<V1Deployment> {
  const { name, namespace } = staging.web;
  const how = setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch);
  return apps.patchNamespacedDeployment({ name, namespace, body: patch, fieldManager: 'somebody' }, how);
}

const says = (text: RegExp) => (status: RunStatus) =>
  status.journal.some((line) => text.test(line.text)) ||
  status.findings.some((one) => text.test(one.because));

onCluster('faults in a cluster', () => {
  beforeAll(async () => {
    const samples = { measured: 4, warmUp: 1 };
    kube = await KubeRig.start({ samples, thresholds: { lagBudget: '2s' } });
    core = clientConfig(kube.cluster.kubeconfig).makeApiClient(CoreV1Api);
    apps = clientConfig(kube.cluster.kubeconfig).makeApiClient(AppsV1Api);
  }, 3_600_000);
  afterAll(() => kube.close());
  afterEach(async () => {
    // One that failed in the middle would keep the next one from the environment.
    if (open !== null) {
      await open.executeUpdate('rollback', { args: [{ by: 'Ada', reason: 'over' }] }).catch(() => undefined);
      await kube.rig.end(open);
    }
    open = null;
    await staging.close();
  });

  test('a process that dies at its start: named with its last lines, the old pods go on, all is back', async () => {
    staging = await kube.staging('A', { rolloutTimeout: '90s' });
    await staging.web.setFaults(['crash-at-start']);
    const before = new Set((await staging.web.pods()).map(({ name }) => name));
    const { result } = await kube.rig.approveAll(await start());
    expect(result).toMatchObject({ outcome: 'ROLLED_BACK', verdict: 'NO_GO' });
    const [finding] = result.findings.filter(({ rule }) => rule === 'restart-loop');
    expect(finding?.because).toMatch(/dies \(exit code \d+.*Last lines of its log: .*crash-at-start/s);
    await off();
    // The pod template is the former one again, so its pods never had to go.
    expect(new Set((await staging.web.pods()).map(({ name }) => name))).toEqual(before);
  });

  test('a quota that allows no further pod: named, and taken back without one', async () => {
    staging = await kube.staging('A', ROLLOUT);
    const { namespace } = staging.web;
    const { run, over } = await atGate();
    await core.createNamespacedResourceQuota({
      namespace,
      body: { metadata: { name: 'full' }, spec: { hard: { pods: '2' } } },
    });
    await kube.rig.decide(run, 'enable');
    const { result } = await over;
    expect(result).toMatchObject({ outcome: 'ROLLED_BACK', verdict: 'NO_GO' });
    expect(JSON.stringify(result.findings)).toMatch(/quota allows no further pod/);
    await off();
  });

  test('an image that is not there, by somebody else in the middle of it: named; back when he has mended it', async () => {
    staging = await kube.staging('A', ROLLOUT);
    const { run, over } = await atGate();
    const { spec } = await staging.web.deployment();
    const image = spec?.template.spec?.containers[0]?.image ?? '';
    const withImage = (name: string): object => ({
      spec: { template: { spec: { containers: [{ name: staging.web.container, image: name }] } } },
    });
    await patchDeployment(withImage('localhost/none:dev'));
    await kube.rig.decide(run, 'enable');
    await kube.rig.until(run, says(/ErrImageNeverPull|image/i));
    await kube.rig.until(run, ({ outcome, flag }) => outcome !== null || flag === 'taking-back');
    await patchDeployment(withImage(image));
    const { result } = await over;
    expect(result).toMatchObject({ outcome: 'ROLLED_BACK' });
    expect(JSON.stringify(result)).toMatch(/localhost\/none:dev|ErrImageNeverPull/);
    await off();
    // What is his stays.
    expect((await staging.web.deployment()).spec?.template.spec?.containers[0]?.image).toBe(image);
  });

  test('a pod is deleted in the middle of the smoke test: another one comes up with the flag, and nothing is called broken', async () => {
    staging = await kube.staging('A');
    const { run, over } = await atGate();
    await kube.rig.decide(run, 'enable');
    await kube.rig.until(run, says(/^flow 2, /));
    const [pod] = await staging.web.pods();
    await core.deleteNamespacedPod({ name: pod?.name ?? '', namespace: staging.web.namespace });
    void kube.rig.approveAll(run).catch(() => undefined);
    const { result } = await Promise.race([over, asked(kube.rig, run, 220_000)]);
    expect(['GO', 'INCONCLUSIVE']).toContain(result.verdict);
    expect(result.outcome).toBe('COMPLETED');
    expect(new Set(await staging.servedFlags())).toEqual(new Set(['true']));
  });

  test('somebody edits the Deployment while the flag is on: people are asked, with his name; his edit outlives the rollback', async () => {
    staging = await kube.staging('A');
    const { run, over } = await atGate();
    await kube.rig.decide(run, 'enable');
    await kube.rig.gate(run, 'soak');
    const { container } = staging.web;
    await patchDeployment({
      spec: {
        template: { spec: { containers: [{ name: container, env: [{ name: 'HIS_OWN', value: '1' }] }] } },
      },
    });
    const { findings } = await kube.rig.attention(run);
    expect(findings.find(({ rule }) => rule === 'target-edited')).toMatchObject({
      action: 'ask',
      because: expect.stringMatching(/container web: HIS_OWN was set, by somebody \(Update, 20\d\d-/),
    });
    await run.executeUpdate('rollback', { args: [{ by: 'Ada', reason: 'not agreed on' }] });
    expect((await over).result.outcome).toBe('ROLLED_BACK');
    await off();
    const env = (await staging.web.deployment()).spec?.template.spec?.containers[0]?.env ?? [];
    expect(env).toContainEqual({ name: 'HIS_OWN', value: '1' });
  });

  test('a token of an account that is gone: refused before anything is changed', async () => {
    staging = await kube.staging('A');
    const before = (await staging.web.deployment()).metadata?.resourceVersion;
    await core.deleteNamespacedServiceAccount({ name: 'readiness', namespace: staging.web.namespace });
    const run = await kube.rig.run({ environment: staging.environment, failFast: true, ...START });
    const { result } = await kube.rig.end(run);
    expect(result.outcome).toBe('REFUSED');
    expect(JSON.stringify(result.problems)).toMatch(/401|Unauthorized|not accepted|refused/i);
    expect((await staging.web.deployment()).metadata?.resourceVersion).toBe(before);
  });
});
