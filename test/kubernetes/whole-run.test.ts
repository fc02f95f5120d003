/** The whole procedure on a real cluster, by methods A and B; a copy that fails, a cancel and a terminate take everything back. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import {
  AppsV1Api,
  CoreV1Api,
  PatchStrategy,
  setHeaderOptions,
  type V1Deployment,
} from '@kubernetes/client-node';
import type { PreconditionCheck } from '../../activities/contract.js';
import { observationsOf } from '../../procedure/observations.js';
import type { Plan } from '../../procedure/plan.js';
import { clusterPossible } from '../cluster/possible.js';
import { clientConfig } from '../cluster/ready.js';
import { CONFIG } from '../cluster/web-manifests.js';
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

  test.each([
    ['cancel', 'A'],
    ['terminate', 'A'],
    ['cancel', 'B'],
    ['terminate', 'B'],
  ] as const)('a %s takes it back in every pod, by method %s', async (how, method) => {
    staging = await kube.staging(method);
    const run = await kube.rig.run({ environment: staging.environment, soak: '6s', soakInterval: '3s' });
    await kube.rig.decide(run, 'enable');
    await kube.rig.gate(run, 'soak');
    expect(new Set(await staging.servedFlags())).toEqual(new Set(['true']));
    await run[how]();
    await kube.rig.client.workflow.getHandle(`environment-${staging.environment}`).result();
    expect(new Set(await staging.servedFlags())).toEqual(new Set(['false']));
  });

  test.each(['A', 'B'] as const)(
    'plan tells the exact patch of method %s, and changes nothing',
    async (letter) => {
      staging = await kube.staging(letter);
      const { namespace, name } = staging.web;
      const api = clientConfig(kube.cluster.kubeconfig);
      const [apps, core] = [api.makeApiClient(AppsV1Api), api.makeApiClient(CoreV1Api)];
      const versions = async (): Promise<unknown> => [
        (await staging.web.deployment()).metadata?.resourceVersion,
        (await core.readNamespacedConfigMap({ namespace, name: CONFIG })).metadata?.resourceVersion,
      ];
      const before = await versions();
      const told = (await kube.rig.client.workflow.execute('preflight', {
        taskQueue: 'readiness',
        workflowId: `plan-${String(Date.now())}`,
        args: [{ input: { environment: staging.environment }, check: true }],
      })) as { readonly plan: Plan; readonly checks: readonly PreconditionCheck[] };
      expect(told.checks.filter(({ status }) => status !== 'ok')).toEqual([]);
      expect(
        told.plan.steps.some(({ effect, what }) => effect === 'change-target' && /^patch /.test(what)),
      ).toBe(true);
      const shown = told.checks.find(({ id }) => id === 'kubernetes-patch')?.detail ?? '';
      // What is shown is what the server would do: asked to try it, it switches the flag on, and nothing but that.
      const [first = '', second] = shown.split('; then ');
      const [, object, kind, body] = /^PATCH (.+) \((.+)\): (.+)$/.exec(first) ?? [];
      const dryRun = { namespace, dryRun: 'All', body: JSON.parse(body ?? '') as object };
      const as = (type: string): ReturnType<typeof setHeaderOptions> =>
        setHeaderOptions('Content-Type', type);
      if (letter === 'A') {
        expect({ object, kind, second }).toEqual({
          ...{ object: `deployment ${namespace}/${name}`, kind: PatchStrategy.JsonPatch, second: undefined },
        });
        const then = await apps.patchNamespacedDeployment({ ...dryRun, name }, as(PatchStrategy.JsonPatch));
        const now = await staging.web.deployment();
        expect(envOf(then)).toEqual({ ...envOf(now), TEAM_VNEXT_DUAL_WRITE_ENABLED: 'true' });
      } else {
        expect({ object, kind }).toEqual({
          ...{ object: `config map ${namespace}/${CONFIG}`, kind: PatchStrategy.MergePatch },
        });
        const then = await core.patchNamespacedConfigMap(
          { ...dryRun, name: CONFIG },
          as(PatchStrategy.MergePatch),
        );
        const now = await core.readNamespacedConfigMap({ namespace, name: CONFIG });
        expect(then.data).toEqual({ ...now.data, TEAM_VNEXT_DUAL_WRITE_ENABLED: 'true' });
        expect(second).toContain(`PATCH deployment ${namespace}/${name}`);
      }
      expect(await versions()).toEqual(before);
    },
  );
});

const envOf = ({ spec }: V1Deployment): Record<string, unknown> =>
  Object.fromEntries(
    (spec?.template.spec?.containers ?? []).flatMap(({ env }) =>
      (env ?? []).map((one) => [one.name, one.value]),
    ),
  );
