import { describe, expect, test } from '@jest/globals';
import type { V1Container, V1Deployment, V1DeploymentSpec, V1EnvVar } from '@kubernetes/client-node';
import fc from 'fast-check';
import { deploymentDrift, driftText } from '../../../../../activities/targets/kubernetes/drift.js';
import {
  containerOf,
  envPatch,
  restartPatch,
} from '../../../../../activities/targets/kubernetes/env-patch.js';
import { settingsOfAssignment } from '../../../../../activities/targets/kubernetes/env-setting.js';
import { envPath } from '../../../../../activities/targets/kubernetes/ownership.js';
import { deploymentWith, ENABLED, managed, patched, replicaSetWith } from './objects.js';

const AT = '2026-11-27T18:00:00.000Z';
const TEMPLATE = ['f:spec', 'f:template', 'f:spec'];

function edited(
  deployment: V1Deployment,
  edit: (spec: V1DeploymentSpec, web: V1Container) => void,
): V1Deployment {
  const copy = structuredClone(deployment);
  if (copy.spec !== undefined) edit(copy.spec, containerOf(copy, 'web').container);
  return copy;
}
const texts = (before: V1Deployment, after: V1Deployment) =>
  deploymentDrift(before, after).map(({ kind, text }) => `${kind}: ${text}`);
const base = deploymentWith({
  env: [
    { name: ENABLED, value: 'false' },
    { name: 'DB_PASSWORD', value: 'hunter2' },
  ],
});

describe('what changed between two reads', () => {
  test.each<[string, V1Deployment, string[]]>([
    ['nothing', structuredClone(base), []],
    ['scaled', edited(base, (spec) => (spec.replicas = 5)), ['scaled: scaled from 2 to 5 replicas']],
    ['paused', edited(base, (spec) => (spec.paused = true)), ['paused: the Deployment was paused']],
    [
      'a setting',
      edited(base, (spec) => (spec.minReadySeconds = 9)),
      ['settings: minReadySeconds of the Deployment was changed'],
    ],
    [
      'a new image',
      edited(base, (_, web) => (web.image = 'web:2')),
      ['image: container web: image web:1 became web:2'],
    ],
    [
      'one of the four variables, with its values',
      edited(base, (_, web) => (web.env = [{ name: ENABLED, value: 'true' }, ...(web.env ?? []).slice(1)])),
      [`environment: container web: ${ENABLED} was changed from false to true`],
    ],
    [
      'another variable, without its values',
      edited(
        base,
        (_, web) => (web.env = [...(web.env ?? []).slice(0, 1), { name: 'DB_PASSWORD', value: 'swordfish' }]),
      ),
      ['environment: container web: DB_PASSWORD was changed'],
    ],
    [
      'variables taken away',
      edited(base, (_, web) => delete web.env),
      [
        `environment: container web: ${ENABLED} was removed from false to absent`,
        'environment: container web: DB_PASSWORD was removed',
      ],
    ],
    [
      'the order of variables',
      edited(base, (_, web) => web.env?.reverse()),
      ['environment: container web: the order of env was changed'],
    ],
    [
      'where variables come from',
      edited(base, (_, web) => (web.envFrom = [{ secretRef: { name: 's' } }])),
      ['environment: container web: envFrom was changed'],
    ],
    [
      'limits',
      edited(base, (_, web) => (web.resources = { limits: { memory: '1Gi' } })),
      ['pod-template: container web: resources was changed'],
    ],
    [
      'a container more',
      edited(base, (spec) => spec.template.spec?.containers.push({ name: 'debug' })),
      ['pod-template: container debug was added'],
    ],
    [
      'volumes',
      edited(base, (spec) => Object.assign(spec.template.spec ?? {}, { volumes: [{ name: 'v' }] })),
      ['pod-template: volumes of the pods was changed'],
    ],
    ['restarted', patched(base, restartPatch(base, AT)), [`restarted: restarted at ${AT}`]],
    [
      'enabled by us',
      patched(
        base,
        envPatch(base, {
          container: 'web',
          settings: settingsOfAssignment({ [ENABLED]: 'true' }),
          restartedAt: AT,
        }) ?? [],
      ),
      [
        `environment: container web: ${ENABLED} was changed from false to true`,
        `restarted: restarted at ${AT}`,
      ],
    ],
  ])('%s', (...[, after, expected]) => {
    expect(texts(base, after)).toEqual(expected);
  });

  test('status and bookkeeping are no drift', () => {
    const after = structuredClone(base);
    Object.assign(after.metadata ?? {}, { resourceVersion: '101', generation: 2, annotations: { a: 'b' } });
    after.status = { replicas: 1 };
    expect(deploymentDrift(base, after)).toEqual([]);
  });

  test('a Deployment that was made anew', () => {
    const after = structuredClone(base);
    Object.assign(after.metadata ?? {}, { uid: 'd-2' });
    expect(texts(base, after)).toEqual(['replaced: the Deployment was deleted and made anew']);
  });

  test('a restart that a rollback took back is none', () => {
    const restarted = patched(base, restartPatch(base, AT));
    const again = patched(restarted, restartPatch(restarted, '2026-11-27T19:00:00.000Z'));
    expect(deploymentDrift(restarted, again).map(({ kind }) => kind)).toEqual(['restarted']);
    expect(deploymentDrift(again, restarted).map(({ kind }) => kind)).toEqual(['pod-template']);
    expect(deploymentDrift(again, base).map(({ kind }) => kind)).toEqual(['pod-template']);
  });

  test('a rollback is told as one, with the revision', () => {
    const after = edited(base, (_, web) => (web.image = 'web:0'));
    Object.assign(after.metadata ?? {}, { annotations: { 'deployment.kubernetes.io/revision': '4' } });
    const back = replicaSetWith('rs', '4');
    Object.assign(back.metadata?.annotations ?? {}, { 'deployment.kubernetes.io/revision-history': '1,2' });
    expect(
      deploymentDrift(base, after, [back, replicaSetWith('rs3', '3')]).map(({ kind, text }) => [kind, text]),
    ).toEqual([
      ['rolled-back', 'the pod template is that of revision 2 again'],
      ['image', 'container web: image web:1 became web:0'],
    ]);
    // Scaling such a one is no rollback.
    const scaled = edited(after, (spec) => (spec.replicas = 1));
    expect(deploymentDrift(after, scaled, [back]).map(({ kind }) => kind)).toEqual(['scaled']);
  });
});

describe('by whom', () => {
  test('the newest owner of the field, also through the scale subresource', () => {
    const after = edited(base, (spec, web) => {
      spec.replicas = 5;
      web.image = 'web:2';
      web.env = [{ name: ENABLED, value: 'true' }];
    });
    const image = [...TEMPLATE, 'f:containers', 'k:{"name":"web"}', 'f:image'];
    Object.assign(after.metadata ?? {}, {
      managedFields: [
        managed('helm', [image, ['f:spec', 'f:replicas']], { time: '2026-11-01T00:00:00Z' }),
        managed('kube-controller-manager', [['f:spec', 'f:replicas']], { subresource: 'scale', time: AT }),
        managed('kubectl-set', [image, [...envPath('web', ENABLED), 'f:value']], { time: AT }),
        // Made the entry, and wrote something else after that.
        managed('kubectl-create', [[...envPath('web', ENABLED), 'f:name']], { time: '2026-11-27T19:00:00Z' }),
      ],
    });
    expect(deploymentDrift(base, after).map(driftText)).toEqual([
      `scaled from 2 to 5 replicas, by kube-controller-manager (Update, ${AT})`,
      `container web: ${ENABLED} was changed from false to true, by kubectl-set (Update, ${AT})`,
      'container web: DB_PASSWORD was removed, by somebody whom the server does not record',
      `container web: image web:1 became web:2, by kubectl-set (Update, ${AT})`,
    ]);
  });
});

test('for any two env lists: drift is told exactly when they differ, and no value of other variables is', () => {
  const entry: fc.Arbitrary<V1EnvVar> = fc.oneof(
    fc.record({ name: fc.constantFrom('A', 'B', ENABLED), value: fc.constantFrom('secret-1', 'secret-2') }),
    fc.record({
      name: fc.constantFrom('A', 'B'),
      valueFrom: fc.constant({ secretKeyRef: { name: 'secret-3', key: 'k' } }),
    }),
  );
  const list = fc.array(entry, { maxLength: 4 });
  fc.assert(
    fc.property(list, list, (before, after) => {
      const found = texts(deploymentWith({ env: before }), deploymentWith({ env: after }));
      expect(found.length > 0).toBe(JSON.stringify(before) !== JSON.stringify(after));
      for (const text of found) if (!text.includes(ENABLED)) expect(text).not.toContain('secret');
    }),
  );
});
