/** Set and put back again and again: two rollouts a cycle, and the Deployment is what it was. READINESS_CYCLES = how many (10). */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { CoreV1Api, type V1Deployment } from '@kubernetes/client-node';
import { createKubernetesTarget } from '../../activities/targets/kubernetes/kubernetes-target.js';
import { freePermission } from '../../activities/targets/permission.js';
import { BASELINE_FLAGS, ENABLE_CHANGE } from '../../procedure/flags.js';
import { clusterPossible } from '../cluster/possible.js';
import { clientConfig } from '../cluster/ready.js';
import { CONFIG } from '../cluster/web-manifests.js';
import { KubeRig, type KubeStaging } from './kube-rig.js';

const possible = await clusterPossible();
if (!possible.possible) process.stdout.write(`kubernetes tests skipped: ${possible.why}\n`);
const onCluster = possible.possible ? describe : describe.skip;
const CYCLES = Number(process.env['READINESS_CYCLES'] ?? 10);
const CYCLE_MS = 60_000;

let kube: KubeRig;
let staging: KubeStaging;

/** What people decide of a Deployment, the time of its last restart included. */
function decided({ spec, metadata }: V1Deployment): unknown {
  return JSON.parse(JSON.stringify({ labels: metadata?.labels, spec })) as unknown;
}

onCluster('cycles in a cluster', () => {
  beforeAll(async () => {
    kube = await KubeRig.start();
  }, 3_600_000);
  afterEach(() => staging.close());
  afterAll(() => kube.close());

  test.each(['A', 'B'] as const)(
    `${String(CYCLES)} of them by method %s`,
    async (letter) => {
      staging = await kube.staging(letter, {}, 1);
      const { namespace, name, container } = staging.web;
      const target = createKubernetesTarget(
        {
          method: letter === 'A' ? 'kubernetes-env' : 'kubernetes-config-map',
          ...{ kubeconfig: staging.kubeconfig, context: null, namespace, container, deployment: name },
          ...{
            configMap: CONFIG,
            python: 'python',
            manage: { command: ['python', 'manage.py'] },
          },
          restartTimeoutMs: CYCLE_MS,
        },
        { readinessProblem: () => Promise.resolve(null), baseline: BASELINE_FLAGS },
      );
      const signal = new AbortController().signal;
      const core = clientConfig(kube.cluster.kubeconfig).makeApiClient(CoreV1Api);
      const values = async (): Promise<unknown> =>
        (await core.readNamespacedConfigMap({ namespace, name: CONFIG })).data;
      const valuesBefore = await values();
      const before = await staging.web.deployment();
      const revision = await staging.web.revision();
      const common = { permission: freePermission, readiness: 'required' } as const;
      for (let cycle = 1; cycle <= CYCLES; cycle += 1) {
        const capture = await target.captureFlags(signal);
        expect(capture.safe).toBe(true);
        expect(await target.setFlags(ENABLE_CHANGE, freePermission, signal)).toBe(true);
        // Asked again, as by a second try, it makes no second rollout.
        expect(await target.setFlags(ENABLE_CHANGE, freePermission, signal)).toBe(false);
        const on = await target.settle({ ...common, wanted: ENABLE_CHANGE }, signal);
        expect(on).toMatchObject({ status: 'complete', restarted: letter === 'B' });
        expect(new Set(await staging.servedFlags())).toEqual(new Set(['true']));
        const { written, wanted } = await target.putBack(capture, freePermission, signal);
        expect(written).toBe(true);
        expect(await target.settle({ ...common, wanted }, signal)).toMatchObject({ status: 'complete' });
        expect(await staging.web.revision()).toBe(revision + 2 * cycle);
      }
      const after = await staging.web.deployment();
      expect(decided(after)).toEqual(decided(before));
      expect(await values()).toEqual(valuesBefore);
      expect(new Set(await staging.servedFlags())).toEqual(new Set(['false']));
    },
    CYCLES * CYCLE_MS,
  );
});
