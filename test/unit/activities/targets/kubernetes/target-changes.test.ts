import { expect, test } from '@jest/globals';
import type { V1Deployment, V1Pod } from '@kubernetes/client-node';
import { restartPatch } from '../../../../../activities/targets/kubernetes/env-patch.js';
import type { RolloutObjects } from '../../../../../activities/targets/kubernetes/rollout-state.js';
import { changesSince } from '../../../../../activities/targets/kubernetes/target-changes.js';
import { deploymentWith, ENABLED, patched, podWith, replicaSetWith } from './objects.js';

const AT = '2026-11-27T18:00:00Z';
const SECRET = 'hunter2-hunter2';
const ENV = [
  { name: ENABLED, value: 'true' },
  { name: 'API_KEY', value: SECRET },
];

/** With one ReplicaSet and a pod of it. */
function look(deployment: V1Deployment, pod: V1Pod = podWith('a')): RolloutObjects {
  const copy = structuredClone(deployment);
  Object.assign(copy.metadata ?? {}, { annotations: { 'deployment.kubernetes.io/revision': '1' } });
  return { deployment: copy, replicaSets: [replicaSetWith('rs-new', '1')], pods: [pod], events: [] };
}
const first = (deployment: V1Deployment): string => changesSince(null, look(deployment)).state;

test('the first look sees no change, the same look again neither', () => {
  const deployment = deploymentWith({ env: ENV });
  const { state, ...nothing } = changesSince(null, look(deployment));
  expect(nothing).toEqual({ drift: [], restarts: [], loops: [] });
  expect(changesSince(state, look(deployment))).toEqual({ state, ...nothing });
});

test('what is remembered gives no value away but those of the four variables', () => {
  const state = first(deploymentWith({ env: ENV, args: ['--password', SECRET] }));
  expect(state).not.toContain(SECRET);
  expect(state).toContain(ENABLED);
});

test.each([
  ['another image', deploymentWith({ env: ENV, image: 'web:2' }), 'edited', /image web:1 became web:2/],
  [
    'the flag',
    deploymentWith({ env: [{ name: ENABLED, value: 'false' }, ...ENV.slice(1)] }),
    'edited',
    /was changed from true to false/,
  ],
  [
    'another variable',
    deploymentWith({ env: [...ENV.slice(0, 1), { name: 'API_KEY', value: 'x' }] }),
    'edited',
    /API_KEY was changed, by/,
  ],
  ['arguments', deploymentWith({ env: ENV, args: ['-v'] }), 'edited', /args was changed/],
  [
    'a restart',
    patched(deploymentWith({ env: ENV }), restartPatch(deploymentWith({ env: ENV }), AT)),
    'edited',
    /restarted at 2026-11-27T18:00:00Z/,
  ],
] as const)('%s', (...row) => {
  const [, after, kind, text] = row;
  const { drift } = changesSince(first(deploymentWith({ env: ENV })), look(after));
  expect(drift).toEqual([{ kind, text: expect.stringMatching(text) }]);
  expect(JSON.stringify(drift)).not.toContain(SECRET);
});

test('scaling is no edit', () => {
  const before = deploymentWith();
  const after = structuredClone(before);
  Object.assign(after.spec ?? {}, { replicas: 5 });
  expect(changesSince(first(before), look(after)).drift).toEqual([
    { kind: 'scaled', text: expect.stringMatching(/^scaled from 2 to 5 replicas, by/) },
  ]);
});

test('a container that was killed for memory, and one that dies again and again', () => {
  const deployment = deploymentWith();
  const ended = {
    terminated: { exitCode: 137, reason: 'OOMKilled', containerID: 'c1', finishedAt: new Date(AT) },
  };
  const back = podWith('a', { container: { restartCount: 1, lastState: ended } });
  expect(changesSince(first(deployment), look(deployment, back)).restarts).toEqual([
    'container web of pod a was killed because it used too much memory (OOMKilled) at 2026-11-27T18:00:00.000Z and was started 1 time(s) again',
  ]);
  const dying = podWith('a', {
    container: { restartCount: 2, state: { waiting: { reason: 'CrashLoopBackOff' } } },
  });
  expect(changesSince(first(deployment), look(deployment, dying)).loops).toEqual([
    'container a/web dies again and again (CrashLoopBackOff)',
  ]);
});

test('what somebody else remembers is not understood: it is a first look', () => {
  expect(changesSince('no json', look(deploymentWith())).drift).toEqual([]);
});
