/** The whole procedure on a real cluster, by methods A and B; a copy that fails, a cancel and a terminate take everything back. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { observationsOf } from '../../procedure/observations.js';
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
    const before = await revision();
    const run = await kube.rig.run({ environment: staging.environment, soak: '6s', soakInterval: '3s' });
    const { result } = await Promise.race([kube.rig.approveAll(run), asked(kube.rig, run, 220_000)]);
    expect({ verdict: result.verdict, reasons: result.verdictReasons, because: result.reason }).toMatchObject(
      {
        verdict: 'GO',
      },
    );
    expect((await revision()) - before).toBe(1);
    const served = await staging.servedFlags();
    expect(served.length).toBeGreaterThanOrEqual(4);
    expect(new Set(served)).toEqual(new Set(['true']));
    const { observations } = await recordOf(result.evidence?.path ?? '');
    const [flags] = observationsOf(observations, 'serving-flags').filter((one) => one.id === 'enable-flags');
    expect(new Set(flags?.processes.map(({ id }) => id.split(' ')[1]))).toEqual(
      new Set((await staging.web.pods()).map(({ name }) => name)),
    );
  });

  async function revision(): Promise<number> {
    return staging.web.revision();
  }
});
