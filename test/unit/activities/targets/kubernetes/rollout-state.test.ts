import { describe, expect, test } from '@jest/globals';
import type { CoreV1Event, V1ContainerStatus, V1DeploymentStatus, V1Pod } from '@kubernetes/client-node';
import fc from 'fast-check';
import {
  rolloutProblemText,
  rolloutState,
  type RolloutObjects,
} from '../../../../../activities/targets/kubernetes/rollout-state.js';
import { deploymentWith, podWith, replicaSetWith } from './objects.js';

const DONE: V1DeploymentStatus = {
  observedGeneration: 3,
  replicas: 2,
  updatedReplicas: 2,
  availableReplicas: 2,
  readyReplicas: 2,
};
const OLD = replicaSetWith('rs-old', '1', { replicas: 0 });
const NEW = replicaSetWith('rs-new', '2');

function objects(
  status: Partial<V1DeploymentStatus>,
  { spec = {}, ...rest }: Partial<Omit<RolloutObjects, 'deployment'>> & { spec?: object } = {},
): RolloutObjects {
  const deployment = deploymentWith();
  Object.assign(deployment.metadata ?? {}, {
    generation: 3,
    annotations: { 'deployment.kubernetes.io/revision': '2' },
  });
  Object.assign(deployment.spec ?? {}, spec);
  deployment.status = Object.assign({}, DONE, status);
  return { deployment, replicaSets: [OLD, NEW], pods: [podWith('a'), podWith('b')], events: [], ...rest };
}

describe('a rollout that goes as it should', () => {
  test.each<[string, RolloutObjects, string]>([
    [
      'not seen by the server yet',
      objects({ observedGeneration: 2 }),
      'the newest change is not observed yet',
    ],
    ['never seen', { ...objects({}), deployment: deploymentWith() }, 'the newest change is not observed yet'],
    ['new replicas missing', objects({ updatedReplicas: 1 }), '1 of 2 replicas have the newest pod template'],
    [
      'old replicas left',
      objects({ replicas: 3 }),
      '1 replica(s) with a former pod template are still there',
    ],
    ['not available', objects({ availableReplicas: 1 }), '1 of 2 new replicas are available'],
    [
      'an old pod still ends, and serves meanwhile',
      objects({}, { pods: [podWith('a'), podWith('b'), podWith('old', { owner: 'rs-old', leaving: true })] }),
      'pod old of a former pod template still ends',
    ],
    [
      'an old pod still ends whose ReplicaSet is gone already (revisionHistoryLimit: 0)',
      objects(
        {},
        {
          pods: [podWith('a'), podWith('b'), podWith('old', { owner: 'deltacrown-web-7d9c', leaving: true })],
          replicaSets: [NEW],
        },
      ),
      'pod old of a former pod template still ends',
    ],
  ])('%s', (...[, given, waitingFor]) => {
    expect(rolloutState(given)).toMatchObject({ kind: 'progressing', waitingFor, problems: [] });
  });

  test.each<[string, RolloutObjects]>([
    ['all there', objects({})],
    [
      "others' pods and ended ones of old templates do not count",
      objects(
        {},
        {
          pods: [
            podWith('a'),
            podWith('other', { owner: 'rs-of-another', leaving: true }),
            podWith('like', { owner: 'deltacrown-web-api-7d9c', leaving: true }),
            podWith('new', { owner: 'deltacrown-web-8f00' }),
            podWith('done', { owner: 'deltacrown-web-7d9c', leaving: true, phase: 'Succeeded' }),
            podWith('evicted', { owner: 'rs-old', phase: 'Failed' }),
          ],
        },
      ),
    ],
  ])('complete: %s', (_, given) => {
    expect(rolloutState(given)).toEqual({ kind: 'complete', revision: '2', replicas: 2 });
  });

  test('scaled to zero it is complete, with no replica', () => {
    const none = objects(
      { replicas: 0, updatedReplicas: 0, availableReplicas: 0 },
      { spec: { replicas: 0 } },
    );
    expect(rolloutState(none)).toMatchObject({ kind: 'complete', replicas: 0 });
  });
});

const HALF = { updatedReplicas: 1, availableReplicas: 1, replicas: 3 };
const waiting = (reason: string, message?: string): Partial<V1ContainerStatus> => ({
  ready: false,
  state: { waiting: { reason, ...(message === undefined ? {} : { message }) } },
});
const died = (exitCode: number, reason: string) => ({
  terminated: { exitCode, reason, containerID: 'x' },
});
const pod = (container: Partial<V1ContainerStatus>): V1Pod => podWith('new-1', { container });

describe('a failure is named from the objects', () => {
  test.each<[V1Pod, 'failed' | 'progressing', string, string]>([
    [
      pod(waiting('ErrImagePull', 'not found')),
      'progressing',
      'image-pull',
      'pod new-1, container web: image web:1 is not pulled (ErrImagePull: not found)',
    ],
    [pod(waiting('ImagePullBackOff')), 'progressing', 'image-pull', '(ImagePullBackOff)'],
    [pod(waiting('ErrImageNeverPull')), 'failed', 'image-pull', '(ErrImageNeverPull)'],
    [pod(waiting('InvalidImageName')), 'failed', 'image-pull', '(InvalidImageName)'],
    [
      pod(waiting('CreateContainerConfigError', 'configmap "c" not found')),
      'progressing',
      'cannot-start',
      'cannot be started (CreateContainerConfigError: configmap "c" not found)',
    ],
    [
      pod({ ready: false, state: died(1, 'Error') }),
      'progressing',
      'crash-loop',
      'dies (exit code 1, Error; started again 0 times)',
    ],
    [
      pod({ ...waiting('CrashLoopBackOff'), restartCount: 1, lastState: died(3, 'Error') }),
      'progressing',
      'crash-loop',
      'dies (exit code 3, Error; started again 1 time)',
    ],
    [
      pod({ ...waiting('CrashLoopBackOff'), restartCount: 2, lastState: died(3, 'Error') }),
      'failed',
      'crash-loop',
      'started again 2 times',
    ],
    [
      pod({ ...waiting('CrashLoopBackOff'), restartCount: 2, lastState: died(0, 'Completed') }),
      'failed',
      'crash-loop',
      'exit code 0, Completed',
    ],
    [
      pod({ ready: false, restartCount: 5, lastState: died(3, 'Error') }),
      'progressing',
      'crash-loop',
      'started again 5 times',
    ],
    [
      pod({ ...waiting('CrashLoopBackOff'), restartCount: 2, lastState: died(137, 'OOMKilled') }),
      'failed',
      'out-of-memory',
      'needs more memory than its limit (exit code 137, OOMKilled; started again 2 times)',
    ],
    [
      podWith('new-1', {
        phase: 'Pending',
        containerStatuses: [],
        conditions: [
          {
            type: 'PodScheduled',
            status: 'False',
            reason: 'Unschedulable',
            message: '0/1 nodes are available: 1 Insufficient memory.',
          },
        ],
      }),
      'progressing',
      'unschedulable',
      'pod new-1 fits on no node (Unschedulable: 0/1 nodes are available: 1 Insufficient memory.)',
    ],
    [
      podWith('new-1', { phase: 'Failed', reason: 'Evicted', message: 'low on memory' }),
      'progressing',
      'pod-failed',
      'pod new-1 has failed (Evicted: low on memory)',
    ],
    [
      podWith('new-1', {
        phase: 'Pending',
        container: waiting('PodInitializing'),
        initContainerStatuses: [
          {
            name: 'migrate',
            image: 'm',
            imageID: '',
            ready: false,
            restartCount: 4,
            state: { waiting: { reason: 'CrashLoopBackOff' } },
            lastState: died(2, 'Error'),
          },
        ],
      }),
      'failed',
      'crash-loop',
      'container migrate dies (exit code 2',
    ],
  ])('%#', (...[given, kind, problem, text]) => {
    const state = rolloutState(objects(HALF, { pods: [podWith('good'), given] }));
    expect(state).toMatchObject({ kind, problems: [{ kind: problem }] });
    expect(state.kind === 'complete' ? '' : rolloutProblemText(state.problems)).toContain(text);
  });

  test('no problem: recovered', () => {
    const recovered = pod({ restartCount: 1, lastState: died(1, 'Error') });
    expect(rolloutState(objects(HALF, { pods: [recovered] }))).toMatchObject({ problems: [] });
  });

  const TAKEN = { startTime: new Date('2026-11-29T05:00:00Z') };
  const STARTING = waiting('ContainerCreating');
  test.each([
    {
      ...{ how: 'given to no node', container: STARTING, status: {}, nodeName: '' },
      text: 'pod new-1 has no node yet',
    },
    {
      ...{
        how: 'given to a node whose kubelet is silent',
        container: STARTING,
        status: {},
        nodeName: 'worker-1',
      },
      text: 'pod new-1 on node worker-1: its kubelet has not taken it up',
    },
    {
      ...{ how: 'starting', container: STARTING, status: TAKEN, nodeName: 'worker-1' },
      text: 'pod new-1 on node worker-1: container web: ContainerCreating',
    },
    {
      ...{ how: 'running', container: { ready: false }, status: TAKEN, nodeName: 'worker-1' },
      text: 'pod new-1 on node worker-1: Running, not ready',
    },
  ])('one that is not up is told with its node, and may come yet: $how', (given) => {
    const one = pod(given.container);
    Object.assign(one.status ?? {}, given.status);
    one.spec = { containers: [], ...(given.nodeName === '' ? {} : { nodeName: given.nodeName }) };
    expect(rolloutState(objects(HALF, { pods: [one] }))).toMatchObject({
      kind: 'progressing',
      problems: [{ kind: 'not-up-yet', pod: 'new-1', container: null, final: false, text: given.text }],
    });
  });

  test('a failing probe is told by its event, and only while the pod is not ready', () => {
    const event: CoreV1Event = {
      metadata: {},
      reason: 'Unhealthy',
      message: 'Readiness probe failed: HTTP probe failed with statuscode: 503',
      involvedObject: { uid: 'uid-new-1', fieldPath: 'spec.containers{web}' },
    };
    const state = rolloutState(objects(HALF, { pods: [pod({ ready: false })], events: [event] }));
    expect(state).toMatchObject({
      kind: 'progressing',
      problems: [
        {
          kind: 'failing-probe',
          container: 'web',
          text: 'pod new-1, container web is not ready (Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 503)',
        },
      ],
    });
    expect(rolloutState(objects(HALF, { pods: [pod({})], events: [event] }))).toMatchObject({ problems: [] });
  });

  test.each([
    [
      'quota',
      'pods "x" is forbidden: exceeded quota: small, requested: pods=1, used: pods=2, limited: pods=2',
    ],
    ['pod-refused', 'admission webhook "policy" denied the request'],
  ])('%s', (kind, message) => {
    const conditions = [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message }];
    const refused = replicaSetWith('rs-new', '2', { replicas: 0, conditions });
    const state = rolloutState(objects(HALF, { replicaSets: [OLD, refused], pods: [] }));
    expect(state).toMatchObject({ kind: 'progressing', problems: [{ kind, reason: 'FailedCreate' }] });
    expect(state.kind === 'complete' ? '' : rolloutProblemText(state.problems)).toContain(message);
  });

  test("the Deployment's own deadline fails it, and the cause is told beside it", () => {
    const conditions = [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }];
    const given = objects(
      { ...HALF, conditions },
      { pods: [pod(waiting('ImagePullBackOff'))], spec: { progressDeadlineSeconds: 30 } },
    );
    expect(rolloutState(given)).toMatchObject({
      kind: 'failed',
      problems: [{ kind: 'deadline-exceeded' }, { kind: 'image-pull' }],
    });
  });

  test('a paused Deployment rolls nothing out', () => {
    const given = objects({ updatedReplicas: 0 }, { spec: { paused: true } });
    expect(rolloutState(given)).toMatchObject({ kind: 'failed', problems: [{ kind: 'paused' }] });
  });

  test('what former templates and others suffer from is not this rollout', () => {
    const pods = [
      podWith('old', { owner: 'rs-old', container: waiting('ErrImageNeverPull') }),
      podWith('other', { owner: 'rs-x', container: waiting('ErrImageNeverPull') }),
      podWith('leaving', { leaving: true, container: waiting('ErrImageNeverPull') }),
    ];
    expect(rolloutState(objects(HALF, { pods }))).toMatchObject({ kind: 'progressing', problems: [] });
  });

  test('one text for many pods with the same problem, with the last log lines', () => {
    const dead = { ...waiting('CrashLoopBackOff'), restartCount: 2, lastState: died(1, 'Error') };
    const pods = [podWith('a', { container: dead }), podWith('b', { container: dead })];
    const state = rolloutState(objects(HALF, { pods }));
    expect(
      state.kind === 'complete' ? '' : rolloutProblemText(state.problems, ['Traceback', 'KeyError']),
    ).toBe(
      'pod a, container web dies (exit code 1, Error; started again 2 times) (and 1 more of the same kind). Last lines of its log: Traceback | KeyError',
    );
  });
});

test('what a container said when it died is masked before it is cut', () => {
  const secret = 'hunter2-hunter2';
  const message = `${'x'.repeat(272)} postgres://web:${secret}@db/deltacrown`;
  const state = { waiting: { reason: 'CrashLoopBackOff' } };
  const lastState = { terminated: { exitCode: 1, reason: 'Error', message } };
  const dying = podWith('b', { container: { ready: false, restartCount: 3, state, lastState } });
  const rollout = rolloutState(objects({ availableReplicas: 1 }, { pods: [podWith('a'), dying] }));
  expect(rollout.kind).toBe('failed');
  const text = rolloutProblemText('problems' in rollout ? rollout.problems : []);
  expect(text).toMatch(/^pod b, container web dies \(exit code 1, Error: x+ postgres:\/\/web:/);
  expect(text).not.toContain('hunter');
});

test('for any counts: complete exactly when every number says so', () => {
  const count = fc.integer({ min: 0, max: 3 });
  fc.assert(
    fc.property(
      fc.record({
        replicas: count,
        updatedReplicas: count,
        availableReplicas: count,
        observedGeneration: fc.integer({ min: 1, max: 4 }),
      }),
      count,
      (status, wanted) => {
        const state = rolloutState(objects(status, { spec: { replicas: wanted } }));
        const complete =
          status.observedGeneration >= 3 &&
          status.updatedReplicas >= wanted &&
          status.replicas <= status.updatedReplicas &&
          status.availableReplicas >= status.updatedReplicas;
        expect(state.kind).toBe(complete ? 'complete' : 'progressing');
      },
    ),
  );
});

test.each([
  ['Startup', 'Startup probe failed: HTTP probe failed with statuscode: 500', true],
  ['Liveness', 'Liveness probe failed: context deadline exceeded', true],
  ['Readiness', 'Readiness probe failed: HTTP probe failed with statuscode: 503', false],
])('a container that dies of its %s probe: the probe is named beside the death', (...[, message, named]) => {
  const ended = { terminated: { exitCode: 137, reason: 'Error' } };
  const pod = podWith('a', {
    container: {
      ...{ ready: false, restartCount: 2, lastState: ended },
      state: { waiting: { reason: 'CrashLoopBackOff' } },
    },
  });
  const event: CoreV1Event = {
    ...{ metadata: {}, reason: 'Unhealthy', message },
    involvedObject: { uid: pod.metadata?.uid ?? '', fieldPath: 'spec.containers{web}' },
  };
  const state = rolloutState(objects({ updatedReplicas: 1 }, { pods: [pod], events: [event] }));
  if (state.kind === 'complete') throw new Error('it is not complete');
  expect(state.problems[0]).toMatchObject({ kind: 'crash-loop', final: true });
  const text = rolloutProblemText(state.problems);
  expect(text).toContain('dies (exit code 137');
  expect(text.includes(message)).toBe(named);
});
