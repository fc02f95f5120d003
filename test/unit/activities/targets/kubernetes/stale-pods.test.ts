import { describe, expect, test } from '@jest/globals';
import type { V1ContainerState } from '@kubernetes/client-node';
import { failure } from '../../../../../activities/support/failure.js';
import { RESTARTED_AT } from '../../../../../activities/targets/kubernetes/env-patch.js';
import { ROLLBACK_MANAGERS } from '../../../../../activities/targets/kubernetes/ownership.js';
import { stalePod } from '../../../../../activities/targets/kubernetes/stale-pods.js';
import { RETRYABLE } from '../../../../../procedure/failures.js';
import { deploymentWith, managed, podWith, replicaSetWith } from './objects.js';

const RESTART = ['f:spec', 'f:template', 'f:metadata', 'f:annotations', `f:${RESTARTED_AT}`];
const at = (seconds: number) => new Date(Date.UTC(2026, 10, 28, 0, 0, seconds));

interface Scene {
  readonly state?: V1ContainerState;
  readonly changedAt: Date | null;
  readonly restartedBy?: string;
  readonly judgeUnread?: boolean;
  readonly owner?: string;
  readonly leaving?: boolean;
}

function asked({
  state = { running: { startedAt: at(10) } },
  changedAt,
  judgeUnread = true,
  ...rest
}: Scene) {
  const deployment = deploymentWith();
  Object.assign(deployment.metadata ?? {}, {
    annotations: { 'deployment.kubernetes.io/revision': '2' },
    managedFields: rest.restartedBy === undefined ? [] : [managed(rest.restartedBy, [RESTART])],
  });
  const pod = podWith('a', {
    container: { state, ready: false },
    ...(rest.owner === undefined ? {} : { owner: rest.owner }),
    leaving: rest.leaving === true,
  });
  return stalePod({
    objects: {
      deployment,
      replicaSets: [replicaSetWith('rs-new', '2'), replicaSetWith('rs-old', '1')],
      pods: [pod],
      events: [],
    },
    ...{ container: 'web', judgeUnread },
    readPod: () => Promise.reject(failure(RETRYABLE.notServing, 'none of its processes listens')),
    differing: () => 'never asked',
    changedAt: () => Promise.resolve(changedAt),
  });
}

describe('a pod that cannot be read', () => {
  test.each<[string, Scene, boolean]>([
    ['was started before', { changedAt: at(11) }, true],
    ['was started in the same second', { changedAt: at(10) }, true],
    ['was started since', { changedAt: at(9) }, false],
    ['may be just coming up', { changedAt: at(11), judgeUnread: false }, false],
    ['was never started', { changedAt: at(11), state: { waiting: { reason: 'ImagePullBackOff' } } }, false],
    ['is of a former template', { changedAt: at(11), owner: 'rs-old' }, false],
    ['is on its way out', { changedAt: at(11), leaving: true }, false],
    ['is of the restart that enabled, time unknown', { changedAt: null, restartedBy: 'readiness' }, true],
    ["is of somebody's restart, time unknown", { changedAt: null, restartedBy: 'kubectl-rollout' }, true],
    ['was put back, time unknown', { changedAt: null, restartedBy: ROLLBACK_MANAGERS.putBack }, false],
    [
      'was restarted by a rollback, time unknown',
      { changedAt: null, restartedBy: ROLLBACK_MANAGERS.restart },
      false,
    ],
    ['nobody has restarted, time unknown', { changedAt: null }, false],
  ])('%s', async (_, scene, stale) => {
    const found = await asked(scene);
    if (stale) expect(found).toMatch(/pod a was started before the values were put back/);
    else expect(found).toBeNull();
  });
});
