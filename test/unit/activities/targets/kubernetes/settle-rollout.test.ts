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
import { RESTARTED_AT } from '../../../../../activities/targets/kubernetes/env-patch.js';
import { ROLLBACK_MANAGERS } from '../../../../../activities/targets/kubernetes/ownership.js';
import { deploymentWith, ENABLED, managed, podWith, replicaSetWith } from './objects.js';

const RESTART = ['f:spec', 'f:template', 'f:metadata', 'f:annotations', `f:${RESTARTED_AT}`];
const STARTED = new Date('2026-11-28T00:00:00Z');

type Look = 'complete' | 'progressing' | 'crash-loop' | Error;

/** A cluster that is seen like this, one look after the other (the last one for ever). */
interface Scene {
  readonly looks: readonly Look[];
  /** The flag in the serving processes, before and after a restart of ours. */
  readonly served: readonly [before: string, after: string];
  /** What new pods would carry. */
  readonly carried?: string;
  readonly page?: string | null;
  /** How the first orders of a restart fail. */
  readonly refusals?: readonly Error[];
  readonly options?: Partial<SettleOptions>;
  /** The flag in a pod that is not ready; a failure when it cannot be read. */
  readonly inPod?: string | Error;
  readonly replicas?: number;
  /** Who ordered the restart that the template has. */
  readonly restartedBy?: string;
  readonly changedAt?: Date | null;
  /** Method B; true unless told. */
  readonly readsAtStart?: boolean;
  readonly timeoutMs?: number;
}

async function settle(
  scene: Scene,
): Promise<SettleResult & { readonly patches: number; readonly managers: readonly string[] }> {
  const managers: string[] = [];
  let at = 0;
  let patches = 0;
  let orders = 0;
  const readDeployment = (): Promise<V1Deployment> => Promise.resolve(deploymentWith());
  const workload = {
    readDeployment,
    readRollout: () => {
      const look = scene.looks[Math.min(at, scene.looks.length - 1)] ?? 'complete';
      at += 1;
      if (look instanceof Error) return Promise.reject(look);
      // A restart of ours brings pods up, whatever kept the former ones from it.
      return Promise.resolve(objectsOf(patches > 0 && isRollback ? 'complete' : look, scene));
    },
    patchDeployment: (_patch: unknown, _limits: unknown, manager = 'readiness') => {
      const refusal = scene.refusals?.[orders];
      orders += 1;
      if (refusal !== undefined) return Promise.reject(refusal);
      patches += 1;
      managers.push(manager);
      return readDeployment();
    },
  } as unknown as Workload;
  const isRollback = scene.options?.readiness === 'reported';
  const flags = (value: string) => ({ ...BASELINE_FLAGS, [ENABLED]: value });
  const result = await settleRollout(
    {
      ...{ workload, what: 'deployment deltacrown/deltacrown-web', timeoutMs: scene.timeoutMs ?? 20_000 },
      readServing: () =>
        Promise.resolve([{ id: 'pod a pid 7', values: flags(scene.served[patches > 0 ? 1 : 0]) }]),
      container: 'web',
      readPod: () => {
        const { inPod = scene.served[0] } = scene;
        return inPod instanceof Error
          ? Promise.reject(inPod)
          : Promise.resolve([{ id: 'pod a pid 9', values: flags(inPod) }]);
      },
      readsAtStart: scene.readsAtStart ?? true,
      changedAt: () => Promise.resolve(scene.changedAt ?? null),
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
  return { ...result, patches, managers };
}

function objectsOf(look: Exclude<Look, Error>, { replicas = 2, restartedBy }: Scene): RolloutObjects {
  const deployment = deploymentWith();
  Object.assign(deployment.spec ?? {}, { replicas });
  Object.assign(deployment.metadata ?? {}, { annotations: { 'deployment.kubernetes.io/revision': '2' } });
  if (restartedBy !== undefined)
    Object.assign(deployment.metadata ?? {}, { managedFields: [managed(restartedBy, [RESTART])] });
  const updated = Math.min(replicas, look === 'complete' ? 2 : 1);
  deployment.status = {
    ...{ observedGeneration: 1, replicas, readyReplicas: replicas },
    ...{ updatedReplicas: updated, availableReplicas: updated },
  };
  const dying = {
    restartCount: 3,
    ready: false,
    state: { waiting: { reason: 'CrashLoopBackOff' } },
    lastState: { terminated: { exitCode: 3, reason: 'Error', startedAt: STARTED } },
  };
  const running = { state: { running: { startedAt: STARTED } } };
  const pods =
    replicas === 0
      ? []
      : look === 'crash-loop'
        ? [podWith('a', { container: dying })]
        : [podWith('a', { container: running }), podWith('b', { container: running })];
  return { deployment, replicaSets: [replicaSetWith('rs-new', '2')], pods, events: [] };
}

const forbidden = failure(TERMINAL.unauthorized, 'HTTP 403');
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
      'by one restart, though the API server was away when it was first ordered',
      { looks: ['complete'], served: ['false', 'true'], refusals: [away] },
      { status: 'complete', restarted: true, patches: 1 },
    ],
    [
      'though the API server is away for a while',
      { looks: [away, 'complete'], served: ['true', 'true'] },
      { status: 'complete', patches: 0 },
    ],
    [
      'though the API server, just started again, does not know yet who has which rights',
      { looks: [away, forbidden, 'complete'], served: ['true', 'true'] },
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

describe('a rollback', () => {
  const before = new Date('2026-11-27T00:00:00Z');
  const after = new Date('2026-11-28T01:00:00Z');
  const options = { wanted: { [ENABLED]: 'false' }, readiness: 'reported' } as const;
  const scene = { carried: 'false', options, served: ['true', 'false'] } as const;
  const again = { status: 'complete', restarted: true, patches: 1, managers: [ROLLBACK_MANAGERS.restart] };

  test.each<[string, Scene]>([
    ['pods that never become ready and carry the other value', { ...scene, looks: ['progressing'] }],
    [
      'pods that die, and were started before the values were put back',
      { ...scene, looks: ['crash-loop'], changedAt: after },
    ],
    [
      'pods that die, of the restart that enabled, when nobody has recorded the time',
      { ...scene, looks: ['crash-loop'], restartedBy: 'readiness' },
    ],
    ['pods that have not read the ConfigMap', { ...scene, looks: ['complete'] }],
  ])('restarts once: %s', async (_, given) => {
    expect(await settle(given)).toMatchObject(again);
  });

  test.each<[string, Scene, RegExp]>([
    [
      'pods that carry the right value and do not become ready',
      { ...scene, looks: ['progressing'], inPod: 'false' },
      /1 of 2 replicas have the newest/,
    ],
    [
      'pods that are just coming up and cannot be read yet',
      {
        ...scene,
        looks: ['progressing'],
        inPod: failure(RETRYABLE.notServing, 'none listens'),
        changedAt: after,
      },
      /1 of 2 replicas have the newest/,
    ],
    [
      'pods that die, and were started since',
      { ...scene, looks: ['crash-loop'], changedAt: before, restartedBy: 'readiness' },
      /dies \(exit code 3/,
    ],
    [
      'pods that die, of the newest template of method A, in which the values stand',
      { ...scene, looks: ['crash-loop'], restartedBy: 'readiness', readsAtStart: false },
      /dies \(exit code 3/,
    ],
    [
      'what new pods would not get either',
      { ...scene, looks: ['complete'], carried: 'true' },
      /carries .*=true instead of false/,
    ],
    [
      'what a restart of a rollback has not changed: the image gives the value',
      { ...scene, looks: ['complete'], restartedBy: ROLLBACK_MANAGERS.restart, changedAt: before },
      /after a restart too: its image or its entrypoint/,
    ],
  ])('restarts nothing for %s', async (_, given, why) => {
    const result = await settle({ ...given, timeoutMs: 1500 });
    expect(result).toMatchObject({ status: 'failed', patches: 0, reason: expect.stringMatching(why) });
  });

  test('restarts once more, when a node may have started the pods with what it remembered', async () => {
    const seconds = new Date(STARTED.getTime() - 5000);
    const restartedBy = ROLLBACK_MANAGERS.restart;
    expect(await settle({ ...scene, looks: ['complete'], restartedBy, changedAt: seconds })).toMatchObject(
      again,
    );
  });

  test.each(['False', 'false', 'no'])(
    'takes %s for what it means: an image or an entrypoint gives it',
    async (served) => {
      const result = await settle({ ...scene, looks: ['complete'], served: [served, served] });
      expect(result).toMatchObject({ status: 'complete', patches: 0 });
    },
  );

  test('without replicas is done when the next pods carry the values, and says so', async () => {
    const result = await settle({ ...scene, looks: ['complete'], replicas: 0 });
    expect(result).toMatchObject({
      ...{ status: 'complete', patches: 0 },
      reason: `no process serves (0 replicas); the next ones will carry ${ENABLED}=false`,
    });
  });

  test('without replicas is not done while the next pods would carry another value', async () => {
    const result = await settle({
      ...scene,
      looks: ['complete'],
      replicas: 0,
      carried: 'true',
      timeoutMs: 1500,
    });
    expect(result).toMatchObject({
      status: 'failed',
      reason: expect.stringMatching(/next ones will carry .*=true/),
    });
  });
});

test('enabling without replicas waits for processes', async () => {
  const none = failure(RETRYABLE.notServing, 'No pod is ready.');
  const result = await settle({ looks: [none], served: ['true', 'true'], replicas: 0, timeoutMs: 1500 });
  expect(result).toMatchObject({ status: 'failed', reason: expect.stringMatching(/No pod is ready/) });
});
