import { describe, expect, test } from '@jest/globals';
import type { V1ConfigMap } from '@kubernetes/client-node';
import fc from 'fast-check';
import { captureOfConfigMap } from '../../../../../activities/targets/kubernetes/capture.js';
import {
  configMapPatch,
  type ConfigMapKeys,
  type ConfigMapPatch,
} from '../../../../../activities/targets/kubernetes/config-map-patch.js';
import { environmentOf } from '../../../../../activities/targets/kubernetes/container-environment.js';
import { assignmentOfCapture } from '../../../../../activities/targets/target.js';
import { BASELINE_FLAGS, FLAG_NAMES } from '../../../../../procedure/flags.js';
import { BLOCKED, configMapWith, deploymentWith, ENABLED, sources } from './objects.js';

const KEYS = Object.fromEntries(FLAG_NAMES.map((name) => [name, name.replace('TEAM_', '')])) as ConfigMapKeys;
const KEY = 'VNEXT_DUAL_WRITE_ENABLED';

/** RFC 7386, as far as it is used. */
function merged(configMap: V1ConfigMap, patch: ConfigMapPatch | null): V1ConfigMap {
  const data = { ...configMap.data };
  for (const [key, value] of Object.entries(patch?.data ?? {})) {
    if (value === null) Reflect.deleteProperty(data, key);
    else data[key] = value;
  }
  return Object.assign(structuredClone(configMap), { data });
}

function captureOf(configMap: V1ConfigMap) {
  const container = { name: 'web', envFrom: [{ prefix: 'TEAM_', configMapRef: { name: 'c' } }] };
  return captureOfConfigMap(
    { configMap, deployment: deploymentWith() },
    {
      keys: KEYS,
      place: 'config map deltacrown/deltacrown-config',
      environment: environmentOf(container, sources({ 'ConfigMap c': configMap.data ?? {} })),
      baseline: BASELINE_FLAGS,
      capturedAt: '2026-11-27T18:00:00Z',
    },
  );
}

describe('a ConfigMap', () => {
  test.each<
    [string, Record<string, string> | undefined, string | null, Record<string, string | null> | null]
  >([
    ['absent key', { a: '1' }, 'true', { [KEY]: 'true' }],
    ['no data at all', undefined, 'true', { [KEY]: 'true' }],
    ['another value', { [KEY]: 'false' }, 'true', { [KEY]: 'true' }],
    ['absent again', { [KEY]: 'true' }, null, { [KEY]: null }],
    ['as asked', { [KEY]: 'true' }, 'true', null],
    ['absent as asked', {}, null, null],
  ])('%s', (...[, data, wanted, expected]) => {
    const patch = configMapPatch(configMapWith(data), { keys: KEYS, assignment: { [ENABLED]: wanted } });
    expect(patch).toEqual(expected === null ? null : { metadata: { resourceVersion: '7' }, data: expected });
  });

  test('an immutable one is refused, but not when nothing has to change', () => {
    const configMap = configMapWith({ [KEY]: 'true' }, true);
    expect(() => configMapPatch(configMap, { keys: KEYS, assignment: { [ENABLED]: 'false' } })).toThrow(
      /immutable/,
    );
    expect(configMapPatch(configMap, { keys: KEYS, assignment: { [ENABLED]: 'true' } })).toBeNull();
  });

  test('a variable that it does not give is refused', () => {
    expect(() => configMapPatch(configMapWith({}), { keys: {}, assignment: { [ENABLED]: 'true' } })).toThrow(
      `No key of ConfigMap deltacrown-config gives the container ${ENABLED}`,
    );
  });

  test('the captured state is safe by what the container sees', () => {
    expect(captureOf(configMapWith({})).safe).toBe(true);
    expect(captureOf(configMapWith({ [KEY]: 'true' })).safe).toBe(false);
    const blocked = captureOf(configMapWith({ LEGACY_WRITE_BLOCKED: 'no' }));
    expect(blocked.safe).toBe(false);
    expect(blocked.variables.find(({ name }) => name === BLOCKED)).toEqual({
      name: BLOCKED,
      state: 'value',
      value: 'no',
    });
  });
});

test('for any data: set and restore gives the same data, and asking again changes nothing', () => {
  const key = fc.constantFrom(...Object.values(KEYS), 'motd', 'constructor');
  const data = fc.dictionary(key, fc.constantFrom('true', 'false', '', 'x'), { noNullPrototype: true });
  const change = fc.dictionary(fc.constantFrom(...FLAG_NAMES), fc.constantFrom('true', 'false', null));
  fc.assert(
    fc.property(data, change, (content, assignment) => {
      const before = configMapWith(content);
      const set = merged(before, configMapPatch(before, { keys: KEYS, assignment }));
      expect(configMapPatch(set, { keys: KEYS, assignment })).toBeNull();
      const back = { keys: KEYS, assignment: assignmentOfCapture(captureOf(before)) };
      expect(merged(set, configMapPatch(set, back)).data).toEqual(content);
    }),
  );
});
