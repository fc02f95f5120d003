import { describe, expect, test } from '@jest/globals';
import type { V1Deployment } from '@kubernetes/client-node';
import type { RolloutObjects } from '../../../../../activities/targets/kubernetes/rollout-state.js';
import { settleRollout } from '../../../../../activities/targets/kubernetes/settle-rollout.js';
import type { Workload } from '../../../../../activities/targets/kubernetes/workload.js';
import { freePermission } from '../../../../../activities/targets/permission.js';
import type { SettleOptions, SettleResult } from '../../../../../activities/targets/target.js';
import { failure } from '../../../../../activities/support/failure.js';
import { RETRYABLE, TERMINAL } from '../../../../../procedure/failures.js';
import { BASELINE_FLAGS } from '../../../../../procedure/flags.js';
import { deploymentWith, ENABLED, podWith, replicaSetWith } from './objects.js';

type Look = 'complete' | 'progressing' | 'crash-loop' | Error;

/** A cluster that is seen like this, one look after the other (the last one for ever). */
interface Scene {
  readonly looks: readonly Look[];
  /** The flag in the serving processes, before and after a restart of ours. */
  readonly served: readonly [before: string, after: string];
  /** What new pods would carry. */
  readonly carried?: string;
  readonly page?: string | null;
  readonly options?: Partial<SettleOptions>;
  readonly timeoutMs?: number;
}

async function settle(scene: Scene): Promise<SettleResult & { readonly patches: number }> {
  let at = 0;
  let patches = 0;
  const readDeployment = (): Promise<V1Deployment> => Promise.resolve(deploymentWith());
  const workload = {
    readDeployment,
    readRollout: () => {
      const look = scene.looks[Math.min(at, scene.looks.length - 1)] ?? 'complete';
      at += 1;
      return look instanceof Error ? Promise.reject(look) : Promise.resolve(objectsOf(look));
    },
    patchDeployment: () => {
      patches += 1;
      return readDeployment();
    },
  } as unknown as Workload;
  const flags = (value: string) => ({ ...BASELINE_FLAGS, [ENABLED]: value });
  const result = await settleRollout(
    {
      ...{ workload, what: 'deployment deltacrown/deltacrown-web', timeoutMs: scene.timeoutMs ?? 20_000 },
      readServing: () =>
        Promise.resolve([{ id: 'pod a pid 7', values: flags(scene.served[patches > 0 ? 1 : 0]) }]),
      carried: () => Promise.resolve(flags(scene.carried ?? 'true')),
      readinessProblem: () => Promise.resolve(scene.page ?? null),
      lastLines: () => Promise.resolve(['RuntimeError: no']),
    },
    {
      ...{ wanted: { [ENABLED]: 'true' }, permission: freePermission, readiness: 'required' },
      ...scene.options,
      signal: new AbortController().signal,
    },
  );
  return { ...result, patches };
}

function objectsOf(look: Exclude<Look, Error>): RolloutObjects {
  const deployment = deploymentWith();
  Object.assign(deployment.metadata ?? {}, { annotations: { 'deployment.kubernetes.io/revision': '2' } });
  const updated = look === 'complete' ? 2 : 1;
  deployment.status = {
    ...{ observedGeneration: 1, replicas: 2, readyReplicas: 2 },
    ...{ updatedReplicas: updated, availableReplicas: updated },
  };
  const dying = {
    restartCount: 3,
    ready: false,
    state: { waiting: { reason: 'CrashLoopBackOff' } },
    lastState: { terminated: { exitCode: 3, reason: 'Error' } },
  };
  const pods = look === 'crash-loop' ? [podWith('a', { container: dying })] : [podWith('a'), podWith('b')];
  return { deployment, replicaSets: [replicaSetWith('rs-new', '2')], pods, events: [] };
}

const away = failure(RETRYABLE.targetUnreachable, 'the API server does not answer');

describe('a rollout is settled', () => {
  test.each<[string, Scene, object]>([
    [
      'at once',
      { looks: ['complete'], served: ['true', 'true'] },
      { status: 'complete', restarted: false, patches: 0 },
    ],
    [
      'when it has come to its end',
      { looks: ['progressing', 'complete'], served: ['true', 'true'] },
      { status: 'complete', patches: 0 },
    ],
    [
      'by one restart, where the pods have not read a ConfigMap',
      { looks: ['complete'], served: ['false', 'true'] },
      { status: 'complete', restarted: true, patches: 1 },
    ],
    [
      'though the API server is away for a while',
      { looks: [away, 'complete'], served: ['true', 'true'] },
      { status: 'complete', patches: 0 },
    ],
  ])('%s', async (_, scene, expected) => {
    expect(await settle(scene)).toMatchObject(expected);
  });

  test('never by a restart when new pods would carry another value: somebody took it back meanwhile', async () => {
    const result = await settle({
      looks: ['complete'],
      served: ['false', 'true'],
      carried: 'false',
      timeoutMs: 1500,
    });
    expect(result).toMatchObject({ status: 'failed', restarted: false, patches: 0 });
    expect(result.reason).toMatch(/pod a pid 7 carries TEAM_VNEXT_DUAL_WRITE_ENABLED=false instead of true/);
  });

  test('never by a second restart', async () => {
    const result = await settle({ looks: ['complete'], served: ['false', 'false'], timeoutMs: 2500 });
    expect(result).toMatchObject({ status: 'failed', restarted: true, patches: 1 });
  });

  test('not, when its processes die: at once, with their last lines', async () => {
    const result = await settle({ looks: ['crash-loop'], served: ['false', 'false'] });
    expect(result).toMatchObject({ status: 'failed', restartLoop: true, patches: 0 });
    expect(result.reason).toMatch(
      /dies \(exit code 3, Error; started again 3 times\)\. Last lines of its log: RuntimeError: no/,
    );
  });

  test('not, when the time is over: with what it waited for', async () => {
    const result = await settle({ looks: ['progressing'], served: ['false', 'true'], timeoutMs: 1500 });
    expect(result).toMatchObject({ status: 'failed', restartLoop: false });
    expect(result.reason).toMatch(/not complete after 1500 ms: 1 of 2 replicas have the newest pod template/);
  });

  test('not before the page is ready', async () => {
    const result = await settle({
      looks: ['complete'],
      served: ['true', 'true'],
      page: 'it answered 503',
      timeoutMs: 1500,
    });
    expect(result).toMatchObject({ status: 'failed', reason: expect.stringMatching(/it answered 503/) });
  });

  test('what no waiting mends is thrown on', async () => {
    const gone = failure(TERMINAL.notFound, 'there is no such Deployment');
    await expect(settle({ looks: [gone], served: ['true', 'true'] })).rejects.toThrow('no such Deployment');
  });
});
