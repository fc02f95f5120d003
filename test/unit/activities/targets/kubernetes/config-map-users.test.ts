import { describe, expect, test } from '@jest/globals';
import type { V1OwnerReference, V1Pod, V1PodSpec, V1ReplicaSet } from '@kubernetes/client-node';
import {
  configMapUsers,
  configMapUsersText,
  type ConfigMapUser,
} from '../../../../../activities/targets/kubernetes/config-map-users.js';
import { keyInConfigMap } from '../../../../../activities/targets/kubernetes/variable-place.js';
import { ENABLED, STRICT } from './objects.js';

const CONFIG = 'deltacrown-config';
const shared = { configMap: CONFIG, keys: [ENABLED, 'strict'], own: { uid: 'd-own' } };

const owned = (kind: string, name: string, uid = `${kind}-${name}`): V1OwnerReference => ({
  ...{ apiVersion: 'v1', kind, name, uid, controller: true },
});
const replicaSet = (owner: V1OwnerReference | null, revision: string, spec: V1PodSpec): V1ReplicaSet => ({
  metadata: {
    name: `rs-${revision}`,
    uid: `rs-${owner?.name ?? ''}-${revision}`,
    annotations: { 'deployment.kubernetes.io/revision': revision },
    ...(owner === null ? {} : { ownerReferences: [owner] }),
  },
  spec: { selector: {}, template: { spec } },
});
const pod = (name: string, owner: V1OwnerReference | null, spec: V1PodSpec): V1Pod => ({
  metadata: { name, ...(owner === null ? {} : { ownerReferences: [owner] }) },
  spec,
  status: { phase: 'Running' },
});
const ended = (name: string, phase: 'Succeeded' | 'Failed'): V1Pod => ({
  ...{ metadata: { name, ownerReferences: [owned('Job', name)] }, spec: WHOLE, status: { phase } },
});
const container = (parts: Partial<V1PodSpec['containers'][number]>): V1PodSpec => ({
  containers: [{ name: 'sidecar' }, { name: 'app', ...parts }],
});
const WHOLE = container({ envFrom: [{ configMapRef: { name: CONFIG } }] });
const NOTHING = container({ envFrom: [{ configMapRef: { name: 'other' } }] });
const ofKey = (key: string, name = CONFIG): V1PodSpec =>
  container({ env: [{ name: 'X', valueFrom: { configMapKeyRef: { name, key } } }] });
const mounted = (
  items?: { key: string; path: string }[],
  containers: V1PodSpec['containers'] = [{ name: 'app' }],
): V1PodSpec => ({
  containers,
  volumes: [{ name: 'v', configMap: { name: CONFIG, ...(items === undefined ? {} : { items }) } }],
});
const users = (replicaSets: V1ReplicaSet[], pods: V1Pod[] = []): readonly ConfigMapUser[] =>
  configMapUsers({ replicaSets, pods }, shared);

describe('who else takes the variables from a ConfigMap', () => {
  test('other Deployments, by their newest pod template; the own one, older templates and their pods are none', () => {
    const worker = owned('Deployment', 'worker');
    const former = owned('Deployment', 'former-user');
    const found = users(
      [
        replicaSet(owned('Deployment', 'own', 'd-own'), '1', WHOLE),
        replicaSet(worker, '9', NOTHING),
        replicaSet(worker, '10', WHOLE),
        replicaSet(former, '4', WHOLE),
        replicaSet(former, '5', NOTHING),
        replicaSet(null, '1', WHOLE),
      ],
      [pod('worker-x', owned('ReplicaSet', 'rs-9'), WHOLE)],
    );
    expect(found).toEqual([
      { name: 'Deployment worker', takes: 'variables' },
      { name: 'ReplicaSet rs-1', takes: 'variables' },
    ]);
  });

  test('where nobody counts revisions, the newest by its time', () => {
    const rollout = owned('Rollout', 'canary');
    const born = (day: string, spec: V1PodSpec): V1ReplicaSet => ({
      ...{
        metadata: { ownerReferences: [rollout], creationTimestamp: new Date(`2026-11-${day}T00:00:00Z`) },
      },
      spec: { selector: {}, template: { spec } },
    });
    const user = { name: 'Rollout canary', takes: 'variables' };
    expect(users([born('01', NOTHING), born('02', WHOLE)])).toEqual([user]);
    expect(users([born('02', NOTHING), born('01', WHOLE)])).toEqual([]);
    expect(users([born('02', WHOLE), born('01', NOTHING)])).toEqual([user]);
  });

  test('all others by their pods, each once; ended ones are none', () => {
    const queue = owned('StatefulSet', 'queue');
    const found = users(
      [],
      [
        ...[pod('queue-0', queue, WHOLE), pod('queue-1', queue, WHOLE)],
        pod('debug', null, WHOLE),
        ...[ended('migrate', 'Succeeded'), ended('clean', 'Failed')],
      ],
    );
    expect(found).toEqual([
      { name: 'pod debug', takes: 'variables' },
      { name: 'StatefulSet queue', takes: 'variables' },
    ]);
  });

  test.each<[string, V1PodSpec, ConfigMapUser['takes'] | null]>([
    ['the whole', WHOLE, 'variables'],
    ['another ConfigMap', NOTHING, null],
    ['a key that is written', ofKey('strict'), 'variables'],
    ['another key', ofKey('WEB_WORKERS'), null],
    ['a key of that name of another ConfigMap', ofKey(ENABLED, 'other'), null],
    ['in a container that runs before', { containers: [], initContainers: WHOLE.containers }, 'variables'],
    ['a volume', mounted(), 'files'],
    ['a volume of a key that is written', mounted([{ key: ENABLED, path: 'p' }]), 'files'],
    ['a volume of other keys', mounted([{ key: 'motd', path: 'p' }]), null],
    [
      'a volume of several sources',
      {
        containers: [],
        volumes: [{ name: 'v', projected: { sources: [{ secret: {} }, { configMap: { name: CONFIG } }] } }],
      },
      'files',
    ],
    ['a volume and variables', mounted(undefined, WHOLE.containers), 'files'],
  ])('%s', (...[, spec, takes]) => {
    expect(users([], [pod('p', null, spec)])).toEqual(takes === null ? [] : [{ name: 'pod p', takes }]);
  });

  test('in one sentence, which says when it changes for them', () => {
    expect(configMapUsersText(CONFIG, [])).toBeNull();
    expect(
      configMapUsersText(CONFIG, [
        { name: 'Deployment a', takes: 'variables' },
        { name: 'Deployment b', takes: 'variables' },
        { name: 'pod c', takes: 'files' },
      ]),
    ).toBe(
      "ConfigMap deltacrown-config is not the target's alone: the flags reach Deployment a, Deployment b (variables, which change with the next restart) and pod c (files, which change within minutes and without a restart)",
    );
  });

  test('the keys are those by which the target takes the four', () => {
    const app = {
      name: 'app',
      envFrom: [{ configMapRef: { name: CONFIG } }],
      env: [{ name: STRICT, valueFrom: { configMapKeyRef: { name: CONFIG, key: 'strict' } } }],
    };
    expect(keyInConfigMap(app, ENABLED, CONFIG)).toBe(ENABLED);
    expect(keyInConfigMap(app, STRICT, CONFIG)).toBe('strict');
    expect(keyInConfigMap(app, STRICT, 'other')).toBeNull();
  });
});
