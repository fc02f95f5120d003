/** A rollback that has nothing captured to go back to: the two variables that matter off, in one patch; nothing else is touched. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { clusterPossible } from '../cluster/possible.js';
import { until } from '../cluster/ready.js';
import { CONFIG } from '../cluster/web-manifests.js';
import { FaultBench, says } from './fault-bench.js';

const possible = await clusterPossible();
if (!possible.possible) process.stdout.write(`kubernetes tests skipped: ${possible.why}\n`);
const onCluster = possible.possible ? describe : describe.skip;

const ENABLED = 'TEAM_VNEXT_DUAL_WRITE_ENABLED';
const ON = { TEAM_VNEXT_DUAL_WRITE_ENABLED: 'true', TEAM_VNEXT_DUAL_WRITE_STRICT_MODE: 'true' };
const OFF = { TEAM_VNEXT_DUAL_WRITE_ENABLED: 'false', TEAM_VNEXT_DUAL_WRITE_STRICT_MODE: 'false' };

let bench: FaultBench;

const envOf = async (): Promise<Readonly<Record<string, string | undefined>>> => {
  const { spec } = await bench.staging.web.deployment();
  const env = spec?.template.spec?.containers[0]?.env ?? [];
  return Object.fromEntries(env.map(({ name, value }) => [name, value]));
};

const configOf = async (): Promise<Readonly<Record<string, string>>> => {
  const { namespace } = bench.staging.web;
  return (await bench.core.readNamespacedConfigMap({ namespace, name: CONFIG })).data ?? {};
};

const rollback = (): Promise<unknown> =>
  bench.kube.rig.client.workflow.execute('rollback', {
    taskQueue: 'readiness',
    workflowId: `rollback-${String(Date.now())}`,
    args: [{ environment: bench.staging.environment, by: 'Ada', reason: 'nobody knows who did it' }],
  });

/** As somebody does it by hand, with strict mode. */
async function switchOn(method: 'A' | 'B'): Promise<void> {
  const { web } = bench.staging;
  if (method === 'B') await bench.patchConfigMap(ON);
  const env = Object.entries(ON).map(([name, value]) => ({ name, value }));
  const container = { name: web.container, ...(method === 'A' ? { env } : {}) };
  await bench.patchDeployment({
    spec: {
      template: { metadata: { annotations: { somebody: 'was here' } }, spec: { containers: [container] } },
    },
  });
  await web.untilRolledOut();
}

onCluster('a rollback without a captured state', () => {
  beforeAll(async () => {
    bench = await FaultBench.start({ rollback: { patience: '5s' } });
  }, 3_600_000);
  afterAll(() => bench.close());
  afterEach(() => bench.clear());

  test.each(['A', 'B'] as const)('by method %s: both variables off, with one rollout', async (method) => {
    const staging = await bench.deploy(method);
    await switchOn(method);
    expect(new Set(await staging.servedFlags())).toEqual(new Set(['true']));
    const before = { revision: await staging.web.revision(), env: await envOf(), config: await configOf() };
    expect(await rollback()).toMatchObject({ by: 'safe-values', rollback: { complete: true } });
    expect(new Set(await staging.servedFlags())).toEqual(new Set(['false']));
    expect((await staging.web.revision()) - before.revision).toBe(1);
    expect(await envOf()).toEqual({ ...before.env, ...(method === 'A' ? OFF : {}) });
    expect(await configOf()).toEqual({ ...before.config, ...(method === 'B' ? OFF : {}) });
    const { spec } = await staging.web.deployment();
    expect(spec?.template.metadata?.annotations).toMatchObject({ somebody: 'was here' });
  });

  test('by method B, while its pods hang with the flag on: one restart that does not wait for them', async () => {
    const staging = await bench.deploy('B', { rolloutTimeout: '60s' });
    await bench.readyOnlyWhileOff();
    await bench.patchConfigMap(ON);
    // Read before the restart: whether the controller has numbered it already would be chance.
    const revision = (await staging.web.revision()) + 1;
    await bench.patchDeployment({
      spec: { template: { metadata: { annotations: { somebody: 'restarted it' } } } },
    });
    // One that starts only after the ConfigMap was put back would carry the safe value, and need no restart.
    await until('a new pod has started with the flag on, and hangs', async () => {
      const { items } = await bench.core.listNamespacedPod({ namespace: staging.web.namespace });
      return items.some(
        ({ metadata, status }) =>
          metadata?.deletionTimestamp === undefined &&
          (status?.containerStatuses ?? []).some(
            ({ state, ready }) => state?.running !== undefined && !ready,
          ),
      );
    });
    await expect(rollback()).resolves.toMatchObject({ by: 'safe-values', rollback: { complete: true } });
    expect(new Set(await staging.servedFlags())).toEqual(new Set(['false']));
    expect(await staging.web.revision()).toBe(revision + 1);
  });
});

onCluster('a rollback of what somebody else has written meanwhile', () => {
  beforeAll(async () => {
    bench = await FaultBench.start({ rollback: { patience: '5s' } });
  }, 3_600_000);
  afterAll(() => bench.close());
  afterEach(() => bench.clear());

  test('by method A, where it was absent and now comes from a ConfigMap: written over, in one rollout, and named', async () => {
    const staging = await bench.deploy('A');
    const { container } = staging.web;
    const env = [{ name: ENABLED, $patch: 'delete' }];
    await bench.patchDeployment({ spec: { template: { spec: { containers: [{ name: container, env }] } } } });
    await staging.web.untilRolledOut();
    const { run, over } = await bench.atGate();
    await bench.kube.rig.decide(run, 'enable');
    await bench.kube.rig.gate(run, 'soak');
    await bench.patchConfigMap({ [ENABLED]: 'true' });
    const revision = await staging.web.revision();
    await run.executeUpdate('rollback', { args: [{ by: 'Ada', reason: 'enough' }] });
    const { result } = await over;
    expect(result).toMatchObject({ outcome: 'ROLLED_BACK', rollback: { complete: true } });
    expect(JSON.stringify(result.rollback)).toMatch(
      /key TEAM_VNEXT_DUAL_WRITE_ENABLED of ConfigMap deltacrown-config gives it TEAM_VNEXT_DUAL_WRITE_ENABLED=true/,
    );
    expect(new Set(await staging.servedFlags())).toEqual(new Set(['false']));
    expect(await staging.web.revision()).toBe(revision + 1);
  });

  test('by method B, an entry of the Deployment that hides it: named and never called done; done when it is taken out', async () => {
    const staging = await bench.deploy('B', { rolloutTimeout: '60s' });
    const { container } = staging.web;
    const withEntry = (entry: object): object => ({
      spec: { template: { spec: { containers: [{ name: container, env: [{ name: ENABLED, ...entry }] }] } } },
    });
    const { run, over } = await bench.atGate();
    await bench.kube.rig.decide(run, 'enable');
    await bench.kube.rig.gate(run, 'soak');
    await bench.patchDeployment(withEntry({ value: 'true' }));
    await bench.kube.rig.attention(run);
    await run.executeUpdate('rollback', { args: [{ by: 'Ada', reason: 'not agreed on' }] });
    await bench.kube.rig.until(run, says(/env\[\d+\] gives it TEAM_VNEXT_DUAL_WRITE_ENABLED=true/));
    await bench.patchDeployment(withEntry({ $patch: 'delete' }));
    const { result } = await over;
    expect(result).toMatchObject({ outcome: 'ROLLED_BACK', rollback: { complete: true } });
    expect(new Set(await staging.servedFlags())).toEqual(new Set(['false']));
  });
});
