import { describe, expect, test } from '@jest/globals';
import type { V1Container } from '@kubernetes/client-node';
import { environmentOf } from '../../../../../activities/targets/kubernetes/container-environment.js';
import {
  placeOfVariable,
  type WrittenPlace,
} from '../../../../../activities/targets/kubernetes/variable-place.js';
import { ENABLED, sources } from './objects.js';

const CONFIG = 'deltacrown-config';
const inConfig: WrittenPlace = { kind: 'config-map', name: CONFIG };

function placed(
  parts: Partial<V1Container>,
  place: WrittenPlace,
  contents: Parameters<typeof sources>[0] = {},
) {
  const container = { name: 'web', ...parts };
  const environment = environmentOf(container, sources({ [`ConfigMap ${CONFIG}`]: {}, ...contents }));
  const { key, problems } = placeOfVariable(container, environment, { name: ENABLED, place });
  return { key, problems };
}

describe('method A', () => {
  test('nothing hides the last entry of env', () => {
    const parts = {
      env: [{ name: ENABLED, value: 'false' }],
      envFrom: [{ configMapRef: { name: CONFIG } }],
    };
    expect(placed(parts, { kind: 'env' })).toEqual({ key: ENABLED, problems: [] });
  });

  test('two entries of one name are a mistake, and both are named', () => {
    const entry = { name: ENABLED, value: 'false' };
    expect(placed({ env: [entry, { name: 'A' }, entry] }, { kind: 'env' }).problems).toEqual([
      `${ENABLED} stands 2 times in container web: env[0] and env[2]; leave one`,
    ]);
  });
});

describe('method B', () => {
  const whole = { configMapRef: { name: CONFIG } };

  test('a ConfigMap that is taken whole: the key is the name without its prefix', () => {
    expect(placed({ envFrom: [whole] }, inConfig)).toEqual({ key: ENABLED, problems: [] });
    const prefixed = { envFrom: [{ ...whole, prefix: 'TEAM_' }] };
    expect(placed(prefixed, inConfig).key).toBe('VNEXT_DUAL_WRITE_ENABLED');
  });

  test('a ConfigMap of which one key is taken, over the whole one', () => {
    const parts: Partial<V1Container> = {
      envFrom: [whole],
      env: [{ name: ENABLED, valueFrom: { configMapKeyRef: { name: CONFIG, key: 'dual', optional: true } } }],
    };
    expect(placed(parts, inConfig)).toEqual({ key: 'dual', problems: [] });
  });

  test('a ConfigMap that the container does not use', () => {
    expect(
      placed({ envFrom: [{ secretRef: { name: CONFIG } }] }, inConfig, { [`Secret ${CONFIG}`]: {} }),
    ).toEqual({
      key: null,
      problems: [
        `container web takes no ${ENABLED} from ConfigMap ${CONFIG}: neither an envFrom nor an env entry refers to it`,
      ],
    });
  });

  test.each<[string, Partial<V1Container>, Parameters<typeof sources>[0], string[]]>([
    [
      'an env entry',
      { envFrom: [whole], env: [{ name: 'A' }, { name: ENABLED, value: 'false' }] },
      {},
      [`env[1], of container web sets ${ENABLED} and hides it`],
    ],
    [
      'a later object',
      { envFrom: [whole, { configMapRef: { name: 'other' } }] },
      { 'ConfigMap other': { [ENABLED]: 'false' } },
      [`envFrom[1], key ${ENABLED} of ConfigMap other, of container web sets ${ENABLED} and hides it`],
    ],
    [
      'an earlier object does not',
      { envFrom: [{ configMapRef: { name: 'other' } }, whole] },
      { 'ConfigMap other': { [ENABLED]: 'x' } },
      [],
    ],
    [
      'a later object without the key does not',
      { envFrom: [whole, { configMapRef: { name: 'other' } }] },
      { 'ConfigMap other': {} },
      [],
    ],
    [
      'a later Secret that may not be read might',
      { envFrom: [whole, { secretRef: { name: 's' } }] },
      { 'Secret s': 'no right to read it' },
      [
        `envFrom[1], key ${ENABLED} of Secret s, of container web may hide ${ENABLED}: Secret s cannot be read (no right to read it)`,
      ],
    ],
  ])('hidden by: %s', (...[, parts, contents, problems]) => {
    expect(placed(parts, inConfig, contents)).toEqual({ key: ENABLED, problems });
  });
});
