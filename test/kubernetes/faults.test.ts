/** What breaks in a real cluster, and how a run ends then: with the cause by its name, everything back, and never for ever. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { ownKubeconfig } from '../cluster/own-cluster.js';
import { clusterPossible } from '../cluster/possible.js';
import { asked } from '../support/steering.js';
import { FaultBench, says } from './fault-bench.js';
import type { KubeStaging } from './kube-rig.js';

const possible = await clusterPossible();
if (!possible.possible) process.stdout.write(`kubernetes tests skipped: ${possible.why}\n`);
const onCluster = possible.possible ? describe : describe.skip;
const own = ownKubeconfig() !== undefined;
if (own) process.stdout.write('faults skipped in part: nodes of somebody else’s cluster are not cordoned\n');
const onOurs = own ? test.skip : test;

const NOT_PULLED = /container web: image localhost\/none:dev is not pulled \(ErrImageNeverPull/;
const ROLLOUT = { rolloutTimeout: '25s' };

let bench: FaultBench;
let staging: KubeStaging;

const off = async (): Promise<void> => {
  expect(new Set(await staging.servedFlags())).toEqual(new Set(['false']));
};

onCluster('faults in a cluster', () => {
  beforeAll(async () => {
    bench = await FaultBench.start();
  }, 3_600_000);
  afterAll(() => bench.close());
  afterEach(() => bench.clear());

  test('a process that dies at its start: named with its last lines, the old pods go on, all is back', async () => {
    staging = await bench.deploy('A', { rolloutTimeout: '90s' });
    await staging.web.setFaults(['crash-at-start']);
    const before = new Set((await staging.web.pods()).map(({ name }) => name));
    const { result } = await bench.kube.rig.approveAll(await bench.run());
    expect(result).toMatchObject({ outcome: 'ROLLED_BACK', verdict: 'NO_GO' });
    const [finding] = result.findings.filter(({ rule }) => rule === 'restart-loop');
    expect(finding?.because).toMatch(/dies \(exit code \d+.*Last lines of its log: .*crash-at-start/s);
    await off();
    // The pod template is the former one again, so its pods never had to go.
    expect(new Set((await staging.web.pods()).map(({ name }) => name))).toEqual(before);
  });

  test('a quota that allows no further pod: named, and taken back without one', async () => {
    staging = await bench.deploy('A', ROLLOUT);
    const { namespace } = staging.web;
    const { run, over } = await bench.atGate();
    await bench.core.createNamespacedResourceQuota({
      namespace,
      body: { metadata: { name: 'full' }, spec: { hard: { pods: '2' } } },
    });
    await bench.kube.rig.decide(run, 'enable');
    const { result } = await over;
    expect(result).toMatchObject({ outcome: 'ROLLED_BACK', verdict: 'NO_GO' });
    expect(JSON.stringify(result.findings)).toMatch(
      /namespace's quota allows no further pod \(FailedCreate: .*exceeded quota: full/,
    );
    await off();
  });

  test('by method B, a new pod that never becomes ready with the flag: taken back, and the old pods never went', async () => {
    staging = await bench.deploy('B', ROLLOUT);
    await bench.readyOnlyWhileOff();
    const template = (await staging.web.deployment()).spec?.template;
    const before = new Set((await staging.web.pods()).map(({ name }) => name));
    const run = await bench.run();
    const { result } = await Promise.race([
      bench.kube.rig.approveAll(run),
      asked(bench.kube.rig, run, 220_000),
    ]);
    expect(result).toMatchObject({ outcome: 'ROLLED_BACK', verdict: 'NO_GO', rollback: { complete: true } });
    await off();
    expect(new Set((await staging.web.pods()).map(({ name }) => name))).toEqual(before);
    expect((await staging.web.deployment()).spec?.template).toEqual(template);
  });

  test('a rollout that makes no progress within the Deployment’s own deadline: named, with the probe, and all is back', async () => {
    staging = await bench.deploy('A', { rolloutTimeout: '2m' });
    await bench.patchDeployment({ spec: { progressDeadlineSeconds: 15 } });
    await bench.readyOnlyWhileOff();
    const run = await bench.run();
    const { result } = await Promise.race([
      bench.kube.rig.approveAll(run),
      asked(bench.kube.rig, run, 220_000),
    ]);
    expect(result).toMatchObject({ outcome: 'ROLLED_BACK', verdict: 'NO_GO', rollback: { complete: true } });
    expect(result.findings.map(({ because }) => because).join('\n')).toMatch(
      /no progress for 15 seconds \(ProgressDeadlineExceeded\).*is not ready \(Unhealthy: Readiness probe failed/s,
    );
    await off();
  });

  onOurs('no node that takes a further pod: named, and the old pods go on', async () => {
    staging = await bench.deploy('A', ROLLOUT);
    const before = new Set((await staging.web.pods()).map(({ name }) => name));
    const { run, over } = await bench.atGate();
    await bench.cordon(true);
    try {
      await bench.kube.rig.decide(run, 'enable');
      const { result } = await over;
      expect(result).toMatchObject({
        outcome: 'ROLLED_BACK',
        verdict: 'NO_GO',
        rollback: { complete: true },
      });
      expect(result.findings.map(({ because }) => because).join('\n')).toMatch(
        /fits on no node \(Unschedulable: .*unschedulable/,
      );
      await off();
      expect(new Set((await staging.web.pods()).map(({ name }) => name))).toEqual(before);
    } finally {
      await bench.cordon(false);
    }
  });

  test.each(['A', 'B'] as const)(
    'by method %s, somebody scales it to nothing while the flag is on: the rollback is done, and the next pods are off',
    async (method) => {
      staging = await bench.deploy(method, ROLLOUT);
      const { run, over } = await bench.atGate();
      await bench.kube.rig.decide(run, 'enable');
      await bench.kube.rig.gate(run, 'soak');
      await bench.patchDeployment({ spec: { replicas: 0 } });
      await run.executeUpdate('rollback', { args: [{ by: 'Ada', reason: 'nobody is to use it' }] });
      const { result } = await over;
      expect(result).toMatchObject({ outcome: 'ROLLED_BACK', rollback: { complete: true } });
      expect(JSON.stringify(result.rollback)).toMatch(
        /no process serves \(0 replicas\); the next ones will carry TEAM_VNEXT_DUAL_WRITE_ENABLED=false/,
      );
      await bench.patchDeployment({ spec: { replicas: 2 } });
      await staging.web.untilRolledOut();
      await off();
    },
  );

  test('an image that is not there, by somebody else in the middle of it: named; back when he has mended it', async () => {
    staging = await bench.deploy('A', ROLLOUT);
    const { run, over } = await bench.atGate();
    const { spec } = await staging.web.deployment();
    const image = spec?.template.spec?.containers[0]?.image ?? '';
    const withImage = (name: string): object => ({
      spec: { template: { spec: { containers: [{ name: staging.web.container, image: name }] } } },
    });
    await bench.patchDeployment(withImage('localhost/none:dev'));
    await bench.kube.rig.decide(run, 'enable');
    // It is told before anything is changed; here nobody minds.
    const { findings } = await bench.kube.rig.attention(run);
    expect(findings.find(({ rule }) => rule === 'target-edited-before-enabling')?.because).toMatch(
      /image .* became localhost\/none:dev, by somebody/,
    );
    await run.executeUpdate('skip', { args: [{ by: 'Ada', reason: 'it is meant' }] });
    await bench.kube.rig.until(run, says(NOT_PULLED));
    await bench.kube.rig.until(run, ({ outcome, flag }) => outcome !== null || flag === 'taking-back');
    await bench.patchDeployment(withImage(image));
    const { result } = await over;
    expect(result).toMatchObject({ outcome: 'ROLLED_BACK' });
    expect(result.findings.map(({ because }) => because).join('\n')).toMatch(NOT_PULLED);
    await off();
    // What is his stays.
    expect((await staging.web.deployment()).spec?.template.spec?.containers[0]?.image).toBe(image);
  });

  test('a pod is deleted in the middle of the smoke test: another one comes up with the flag, and nothing is called broken', async () => {
    staging = await bench.deploy('A');
    const { run, over } = await bench.atGate();
    await bench.kube.rig.decide(run, 'enable');
    await bench.kube.rig.until(run, says(/^flow 2, /));
    const [pod] = await staging.web.pods();
    await bench.core.deleteNamespacedPod({ name: pod?.name ?? '', namespace: staging.web.namespace });
    void bench.kube.rig.approveAll(run).catch(() => undefined);
    const { result } = await Promise.race([over, asked(bench.kube.rig, run, 220_000)]);
    expect(['GO', 'INCONCLUSIVE']).toContain(result.verdict);
    expect(result.outcome).toBe('COMPLETED');
    expect(new Set(await staging.servedFlags())).toEqual(new Set(['true']));
  });

  test('somebody edits the Deployment while the flag is on: people are asked, with his name; his edit outlives the rollback', async () => {
    staging = await bench.deploy('A');
    const { run, over } = await bench.atGate();
    await bench.kube.rig.decide(run, 'enable');
    await bench.kube.rig.gate(run, 'soak');
    const { container } = staging.web;
    await bench.patchDeployment({
      spec: {
        template: { spec: { containers: [{ name: container, env: [{ name: 'HIS_OWN', value: '1' }] }] } },
      },
    });
    const { findings } = await bench.kube.rig.attention(run);
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
    staging = await bench.deploy('A');
    const before = (await staging.web.deployment()).metadata?.resourceVersion;
    await bench.core.deleteNamespacedServiceAccount({ name: 'readiness', namespace: staging.web.namespace });
    const run = await bench.run({ failFast: true });
    const { result } = await bench.kube.rig.end(run);
    expect(result.outcome).toBe('REFUSED');
    expect(JSON.stringify(result.problems)).toMatch(
      /answered HTTP 401.*credentials are wrong or have run out/,
    );
    expect((await staging.web.deployment()).metadata?.resourceVersion).toBe(before);
  });
});
