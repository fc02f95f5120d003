import { describe, expect, test } from '@jest/globals';
import type { V1ConfigMap, V1Deployment, V1Pod } from '@kubernetes/client-node';
import { RESTARTED_AT, restartPatch } from '../../../../../activities/targets/kubernetes/env-patch.js';
import { containerPath, envPath } from '../../../../../activities/targets/kubernetes/ownership.js';
import type { RolloutObjects } from '../../../../../activities/targets/kubernetes/rollout-state.js';
import {
  changesSince,
  type ChangeableObjects,
} from '../../../../../activities/targets/kubernetes/target-changes.js';
import { deploymentWith, ENABLED, managed, patched, podWith, replicaSetWith, STRICT } from './objects.js';

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
    'container web of pod a was killed because it used too much memory (OOMKilled, exit code 137) at 2026-11-27T18:00:00.000Z and was started 1 time(s) again',
  ]);
  const dead = podWith('a', { container: { state: ended } });
  expect(changesSince(first(deployment), look(deployment, dead)).restarts).toEqual([
    'container web of pod a was killed because it used too much memory (OOMKilled, exit code 137) at 2026-11-27T18:00:00.000Z and is not started again yet',
  ]);
  const dying = podWith('a', {
    container: { restartCount: 2, state: { waiting: { reason: 'CrashLoopBackOff' } } },
  });
  expect(changesSince(first(deployment), look(deployment, dying)).loops).toEqual([
    'container a/web dies again and again (CrashLoopBackOff)',
  ]);
  // Told once: a rule that only watches would be told every few seconds otherwise.
  const { state } = changesSince(null, look(deployment, dying));
  expect(changesSince(state, look(deployment, dying))).toMatchObject({ loops: [], restarts: [] });
});

test('what a container said when it ended is neither told nor remembered', () => {
  const said = `cannot connect, password=${SECRET}`;
  const ended = {
    terminated: { exitCode: 1, reason: 'Error', containerID: 'c1', message: said, finishedAt: new Date(AT) },
  };
  const waiting = { waiting: { reason: 'CrashLoopBackOff', message: said } };
  const deployment = deploymentWith();
  const died = podWith('a', { container: { restartCount: 1, state: ended, lastState: ended } });
  const loops = podWith('a', { container: { restartCount: 3, state: waiting, lastState: ended } });
  const evicted = podWith('a', { phase: 'Failed', reason: 'Evicted', message: said });
  for (const pod of [died, loops, evicted]) {
    const changes = changesSince(first(deployment), look(deployment, pod));
    expect(changes.restarts).toHaveLength(1);
    expect(JSON.stringify(changes)).not.toContain(SECRET);
  }
});

test('what somebody else remembers is not understood: it is a first look', () => {
  expect(changesSince('no json', look(deploymentWith())).drift).toEqual([]);
});

test('since a look from before our own change only what others did is told', () => {
  const before = deploymentWith({ env: ENV });
  const after = patched(
    deploymentWith({ env: [{ name: ENABLED, value: 'false' }, ...ENV.slice(1)], image: 'web:2' }),
    restartPatch(before, AT),
  );
  const restarted = ['f:spec', 'f:template', 'f:metadata', 'f:annotations', `f:${RESTARTED_AT}`];
  Object.assign(after.metadata ?? {}, {
    managedFields: [
      managed('readiness', [[...envPath('web', ENABLED), 'f:value'], restarted], { time: AT }),
      managed('kubectl-set', [[...containerPath('web'), 'f:image']], { time: AT }),
    ],
  });
  const [told, all] = (['own', 'nothing'] as const).map((leaveOut) =>
    changesSince(first(before), look(after), leaveOut).drift.map(({ text }) => text),
  );
  expect(told).toEqual([expect.stringMatching(/image web:1 became web:2, by kubectl-set/)]);
  expect(all).toHaveLength(3);
});

describe('the ConfigMap of method B', () => {
  const lookAt = (
    object: V1ConfigMap | null,
    keys: readonly string[] = [ENABLED, STRICT],
  ): ChangeableObjects => ({
    ...look(deploymentWith()),
    configMap: { name: 'deltacrown-config', object, keys },
  });
  const MINE = 'readiness';
  const written = (data: Record<string, string>, manager: string, uid = 'c-1'): V1ConfigMap => ({
    metadata: {
      uid,
      managedFields: Object.keys(data).map((key) => managed(manager, [['f:data', `f:${key}`]], { time: AT })),
    },
    data,
  });
  const before = written({ [ENABLED]: 'false', other: SECRET }, 'kubectl-edit');
  const { state } = changesSince(null, lookAt(before));
  const texts = (objects: ChangeableObjects, leaveOut?: 'own'): string[] =>
    changesSince(state, objects, leaveOut).drift.map(({ text }) => text);

  test('an edit is told with its manager and time, other keys are not', () => {
    expect(
      changesSince(state, lookAt(written({ [ENABLED]: 'true', other: 'x' }, 'kubectl-edit'))).drift,
    ).toEqual([
      {
        kind: 'edited',
        text: `ConfigMap deltacrown-config: ${ENABLED} was changed from false to true, by kubectl-edit (Update, 2026-11-27T18:00:00.000Z)`,
      },
    ]);
    expect(texts(lookAt(written({ [ENABLED]: 'false', other: 'y' }, 'kubectl-edit')))).toEqual([]);
    expect(state).not.toContain(SECRET);
  });

  test('what was set, removed, deleted or made anew', () => {
    const set = written({ [ENABLED]: 'false', [STRICT]: 'true' }, 'kubectl-edit');
    expect(texts(lookAt(set))).toEqual([expect.stringContaining(`${STRICT} was set from absent to true`)]);
    expect(texts(lookAt(written({}, 'kubectl-edit')))).toEqual([
      expect.stringMatching(/was removed from false to absent, by somebody whom the server does not record/),
    ]);
    expect(texts(lookAt(null))).toEqual([expect.stringContaining('was deleted')]);
    const anew = written({ [ENABLED]: 'false' }, 'kubectl-create', 'c-2');
    expect(texts(lookAt(anew))).toEqual([expect.stringContaining('was deleted and made anew')]);
  });

  test('our own change is left out of the first look, and no other one is', () => {
    const ours = written({ [ENABLED]: 'true' }, MINE);
    expect(texts(lookAt(ours), 'own')).toEqual([]);
    const both = Object.assign(ours, { data: { [ENABLED]: 'true', [STRICT]: 'true' } });
    expect(texts(lookAt(both), 'own')).toEqual([expect.stringContaining(`${STRICT} was set`)]);
  });

  test('states that know no ConfigMap, and keys that are taken since then only, are not compared', () => {
    const old = first(deploymentWith());
    expect(changesSince(old, lookAt(written({ [ENABLED]: 'true' }, 'kubectl-edit'))).drift).toEqual([]);
    const more = written({ [ENABLED]: 'false', dual: 'true' }, 'kubectl-edit');
    expect(texts(lookAt(more, [ENABLED, 'dual']))).toEqual([]);
    expect(changesSince(state, look(deploymentWith())).drift).toEqual([]);
  });
});
