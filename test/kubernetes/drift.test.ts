/** The target is changed between the baseline and enabling: people are asked while nothing of the run's is there. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import {
  AppsV1Api,
  PatchStrategy,
  setHeaderOptions,
  type V1Deployment,
  type V1EnvVar,
} from '@kubernetes/client-node';
import type { RunStatus } from '../../procedure/status.js';
import { clusterPossible } from '../cluster/possible.js';
import { clientConfig } from '../cluster/ready.js';
import { CONFIG } from '../cluster/web-manifests.js';
import { KubeRig, type KubeStaging } from './kube-rig.js';

const possible = await clusterPossible();
if (!possible.possible) process.stdout.write(`kubernetes tests skipped: ${possible.why}\n`);
const onCluster = possible.possible ? describe : describe.skip;

const ENABLED = 'TEAM_VNEXT_DUAL_WRITE_ENABLED';
const HIS_OWN: V1EnvVar = { name: 'HIS_OWN', value: '1' };
const EDITED = 'target-edited-before-enabling';

let kube: KubeRig;
let staging: KubeStaging;
let apps: AppsV1Api;

type Run = Awaited<ReturnType<KubeRig['rig']['run']>>;

let open: Run | null = null;

/** As `kubectl` does it, by somebody else; in the end it has rolled out. */
async function edit(spec: object): Promise<void> {
  const { name, namespace } = staging.web;
  await apps.patchNamespacedDeployment(
    { name, namespace, body: { spec }, fieldManager: 'somebody' },
    setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch),
  );
  await staging.web.untilRolledOut();
}
const variables = (env: readonly object[]): object => ({
  template: { spec: { containers: [{ name: staging.web.container, env }] } },
});
const setHisOwn = (): object => variables([HIS_OWN]);
const takeHisOwnBack = (): object => variables([{ $patch: 'delete', name: HIS_OWN.name }]);

const envOf = ({ spec }: V1Deployment): V1EnvVar[] => spec?.template.spec?.containers[0]?.env ?? [];
const managersOf = ({ metadata }: V1Deployment): (string | undefined)[] =>
  (metadata?.managedFields ?? []).map(({ manager }) => manager);
const edited = ({ findings }: RunStatus) => findings.find(({ rule }) => rule === EDITED);
const answer = (run: Run, command: 'retry' | 'skip' | 'rollback', reason: string): Promise<unknown> =>
  run.executeUpdate(command, { args: [{ by: 'Ada', reason }] });

/** A run at gate enable, with its end, which nobody has to wait for. */
async function atGate() {
  open = await kube.rig.run({ environment: staging.environment, soak: '6s', soakInterval: '3s' });
  const over = kube.rig.end(open);
  over.catch(() => undefined);
  const status = await kube.rig.gate(open, 'enable');
  return { run: open, over, status };
}

onCluster('a target that is changed before enabling', () => {
  beforeAll(async () => {
    kube = await KubeRig.start({ samples: { measured: 4, warmUp: 1 }, thresholds: { lagBudget: '2s' } });
    apps = clientConfig(kube.cluster.kubeconfig).makeApiClient(AppsV1Api);
  }, 3_600_000);
  afterAll(() => kube.close());
  afterEach(async () => {
    // One that failed in the middle would keep the next one from the environment.
    if (open !== null) {
      await answer(open, 'rollback', 'over').catch(() => undefined);
      await kube.rig.end(open);
    }
    open = null;
    await staging.close();
  });

  test('another variable: asked with his name before anything is changed; rolled back, the run has touched nothing', async () => {
    staging = await kube.staging('A');
    const { run, over } = await atGate();
    await edit(setHisOwn());
    await kube.rig.decide(run, 'enable');
    const status = await kube.rig.attention(run);
    expect(edited(status)).toMatchObject({
      action: 'ask',
      because: expect.stringMatching(/container web: HIS_OWN was set, by somebody \(Update, 20\d\d-/),
    });
    expect(status.waiting).toMatchObject({ onDeadline: 'the run ends as REJECTED, nothing was changed' });
    const asked = await staging.web.deployment();
    expect(managersOf(asked)).not.toContain('readiness');
    expect(envOf(asked)).toContainEqual({ name: ENABLED, value: 'false' });
    await answer(run, 'rollback', 'not agreed on');
    expect((await over).result).toMatchObject({ outcome: 'REJECTED' });
    const after = await staging.web.deployment();
    expect(after.metadata?.generation).toBe(asked.metadata?.generation);
    expect(managersOf(after)).not.toContain('readiness');
    expect(envOf(after)).toContainEqual(HIS_OWN);
  });

  test('taken back and said so: compared again, nothing is left of it, and the run goes on (method B)', async () => {
    staging = await kube.staging('B');
    const { namespace } = staging.web;
    const labels = { app: 'worker' };
    const container = { name: 'app', image: 'none', envFrom: [{ configMapRef: { name: CONFIG } }] };
    const template = { metadata: { labels }, spec: { containers: [container] } };
    await apps.createNamespacedDeployment({
      namespace,
      body: {
        metadata: { name: 'worker' },
        spec: { replicas: 0, selector: { matchLabels: labels }, template },
      },
    });
    const { run, status } = await atGate();
    expect(status.waiting?.proof.join('\n')).toMatch(
      new RegExp(`Know before: ConfigMap ${CONFIG} is not the target's alone: .*Deployment worker`),
    );
    await edit(setHisOwn());
    await kube.rig.decide(run, 'enable');
    expect(edited(await kube.rig.attention(run))).toBeDefined();
    await edit(takeHisOwnBack());
    await answer(run, 'retry', 'it was taken back');
    const further = await kube.rig.gate(run, 'soak');
    expect(edited(further)).toBeUndefined();
    expect(new Set(await staging.servedFlags())).toEqual(new Set(['true']));
  });

  test('an older template and another scale: both named; let pass, and what comes after is asked about anew', async () => {
    staging = await kube.staging('A');
    await edit(setHisOwn());
    const { run, over } = await atGate();
    await edit({ ...takeHisOwnBack(), replicas: 1 });
    await kube.rig.decide(run, 'enable');
    const { findings } = await kube.rig.attention(run);
    expect(findings).toContainEqual(
      expect.objectContaining({
        rule: EDITED,
        because: expect.stringMatching(/the pod template is that of revision 1 again/),
      }),
    );
    expect(findings).toContainEqual(
      expect.objectContaining({
        rule: 'target-scaled',
        because: expect.stringMatching(/scaled from 2 to 1 replicas, by somebody/),
      }),
    );
    await edit(setHisOwn());
    await answer(run, 'skip', 'it is meant');
    const again = await kube.rig.until(run, (status) =>
      /HIS_OWN was set/.test(edited(status)?.because ?? ''),
    );
    expect(edited(again)?.because).toMatch(/revision 1 again/);
    await kube.rig.attention(run);
    await answer(run, 'skip', 'this too');
    const further = await kube.rig.gate(run, 'soak');
    expect(further.verdict).toBe('INCONCLUSIVE');
    expect(further.verdictReasons.join(' ')).toMatch(/another one than the baseline/);
    await kube.rig.decide(run, 'soak', { command: 'reject' });
    expect((await over).result.outcome).toBe('ROLLED_BACK');
    expect(envOf(await staging.web.deployment())).toContainEqual(HIS_OWN);
  });

  test('while the rollout of the run is under way: told by the first look after it', async () => {
    staging = await kube.staging('A');
    const { run, over } = await atGate();
    await kube.rig.decide(run, 'enable');
    while (!managersOf(await staging.web.deployment()).includes('readiness')) await pause(100);
    await edit(setHisOwn());
    const { findings } = await kube.rig.attention(run);
    expect(findings).toContainEqual(
      expect.objectContaining({
        rule: 'target-edited',
        because: expect.stringMatching(
          /^container web: HIS_OWN was set, by somebody \(Update, 20\d\d-[^;]*$/,
        ),
      }),
    );
    await answer(run, 'rollback', 'not agreed on');
    expect((await over).result).toMatchObject({ outcome: 'ROLLED_BACK' });
    expect(new Set(await staging.servedFlags())).toEqual(new Set(['false']));
    expect(envOf(await staging.web.deployment())).toContainEqual(HIS_OWN);
  });
});
