/** Parts of the cluster that are away for a while, or refuse: waited for, with the cause by its name; nothing hangs, nothing is lost. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import {
  ApiException,
  FlowcontrolApiserverV1Api,
  PatchStrategy,
  setHeaderOptions,
} from '@kubernetes/client-node';
import { createKubernetesClient } from '../../activities/targets/kubernetes/client.js';
import { loadConnection } from '../../activities/targets/kubernetes/connection.js';
import { execInPod } from '../../activities/targets/kubernetes/exec.js';
import { rightsFor, SEED_NAMES } from '../../activities/targets/kubernetes/rights.js';
import { ownKubeconfig } from '../cluster/own-cluster.js';
import { clusterPossible } from '../cluster/possible.js';
import { clientConfig, until } from '../cluster/ready.js';
import type { RunEnd } from '../support/rig.js';
import { asked } from '../support/steering.js';
import { cutBetween } from './cutting-proxy.js';
import { FaultBench, says, type AtGate } from './fault-bench.js';
import type { KubeStaging } from './kube-rig.js';
import { grantRights } from './service-account.js';

const possible = await clusterPossible();
if (!possible.possible) process.stdout.write(`kubernetes tests skipped: ${possible.why}\n`);
const own = ownKubeconfig() !== undefined;
if (own)
  process.stdout.write('outages skipped in part: the parts of somebody else’s cluster are not stopped\n');
const onCluster = possible.possible ? describe : describe.skip;
const onOurs = own ? test.skip : test;
/** A control plane that has just come back takes its time, and more of it on a busy machine. */
const LONG_MS = 420_000;

let bench: FaultBench;
let staging: KubeStaging;
/** What a test has taken away, and how it comes back. */
const back: (() => Promise<unknown>)[] = [];

const bringBack = async (): Promise<void> => {
  for (const one of back.splice(0)) await one();
};

const served = async (value: 'true' | 'false'): Promise<void> => {
  expect(new Set(await staging.servedFlags())).toEqual(new Set([value]));
};

/** With what keeps it from GO, otherwise. */
function expectGo({ verdict, verdictReasons, findings }: RunEnd['result']): void {
  expect([verdict, ...verdictReasons, ...findings.map(({ because }) => because)].join('\n')).toMatch(/^GO\b/);
}

/** Approves the gate, and returns when the Deployment has its new pod template. */
async function untilRollingOut({ run }: AtGate): Promise<void> {
  const before = await staging.web.revision();
  await bench.kube.rig.decide(run, 'enable');
  await until('the new template is there', async () => (await staging.web.revision()) > before);
}

/** Approves what is left; a question to people is an error. */
async function toTheEnd({ run, over }: AtGate): Promise<RunEnd['result']> {
  void bench.kube.rig.approveAll(run).catch(() => undefined);
  const { result } = await Promise.race([over, asked(bench.kube.rig, run, 220_000)]);
  return result;
}

onCluster('outages of a cluster', () => {
  beforeAll(async () => {
    bench = await FaultBench.start({ rollback: { patience: '5s' } });
  }, 3_600_000);
  afterAll(() => bench.close());
  afterEach(async () => {
    await bringBack();
    await bench.clear();
  });

  onOurs(
    'the API server is away for 30 s in the middle of the rollout: waited for, and one rollout',
    async () => {
      staging = await bench.deploy('A');
      const before = await staging.web.revision();
      const at = await bench.atGate();
      await untilRollingOut(at);
      await bench.kube.cluster.stopApiServer();
      back.push(() => bench.kube.cluster.startApiServer());
      await pause(30_000);
      await bringBack();
      const result = await toTheEnd(at);
      expectGo(result);
      await served('true');
      expect((await staging.web.revision()) - before).toBe(1);
    },
    LONG_MS,
  );

  onOurs(
    'the API server is away while everything is to be taken back: taken back when it is there again',
    async () => {
      staging = await bench.deploy('A');
      const { run, over } = await bench.atGate();
      await bench.kube.rig.decide(run, 'enable');
      await bench.kube.rig.gate(run, 'soak');
      await bench.kube.cluster.stopApiServer();
      back.push(() => bench.kube.cluster.startApiServer());
      await run.executeUpdate('rollback', { args: [{ by: 'Ada', reason: 'enough' }] });
      // When its patience is over people are told, and it goes on.
      await bench.kube.rig.until(run, says(/ROLLBACK INCOMPLETE so far.*ECONNREFUSED/));
      await bringBack();
      expect((await over).result.outcome).toBe('ROLLED_BACK');
      await served('false');
    },
    LONG_MS,
  );

  onOurs(
    'the kubelet is away in the middle of the rollout: rolled back, with the cause, once it is there again',
    async () => {
      staging = await bench.deploy('A', { rolloutTimeout: '25s' });
      const at = await bench.atGate();
      await untilRollingOut(at);
      await bench.kube.cluster.stopKubelet();
      back.push(() => bench.kube.cluster.startKubelet());
      await bench.kube.rig.until(at.run, ({ flag }) => flag === 'taking-back');
      await pause(20_000);
      await bringBack();
      const { result } = await at.over;
      expect(result).toMatchObject({ outcome: 'ROLLED_BACK', verdict: 'NO_GO' });
      expect(result.findings.map(({ because }) => because).join('\n')).toMatch(
        /not complete after 25000 ms: .*(on node \S+: (its kubelet has not taken it up|container web: |Running, not ready|Pending, not ready)|on node \S+ of a former pod template still ends)/s,
      );
      await served('false');
    },
    LONG_MS,
  );

  test('sockets that are cut in the middle of everything: read again, and one rollout', async () => {
    staging = await bench.deploy('A');
    const proxy = await cutBetween(staging.kubeconfig);
    back.push(() => proxy.close());
    const { web } = staging;
    const [pod] = await web.pods();
    const place = { namespace: web.namespace, pod: pod?.name ?? '', container: web.container };
    const client = createKubernetesClient(loadConnection({ kubeconfig: staging.kubeconfig, context: null }));
    const signal = new AbortController().signal;
    const sleeping = execInPod(client, { ...place, argv: ['sleep', '15'] }, { timeoutMs: 20_000, signal });
    const began = performance.now();
    void pause(1500).then(() => proxy.cut());
    await expect(sleeping).rejects.toMatchObject({
      type: 'TargetUnreachable',
      message: expect.stringMatching(/run a command in pod .* before the command's end was told|ECONNRESET/),
    });
    expect(performance.now() - began).toBeLessThan(5000);

    const before = await web.revision();
    const at = await bench.atGate();
    const stop = new AbortController();
    back.unshift(() => Promise.resolve(stop.abort()));
    let cuts = 0;
    const cutting = (async () => {
      while (!stop.signal.aborted) {
        cuts += proxy.cut();
        await pause(200 + Math.random() * 1500);
      }
    })();
    await untilRollingOut(at);
    await pause(8000);
    // A call has a connection of its own, so how many there are at an instant is chance.
    await until('some more were cut', () => Promise.resolve(cuts > 2));
    stop.abort();
    await cutting;
    const result = await toTheEnd(at);
    expectGo(result);
    await served('true');
    expect((await web.revision()) - before).toBe(1);
  });

  test('an API server that has too much to do (429): asked again until it answers, and one rollout', async () => {
    staging = await bench.deploy('A');
    const before = await staging.web.revision();
    const at = await bench.atGate();
    await untilRollingOut(at);
    await refuseAll();
    await pause(12_000);
    await bringBack();
    const result = await toTheEnd(at);
    expectGo(result);
    await served('true');
    expect((await staging.web.revision()) - before).toBe(1);
  });

  test('a probe that fails with the new value: named with what the kubelet says, the old pods go on, all is back', async () => {
    staging = await bench.deploy('A', { rolloutTimeout: '25s' });
    const { web } = staging;
    const script = 'test "$TEAM_VNEXT_DUAL_WRITE_ENABLED" != true || { echo not with dual-write; exit 1; }';
    const readinessProbe = { httpGet: null, exec: { command: ['sh', '-c', script] } };
    await bench.patchDeployment({
      spec: { template: { spec: { containers: [{ name: web.container, readinessProbe }] } } },
    });
    await web.untilRolledOut();
    const pods = new Set((await web.pods()).map(({ name }) => name));
    const { result } = await bench.kube.rig.approveAll(await bench.run());
    expect(result).toMatchObject({ outcome: 'ROLLED_BACK', verdict: 'NO_GO' });
    expect(result.findings.map(({ because }) => because).join('\n')).toMatch(
      /not ready.*Readiness probe failed: not with dual-write/s,
    );
    await served('false');
    expect(new Set((await web.pods()).map(({ name }) => name))).toEqual(pods);
  });

  test('the right to change it is taken away while the flag is on: told by its name, and taken back once it is granted again', async () => {
    staging = await bench.deploy('A');
    const { namespace } = staging.web;
    const rights = rightsFor(SEED_NAMES);
    const { run, over } = await bench.atGate();
    await bench.kube.rig.decide(run, 'enable');
    await bench.kube.rig.gate(run, 'soak');
    back.push(() => grantRights(bench.kube.cluster, namespace, rights));
    const left = rights.filter(({ verb, resource }) => verb !== 'patch' || resource !== 'deployments');
    await grantRights(bench.kube.cluster, namespace, left);
    await untilRefused();
    await run.executeUpdate('rollback', { args: [{ by: 'Ada', reason: 'enough' }] });
    await bench.kube.rig.until(run, says(/ROLLBACK INCOMPLETE so far.*HTTP 403.*cannot patch resource/));
    await served('true');
    await bringBack();
    const { result } = await over;
    expect(result).toMatchObject({ outcome: 'ROLLED_BACK', rollback: { complete: true } });
    await served('false');
  });

  test('the worker is killed in the middle of the rollout: another one goes on, and one rollout', async () => {
    staging = await bench.deploy('A');
    const { rig } = bench.kube;
    const before = await staging.web.revision();
    const at = await bench.atGate();
    await untilRollingOut(at);
    await rig.worker.kill();
    rig.worker = await rig.startWorker();
    const result = await toTheEnd(at);
    expectGo(result);
    await served('true');
    expect((await staging.web.revision()) - before).toBe(1);
  });
});

/** A right that was taken away is still granted for a moment. */
async function untilRefused(): Promise<void> {
  const { namespace, name } = staging.web;
  const { apps } = createKubernetesClient(loadConnection({ kubeconfig: staging.kubeconfig, context: null }));
  const how = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);
  await until('the server refuses the patch', () =>
    apps.patchNamespacedDeployment({ namespace, name, body: {}, dryRun: 'All' }, how).then(
      () => false,
      (error: unknown) => error instanceof ApiException && error.code === 403,
    ),
  );
}

/** Gives the worker's account no seat at the API server: every request is answered 429 until it is brought back. */
async function refuseAll(): Promise<void> {
  const api = clientConfig(bench.kube.cluster.kubeconfig).makeApiClient(FlowcontrolApiserverV1Api);
  const name = 'readiness-test-refuse';
  const { namespace } = staging.web;
  await api.createPriorityLevelConfiguration({
    body: {
      metadata: { name },
      spec: {
        type: 'Limited',
        // It may not borrow seats of other levels either, which it otherwise does when they are idle.
        limited: {
          ...{ nominalConcurrencyShares: 0, lendablePercent: 0, borrowingLimitPercent: 0 },
          limitResponse: { type: 'Reject' },
        },
      },
    },
  });
  back.push(() => api.deletePriorityLevelConfiguration({ name }));
  await api.createFlowSchema({
    body: {
      metadata: { name },
      spec: {
        // 1 is the server's own.
        matchingPrecedence: 2,
        priorityLevelConfiguration: { name },
        rules: [
          {
            subjects: [{ kind: 'ServiceAccount', serviceAccount: { name: 'readiness', namespace } }],
            resourceRules: [
              { apiGroups: ['*'], resources: ['*'], verbs: ['*'], namespaces: ['*'], clusterScope: true },
            ],
          },
        ],
      },
    },
  });
  back.unshift(() => api.deleteFlowSchema({ name }));
  const client = createKubernetesClient(loadConnection({ kubeconfig: staging.kubeconfig, context: null }));
  await until('the account is refused', async () => {
    const answered = await client.core.listNamespacedPod({ namespace }).then(
      () => 200,
      (error: unknown) => (error instanceof ApiException ? error.code : 0),
    );
    return answered === 429;
  });
}
