/** Containers that end during a run, and what the rules make of it. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { AppsV1Api, PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import type { RunStatus } from '../../procedure/status.js';
import { execInPod, type ReadyPod } from '../cluster/pods.js';
import { clusterPossible } from '../cluster/possible.js';
import { clientConfig } from '../cluster/ready.js';
import { WEB_IMAGE } from '../cluster/settings.js';
import type { RunEnd } from '../support/rig.js';
import { KubeRig, type KubeStaging } from './kube-rig.js';

const possible = await clusterPossible();
if (!possible.possible) process.stdout.write(`kubernetes tests skipped: ${possible.why}\n`);
const onCluster = possible.possible ? describe : describe.skip;

let kube: KubeRig;
let staging: KubeStaging;

type Run = Awaited<ReturnType<KubeRig['rig']['run']>>;
let open: Run | null = null;

/** With the flag on in every pod, waiting at gate soak. */
async function enabled(): Promise<{ readonly run: Run; readonly over: Promise<RunEnd> }> {
  const run = await kube.rig.run({ environment: staging.environment, soak: '6s', soakInterval: '3s' });
  open = run;
  const over = kube.rig.end(run);
  over.catch(() => undefined);
  await kube.rig.decide(run, 'enable');
  await kube.rig.gate(run, 'soak');
  return { run, over };
}

async function anyPod(): Promise<ReadyPod> {
  const [pod] = await staging.web.pods();
  if (pod === undefined) throw new Error('no pod is ready');
  return pod;
}

const seconds = (since: number): string => String(Math.round((performance.now() - since) / 1000));

const because =
  (rule: string) =>
  ({ findings }: Pick<RunStatus, 'findings'>): string =>
    findings.find((one) => one.rule === rule)?.because ?? '';

/** The first process of the container ends as if it had been asked to. */
const endFirstProcess = (pod: ReadyPod): Promise<unknown> =>
  staging.web.exec(pod, ['sh', '-c', 'kill -TERM 1']);

/** Takes memory until the kernel kills it, as soon as it is told to: which process the kernel takes is certain for a lonely one. */
const HUNGRY = `import os, time
while not os.path.exists('/tmp/eat'): time.sleep(0.1)
eaten = []
while True: eaten.append(bytearray(os.urandom(1 << 16)) * 64)`;

/** One more container in every pod. */
async function addSidecar(): Promise<void> {
  const { name, namespace } = staging.web;
  const sidecar = {
    ...{ name: 'sidecar', image: WEB_IMAGE, imagePullPolicy: 'Never', command: ['python3', '-c', HUNGRY] },
    resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { memory: '64Mi' } },
  };
  await clientConfig(kube.cluster.kubeconfig)
    .makeApiClient(AppsV1Api)
    .patchNamespacedDeployment(
      { name, namespace, body: { spec: { template: { spec: { containers: [sidecar] } } } } },
      setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch),
    );
  await staging.web.untilRolledOut();
}

onCluster('containers that end during a run', () => {
  beforeAll(async () => {
    const samples = { measured: 4, warmUp: 1 };
    kube = await KubeRig.start({ samples, thresholds: { lagBudget: '2s' } });
  }, 3_600_000);
  afterAll(() => kube.close());
  afterEach(async () => {
    if (open !== null) {
      await open.executeUpdate('rollback', { args: [{ by: 'Ada', reason: 'over' }] }).catch(() => undefined);
      await kube.rig.end(open);
    }
    open = null;
    await staging.close();
  });

  test('one is killed for memory at gate soak: told with pod, container and exit code, and the run goes on', async () => {
    staging = await kube.staging('A');
    await addSidecar();
    const { run, over } = await enabled();
    const { name: pod } = await anyPod();
    const began = performance.now();
    const where = { namespace: staging.web.namespace, pod, container: 'sidecar' };
    await execInPod(kube.cluster.kubeconfig, where, ['sh', '-c', ': >/tmp/eat']);
    const told = because('unexpected-restart');
    const status = await kube.rig.until(run, (one) => told(one) !== '');
    process.stdout.write(`told ${seconds(began)} s after it was made to: ${told(status)}\n`);
    expect(told(status)).toMatch(
      new RegExp(
        `container sidecar of pod ${pod} was killed because it used too much memory \\(OOMKilled, exit code 137\\)`,
      ),
    );
    expect(status.findings.find(({ rule }) => rule === 'unexpected-restart')).toMatchObject({
      ...{ action: 'continue', severity: 'LOW' },
    });
    await staging.web.untilRolledOut();
    void kube.rig.approveAll(run).catch(() => undefined);
    const { result } = await over;
    expect(result).toMatchObject({ outcome: 'COMPLETED', verdict: 'GO' });
    expect(new Set(await staging.servedFlags())).toEqual(new Set(['true']));
  });

  test.each([
    ['one of two pods', 2],
    ['the only pod, so that nothing serves', 1],
  ])('a crash loop of %s at gate soak ends the run, and the flag is off', async (_of, replicas) => {
    staging = await kube.staging('A', {}, replicas);
    const { over } = await enabled();
    const pod = await anyPod();
    await staging.web.setFaults(['crash-at-start']);
    const began = performance.now();
    await endFirstProcess(pod);
    const { result } = await over;
    process.stdout.write(`rolled back ${seconds(began)} s after the first end\n`);
    expect(result).toMatchObject({ outcome: 'ROLLED_BACK', verdict: 'NO_GO' });
    expect(because('restart-loop')(result)).toContain(
      `container ${pod.name}/web dies again and again (CrashLoopBackOff)`,
    );
    expect(new Set(await staging.servedFlags())).toEqual(new Set(['false']));
  });
});
