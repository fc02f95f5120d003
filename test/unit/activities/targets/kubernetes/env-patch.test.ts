import { describe, expect, test } from '@jest/globals';
import type { V1Deployment, V1EnvVar, V1EnvVarSource } from '@kubernetes/client-node';
import fc from 'fast-check';
import { captureOfDeployment } from '../../../../../activities/targets/kubernetes/capture.js';
import { environmentOf } from '../../../../../activities/targets/kubernetes/container-environment.js';
import {
  containerOf,
  envPatch,
  restartPatch,
  RESTARTED_AT,
} from '../../../../../activities/targets/kubernetes/env-patch.js';
import {
  settingsOfAssignment,
  settingsOfCapture,
  type EnvSettings,
} from '../../../../../activities/targets/kubernetes/env-setting.js';
import { assignmentOf } from '../../../../../activities/targets/target.js';
import { BASELINE_FLAGS, FLAG_NAMES, SAFE_CHANGE } from '../../../../../procedure/flags.js';
import { deploymentWith, ENABLED, patched, sources, STRICT, withVersion } from './objects.js';

const AT = '2026-11-27T18:00:00Z';
const LATER = '2026-11-27T19:00:00Z';
const ENV = '/spec/template/spec/containers/1/env';
const ANNOTATED = {
  op: 'add',
  path: '/spec/template/metadata/annotations',
  value: { [RESTARTED_AT]: AT },
};
const VERSION = { op: 'replace', path: '/metadata/resourceVersion', value: '100' };
const on = settingsOfAssignment({ [ENABLED]: 'true' });

const patchOf = (deployment: V1Deployment, settings: EnvSettings, restartedAt: string | null = AT) =>
  envPatch(deployment, { container: 'web', settings, restartedAt });
const captureOf = (deployment: V1Deployment) =>
  captureOfDeployment(deployment, {
    container: 'web',
    place: 'deployment deltacrown/deltacrown-web, container web',
    environment: environmentOf(containerOf(deployment, 'web').container, sources()),
    baseline: BASELINE_FLAGS,
    capturedAt: AT,
  });
/** The server's own object after one patch, with the next version. */
function changed(
  deployment: V1Deployment,
  settings: EnvSettings,
  restartedAt: string | null = AT,
): V1Deployment {
  const patch = patchOf(deployment, settings, restartedAt);
  if (patch === null) return deployment;
  return withVersion(patched(deployment, patch), String(Number(deployment.metadata?.resourceVersion) + 1));
}

describe('one patch, one rollout', () => {
  const other = { name: 'A', value: '1' };
  test.each<[string, V1EnvVar[] | undefined, object[]]>([
    ['no env at all', undefined, [{ op: 'add', path: ENV, value: [{ name: ENABLED, value: 'true' }] }]],
    ['an empty env', [], [{ op: 'add', path: ENV, value: [{ name: ENABLED, value: 'true' }] }]],
    ['absent', [other], [{ op: 'add', path: `${ENV}/-`, value: { name: ENABLED, value: 'true' } }]],
    [
      'another value',
      [other, { name: ENABLED, value: 'false' }],
      [{ op: 'replace', path: `${ENV}/1`, value: { name: ENABLED, value: 'true' } }],
    ],
    [
      'a reference: replaced whole, so that value never stands beside valueFrom',
      [{ name: ENABLED, valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }, other],
      [{ op: 'replace', path: `${ENV}/0`, value: { name: ENABLED, value: 'true' } }],
    ],
    [
      'twice: the last one counts',
      [
        { name: ENABLED, value: 'true' },
        { name: ENABLED, value: 'no' },
      ],
      [{ op: 'replace', path: `${ENV}/1`, value: { name: ENABLED, value: 'true' } }],
    ],
  ])('%s', (_, env, operations) => {
    const deployment = deploymentWith(env === undefined ? {} : { env });
    expect(patchOf(deployment, on)).toEqual([VERSION, ...operations, ANNOTATED]);
  });

  test('what stands already is no patch at all', () => {
    expect(patchOf(deploymentWith({ env: [{ name: ENABLED, value: 'true' }] }), on)).toBeNull();
    expect(patchOf(deploymentWith(), settingsOfAssignment({ [ENABLED]: null }))).toBeNull();
    expect(patchOf(deploymentWith(), {})).toBeNull();
  });

  test('absent again removes every entry, from the back', () => {
    const entry = { name: ENABLED, value: 'x' };
    const patch = patchOf(
      deploymentWith({ env: [entry, other, entry] }),
      settingsOfAssignment({ [ENABLED]: null }),
    );
    expect(patch?.slice(1, 3)).toEqual([
      { op: 'remove', path: `${ENV}/2` },
      { op: 'remove', path: `${ENV}/0` },
    ]);
  });

  test('rollback without captured state: both variables in one patch', () => {
    const patch = patchOf(
      deploymentWith({ env: [{ name: ENABLED, value: 'true' }] }),
      settingsOfAssignment(assignmentOf(SAFE_CHANGE)),
    );
    expect(patch).toEqual([
      VERSION,
      { op: 'replace', path: `${ENV}/0`, value: { name: ENABLED, value: 'false' } },
      { op: 'add', path: `${ENV}/-`, value: { name: STRICT, value: 'false' } },
      ANNOTATED,
    ]);
  });

  test('annotations of others stay', () => {
    const deployment = deploymentWith();
    const annotations = { 'a/b': 'c', [RESTARTED_AT]: 'before' };
    Object.assign(deployment.spec?.template.metadata ?? {}, { annotations });
    const after = patched(deployment, restartPatch(deployment, AT));
    expect(after.spec?.template.metadata?.annotations).toEqual({ 'a/b': 'c', [RESTARTED_AT]: AT });
  });

  test('a Deployment that somebody changed meanwhile is a conflict', () => {
    const deployment = deploymentWith();
    const newer = withVersion(deployment, '101');
    expect(() => patched(newer, patchOf(deployment, on) ?? [])).toThrow('409');
  });

  test('without a resourceVersion, or without the container, nothing is made', () => {
    expect(() => patchOf(withVersion(deploymentWith(), ''), on)).toThrow(/resourceVersion/);
    expect(() => envPatch(deploymentWith(), { container: 'app', settings: on, restartedAt: AT })).toThrow(
      'The Deployment deltacrown-web has no container app; it has: proxy, web.',
    );
  });
});

describe('capture', () => {
  test('absent, value, reference; safe by what counts', () => {
    const reference = { configMapKeyRef: { name: 'c', key: 'k', optional: true } };
    const capture = captureOf(
      deploymentWith({
        env: [
          { name: ENABLED, value: 'False' },
          { name: STRICT, valueFrom: reference },
        ],
      }),
    );
    expect(capture.variables.slice(0, 2)).toEqual([
      { name: ENABLED, state: 'value', value: 'False' },
      {
        name: STRICT,
        state: 'reference',
        value: '{"configMapKeyRef":{"key":"k","name":"c","optional":true}}',
      },
    ]);
    expect(capture.safe).toBe(true);
    expect(captureOf(deploymentWith({ env: [{ name: ENABLED, value: 'TRUE' }] })).safe).toBe(false);
  });

  test('a value that nobody here knows is not safe', () => {
    const env = [{ name: ENABLED, valueFrom: { fieldRef: { fieldPath: 'metadata.labels' } } }];
    expect(captureOf(deploymentWith({ env })).safe).toBe(false);
  });

  test('what could not be put back is refused', () => {
    // The client drops fields that it does not know.
    const env = [{ name: ENABLED, valueFrom: {} as V1EnvVarSource }];
    expect(() => captureOf(deploymentWith({ env }))).toThrow(/could not be put back/);
    const twice = [{ name: ENABLED }, { name: ENABLED }];
    expect(() => captureOf(deploymentWith({ env: twice }))).toThrow(/env\[0\] and env\[1\]/);
  });
});

const other = fc.constantFrom('A', 'B', `${ENABLED}_OLD`);
const text = fc.constantFrom('true', 'false', 'False', '', '1', '$(A)');
const source: fc.Arbitrary<V1EnvVarSource> = fc.constantFrom(
  { configMapKeyRef: { name: 'c', key: 'k' } },
  { configMapKeyRef: { name: 'c', key: 'k', optional: true } },
  { secretKeyRef: { name: 's', key: 'k' } },
  { fieldRef: { fieldPath: 'metadata.name' } },
  { resourceFieldRef: { resource: 'limits.cpu', divisor: '1m' } },
);
const entryWith = (name: fc.Arbitrary<string>): fc.Arbitrary<V1EnvVar> =>
  fc.oneof(fc.record({ name, value: text }), fc.record({ name }), fc.record({ name, valueFrom: source }));
/** Others may stand twice; each of ours at most once, as a run accepts it. */
const envList = fc
  .tuple(
    fc.uniqueArray(entryWith(fc.constantFrom(...FLAG_NAMES)), { selector: ({ name }) => name }),
    fc.array(entryWith(other), { maxLength: 4 }),
  )
  .chain(([ours, others]) =>
    fc.shuffledSubarray([...ours, ...others], { minLength: ours.length + others.length }),
  );
const assignment = fc.dictionary(fc.constantFrom(...FLAG_NAMES), fc.constantFrom('true', 'false', null));

/** As the server keeps it: no empty lists, an entry without a value is one with an empty value. */
function meaning(deployment: V1Deployment): unknown {
  const { spec } = deployment;
  const env = (containerOf(deployment, 'web').container.env ?? []).map((entry) =>
    entry.valueFrom === undefined ? { name: entry.name, value: entry.value ?? '' } : entry,
  );
  const rest = structuredClone(spec?.template);
  for (const container of rest?.spec?.containers ?? []) delete container.env;
  delete rest?.metadata?.annotations;
  return { env, rest, replicas: spec?.replicas };
}
describe('for any env list', () => {
  test('setting and restoring the captured state means the same as before', () => {
    fc.assert(
      fc.property(envList, assignment, (env, change) => {
        const before = deploymentWith({ env });
        const capture = captureOf(before);
        const set = changed(before, settingsOfAssignment(change));
        const back = changed(set, settingsOfCapture(capture), LATER);
        const sorted = (deployment: V1Deployment) => {
          const { env: list, ...others } = meaning(deployment) as { env: V1EnvVar[] };
          const ours = list.filter(({ name }) => FLAG_NAMES.some((flag) => flag === name));
          const theirs = list.filter(({ name }) => !FLAG_NAMES.some((flag) => flag === name));
          return { ours: ours.sort((a, b) => (a.name < b.name ? -1 : 1)), theirs, others };
        };
        expect(sorted(back)).toEqual(sorted(before));
        // Unless one was taken away and put back, also in the same order.
        const removed = Object.entries(change).some(([, value]) => value === null);
        if (!removed) expect(meaning(back)).toEqual(meaning(before));
      }),
      { numRuns: 500 },
    );
  });

  test('afterwards it says what was asked, and asking again changes nothing', () => {
    fc.assert(
      fc.property(envList, assignment, (env, change) => {
        const settings = settingsOfAssignment(change);
        const after = changed(deploymentWith({ env }), settings);
        const list = containerOf(after, 'web').container.env ?? [];
        for (const [name, value] of Object.entries(change))
          expect(list.findLast((entry) => entry.name === name)?.value ?? null).toBe(value ?? null);
        expect(list.filter((entry) => entry.value !== undefined && entry.valueFrom !== undefined)).toEqual(
          [],
        );
        expect(patchOf(after, settings, LATER)).toBeNull();
      }),
      { numRuns: 500 },
    );
  });

  test("others' edits between set and restore are kept", () => {
    fc.assert(
      fc.property(envList, assignment, fc.array(entryWith(other), { maxLength: 3 }), (env, change, added) => {
        const before = deploymentWith({ env });
        const set = changed(before, settingsOfAssignment(change));
        const { container } = containerOf(set, 'web');
        const edited = structuredClone(set);
        containerOf(edited, 'web').container.env = [...added, ...(container.env ?? [])];
        const back = changed(edited, settingsOfCapture(captureOf(before)), LATER);
        const theirs = (deployment: V1Deployment) =>
          (containerOf(deployment, 'web').container.env ?? []).filter(
            ({ name }) => !FLAG_NAMES.some((flag) => flag === name),
          );
        expect(theirs(back)).toEqual([...added, ...theirs(before)]);
      }),
    );
  });
});

test('with the restart annotation of before the pod template is the former one, to the letter', () => {
  for (const former of [null, '2026-01-01T00:00:00Z']) {
    const bare = deploymentWith({ env: [{ name: 'A', value: '1' }] });
    const before = former === null ? bare : patched(bare, restartPatch(bare, former));
    const capture = captureOf(before);
    expect(capture.restartedAt).toBe(former);
    const enabled = changed(before, on);
    expect(enabled.spec?.template).not.toEqual(before.spec?.template);
    const back = changed(enabled, settingsOfCapture(capture), capture.restartedAt ?? null);
    expect(back.spec?.template.spec).toEqual(before.spec?.template.spec);
    expect(back.spec?.template.metadata?.annotations ?? {}).toEqual(
      before.spec?.template.metadata?.annotations ?? {},
    );
  }
});
