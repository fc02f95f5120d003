/** Set and put back again and again: two rollouts a cycle, and the Deployment is what it was. READINESS_CYCLES = how many (10). */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { V1Deployment } from '@kubernetes/client-node';
import { createKubernetesTarget } from '../../activities/targets/kubernetes/kubernetes-target.js';
import { freePermission } from '../../activities/targets/permission.js';
import { BASELINE_FLAGS, ENABLE_CHANGE } from '../../procedure/flags.js';
import { clusterPossible } from '../cluster/possible.js';
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
    staging = await kube.staging('A', {}, 1);
  }, 3_600_000);
  afterAll(async () => {
    await staging.close();
    await kube.close();
  });

  test(
    `${String(CYCLES)} of them`,
    async () => {
      const { namespace, name, container } = staging.web;
      const target = createKubernetesTarget(
        {
          method: 'kubernetes-env',
          ...{ kubeconfig: staging.kubeconfig, context: null, namespace, container, deployment: name },
          ...{
            configMap: 'deltacrown-config',
            python: 'python',
            manage: { command: ['python', 'manage.py'] },
          },
          restartTimeoutMs: CYCLE_MS,
        },
        { readinessProblem: () => Promise.resolve(null), baseline: BASELINE_FLAGS },
      );
      const signal = new AbortController().signal;
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
        expect(on).toMatchObject({ status: 'complete', restarted: false });
        expect(new Set(await staging.servedFlags())).toEqual(new Set(['true']));
        const { written, wanted } = await target.putBack(capture, freePermission, signal);
        expect(written).toBe(true);
        expect(await target.settle({ ...common, wanted }, signal)).toMatchObject({ status: 'complete' });
        expect(await staging.web.revision()).toBe(revision + 2 * cycle);
      }
      expect(decided(await staging.web.deployment())).toEqual(decided(before));
      expect(new Set(await staging.servedFlags())).toEqual(new Set(['false']));
    },
    CYCLES * CYCLE_MS,
  );
});
