/** The whole procedure on a real cluster, by methods A and B; a copy that fails, a cancel and a terminate take everything back. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { PreconditionCheck } from '../../activities/contract.js';
import { observationsOf } from '../../procedure/observations.js';
import type { Plan } from '../../procedure/plan.js';
import { clusterPossible } from '../cluster/possible.js';
import { asked, recordOf } from '../support/steering.js';
import { KubeRig, type KubeStaging } from './kube-rig.js';

const possible = await clusterPossible();
if (!possible.possible) process.stdout.write(`kubernetes tests skipped: ${possible.why}\n`);
const onCluster = possible.possible ? describe : describe.skip;

let kube: KubeRig;
let staging: KubeStaging;

onCluster('the whole run in a cluster', () => {
  beforeAll(async () => {
    const samples = { measured: 6, warmUp: 1 };
    kube = await KubeRig.start({ samples, thresholds: { lagBudget: '2s' } });
  }, 3_600_000);
  afterAll(() => kube.close());
  afterEach(() => staging.close());

  test.each(['A', 'B'] as const)('method %s: GO, with one rollout', async (method) => {
    staging = await kube.staging(method);
    const before = await staging.web.revision();
    const run = await kube.rig.run({ environment: staging.environment, soak: '6s', soakInterval: '3s' });
    const { result } = await Promise.race([kube.rig.approveAll(run), asked(kube.rig, run, 220_000)]);
    expect({ verdict: result.verdict, reasons: result.verdictReasons, because: result.reason }).toMatchObject(
      {
        verdict: 'GO',
      },
    );
    expect((await staging.web.revision()) - before).toBe(1);
    const served = await staging.servedFlags();
    expect(served.length).toBeGreaterThanOrEqual(4);
    expect(new Set(served)).toEqual(new Set(['true']));
    const { observations } = await recordOf(result.evidence?.path ?? '');
    const [flags] = observationsOf(observations, 'serving-flags').filter((one) => one.id === 'enable-flags');
    expect(new Set(flags?.processes.map(({ id }) => id.split(' ')[1]))).toEqual(
      new Set((await staging.web.pods()).map(({ name }) => name)),
    );
  });

  test.each(['A', 'B'] as const)(
    'method %s: a copy that fails takes it back in every pod',
    async (method) => {
      staging = await kube.staging(method);
      await staging.web.setFaults(['dual-write-fails']);
      const before = await staging.web.revision();
      const run = await kube.rig.run({ environment: staging.environment, soak: '6s', soakInterval: '3s' });
      const { result } = await kube.rig.approveAll(run);
      expect({ verdict: result.verdict, outcome: result.outcome, reason: result.reason }).toMatchObject({
        verdict: 'NO_GO',
        outcome: 'ROLLED_BACK',
      });
      expect(new Set(await staging.servedFlags())).toEqual(new Set(['false']));
      expect((await staging.web.revision()) - before).toBe(2);
    },
  );

  test.each(['cancel', 'terminate'] as const)('a %s takes it back in every pod', async (how) => {
    staging = await kube.staging('A');
    const run = await kube.rig.run({ environment: staging.environment, soak: '6s', soakInterval: '3s' });
    await kube.rig.decide(run, 'enable');
    await kube.rig.gate(run, 'soak');
    expect(new Set(await staging.servedFlags())).toEqual(new Set(['true']));
    await run[how]();
    await kube.rig.client.workflow.getHandle(`environment-${staging.environment}`).result();
    expect(new Set(await staging.servedFlags())).toEqual(new Set(['false']));
  });

  test('plan tells the exact patch, and changes nothing', async () => {
    staging = await kube.staging('A');
    const before = await staging.web.deployment();
    const told = (await kube.rig.client.workflow.execute('preflight', {
      taskQueue: 'readiness',
      workflowId: `plan-${String(Date.now())}`,
      args: [{ input: { environment: staging.environment }, check: true }],
    })) as { readonly plan: Plan; readonly checks: readonly PreconditionCheck[] };
    expect(told.checks.filter(({ status }) => status !== 'ok')).toEqual([]);
    const changes = told.plan.steps
      .filter(({ effect }) => effect === 'change-target')
      .map(({ what }) => what);
    expect(changes[0]).toMatch(
      /^patch deployment deltacrown\/deltacrown-web: env of container web TEAM_VNEXT_DUAL_WRITE_ENABLED=true .*in one patch/,
    );
    expect((await staging.web.deployment()).metadata?.resourceVersion).toBe(before.metadata?.resourceVersion);
  });
});
