import { describe, expect, test } from '@jest/globals';
import type { V1Container, V1EnvFromSource, V1EnvVar } from '@kubernetes/client-node';
import fc from 'fast-check';
import {
  environmentOf,
  originText,
  sourcesOf,
} from '../../../../../activities/targets/kubernetes/container-environment.js';
import { expandReferences } from '../../../../../activities/targets/kubernetes/expansion.js';
import { ENABLED, sources } from './objects.js';

const container = (parts: Partial<V1Container>): V1Container => ({ name: 'web', ...parts });
const fromMap = (name: string, extra: Partial<V1EnvFromSource> = {}): V1EnvFromSource => ({
  configMapRef: { name },
  ...extra,
});

/** What counts, and which entry says so. */
function effective(
  parts: Partial<V1Container>,
  contents: Parameters<typeof sources>[0] = {},
  name = ENABLED,
) {
  const claim = environmentOf(container(parts), sources(contents)).claims(name).at(-1);
  if (claim === undefined) return 'absent';
  return `${claim.value ?? `unknown: ${claim.reason ?? ''}`} by ${originText(claim.origin)}`;
}

describe('what a container sees', () => {
  test.each<[string, string, Partial<V1Container>, Parameters<typeof sources>[0]]>([
    ['nothing', 'absent', {}, {}],
    ['a value', 'true by env[0]', { env: [{ name: ENABLED, value: 'true' }] }, {}],
    ['an entry without a value is empty', ' by env[0]', { env: [{ name: ENABLED }] }, {}],
    [
      'the later of two entries',
      'b by env[1]',
      {
        env: [
          { name: ENABLED, value: 'a' },
          { name: ENABLED, value: 'b' },
        ],
      },
      {},
    ],
    [
      'a whole ConfigMap',
      `x by envFrom[0], key ${ENABLED} of ConfigMap c`,
      { envFrom: [fromMap('c')] },
      { 'ConfigMap c': { [ENABLED]: 'x' } },
    ],
    [
      'the later of two objects',
      `s by envFrom[1], key ${ENABLED} of Secret k`,
      { envFrom: [fromMap('c'), { secretRef: { name: 'k' } }] },
      { 'ConfigMap c': { [ENABLED]: 'x' }, 'Secret k': { [ENABLED]: 's' } },
    ],
    [
      'a prefix',
      'x by envFrom[0], key WRITE_ENABLED of ConfigMap c',
      { envFrom: [fromMap('c', { prefix: 'TEAM_VNEXT_DUAL_' })] },
      { 'ConfigMap c': { WRITE_ENABLED: 'x' } },
    ],
    [
      'env over envFrom',
      'e by env[0]',
      { env: [{ name: ENABLED, value: 'e' }], envFrom: [fromMap('c')] },
      { 'ConfigMap c': { [ENABLED]: 'x' } },
    ],
    [
      'a key of a ConfigMap',
      'x by env[0], key k of ConfigMap c',
      { env: [{ name: ENABLED, valueFrom: { configMapKeyRef: { name: 'c', key: 'k' } } }] },
      { 'ConfigMap c': { k: 'x' } },
    ],
    [
      'an optional key that is not there leaves what came before',
      `x by envFrom[0], key ${ENABLED} of ConfigMap c`,
      {
        env: [{ name: ENABLED, valueFrom: { configMapKeyRef: { name: 'c', key: 'k', optional: true } } }],
        envFrom: [fromMap('c')],
      },
      { 'ConfigMap c': { [ENABLED]: 'x' } },
    ],
    [
      'a required key that is not there',
      'unknown: Secret s has no key k, so the container cannot start by env[0], key k of Secret s',
      { env: [{ name: ENABLED, valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }] },
      { 'Secret s': {} },
    ],
    [
      'a Secret that may not be read might hold it',
      `unknown: Secret s cannot be read (no right) by envFrom[1], key ${ENABLED} of Secret s`,
      { envFrom: [fromMap('c'), { secretRef: { name: 's' } }] },
      { 'ConfigMap c': { [ENABLED]: 'x' }, 'Secret s': 'no right' },
    ],
    [
      'a Secret that may not be read, under another prefix, cannot',
      'absent',
      { envFrom: [{ prefix: 'DB_', secretRef: { name: 's' } }] },
      { 'Secret s': 'no right' },
    ],
    [
      'a field of the pod',
      'unknown: it comes from a field that only the pod itself knows by env[0]',
      { env: [{ name: ENABLED, valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }] },
      {},
    ],
    [
      'a reference to a variable before it',
      'true by env[1]',
      {
        env: [
          { name: 'A', value: 'true' },
          { name: ENABLED, value: '$(A)' },
        ],
      },
      {},
    ],
    [
      'a variable after it is not known yet',
      '$(A) by env[0]',
      {
        env: [
          { name: ENABLED, value: '$(A)' },
          { name: 'A', value: 'true' },
        ],
      },
      {},
    ],
    [
      'a reference to something unknown',
      'unknown: it refers to A, whose value is not known here by env[1]',
      {
        env: [
          { name: 'A', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
          { name: ENABLED, value: '$(A)' },
        ],
      },
      {},
    ],
  ])('%s', (...[, expected, parts, contents]) => {
    expect(effective(parts, contents)).toBe(expected);
  });

  test('keys that every object has are no variables', () => {
    expect(effective({ envFrom: [fromMap('c')] }, { 'ConfigMap c': {} }, 'constructor')).toBe('absent');
  });

  test('objects that are required and missing keep the container from starting, each named', () => {
    const { missing } = environmentOf(
      container({
        envFrom: [fromMap('c'), { configMapRef: { name: 'o', optional: true } }],
        env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }],
      }),
      sources({ 'Secret s': {} }),
    );
    expect(missing).toEqual(['ConfigMap c is not there', 'Secret s has no key k (env[0] A)']);
  });

  test('references to references end, however much they would grow', () => {
    const env = [
      { name: 'V0', value: 'x'.repeat(1000) },
      ...Array.from({ length: 60 }, (_, index) => ({
        name: `V${String(index + 1)}`,
        value: `$(V${String(index)})`.repeat(50),
      })),
      { name: ENABLED, value: '$(V60)' },
    ];
    expect(effective({ env })).toMatch(/^unknown: it refers to V60/);
  });

  test('objects that a container takes variables from, each once', () => {
    const found = sourcesOf(
      container({
        envFrom: [fromMap('c'), { secretRef: { name: 'c' } }, {}],
        env: [
          { name: 'A', valueFrom: { configMapKeyRef: { name: 'c', key: 'k' } } },
          { name: 'B', value: 'b', valueFrom: { secretKeyRef: { name: 'unused', key: 'k' } } },
          { name: 'C', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
        ],
      }),
    );
    expect(found).toEqual([
      { kind: 'ConfigMap', name: 'c' },
      { kind: 'Secret', name: 'c' },
      { kind: 'Secret', name: 's' },
    ]);
  });
});

describe('references in values', () => {
  test.each([
    ['$(A)', 'a'],
    ['$(A)$(A)', 'aa'],
    ['$$(A)', '$(A)'],
    ['$$$(A)', '$a'],
    ['$(B)', '$(B)'],
    ['$(A', '$(A'],
    ['$()', '$()'],
    ['$A $', '$A $'],
    ['$(A b)', '$(A b)'],
  ])('%s', (text, expected) => {
    expect(expandReferences(text, (name) => (name === 'A' ? 'a' : null))).toBe(expected);
  });
});

const NAMES = ['A', 'B', 'P_A', 'P_B', ENABLED];
const key = fc.constantFrom(...NAMES);
const value = fc.constantFrom('true', 'false', '', 'x');
const data = fc.dictionary(key, value, { maxKeys: 4 });
const object = fc.constantFrom('one', 'two', 'gone');
const optional = fc.constantFrom<{ optional?: boolean }>({}, { optional: true }, { optional: false });
const envFromEntry: fc.Arbitrary<V1EnvFromSource> = fc
  .record({
    kind: fc.constantFrom('configMapRef', 'secretRef'),
    name: object,
    flag: optional,
    prefix: fc.constantFrom('', 'P_'),
  })
  .map(({ kind, name, flag, prefix }) => ({
    [kind]: { name, ...flag },
    ...(prefix === '' ? {} : { prefix }),
  }));
const envEntry: fc.Arbitrary<V1EnvVar> = fc.oneof(
  fc.record({ name: key, value }),
  fc
    .record({
      name: key,
      kind: fc.constantFrom('configMapKeyRef', 'secretKeyRef'),
      of: object,
      key,
      flag: optional,
    })
    .map(({ name, kind, of, key: wanted, flag }) => ({
      name,
      valueFrom: { [kind]: { name: of, key: wanted, ...flag } },
    })),
);

/** The rules in the plainest words: write everything into one table, in order, later over earlier. */
function model(
  envFrom: readonly V1EnvFromSource[],
  env: readonly V1EnvVar[],
  contents: Readonly<Record<string, Record<string, string>>>,
): { starts: boolean; table: Map<string, string> } {
  const table = new Map<string, string>();
  let starts = true;
  for (const { configMapRef, secretRef, prefix } of envFrom) {
    const reference = configMapRef ?? secretRef;
    const found = contents[`${configMapRef ? 'ConfigMap' : 'Secret'} ${reference?.name ?? ''}`];
    if (found === undefined && reference?.optional !== true) starts = false;
    for (const [name, text] of Object.entries(found ?? {})) table.set(`${prefix ?? ''}${name}`, text);
  }
  for (const entry of env) {
    const map = entry.valueFrom?.configMapKeyRef;
    const reference = map ?? entry.valueFrom?.secretKeyRef;
    if (reference === undefined) table.set(entry.name, entry.value ?? '');
    else {
      const found = contents[`${map ? 'ConfigMap' : 'Secret'} ${reference.name ?? ''}`]?.[reference.key];
      if (found !== undefined) table.set(entry.name, found);
      else if (reference.optional !== true) starts = false;
    }
  }
  return { starts, table };
}

test('for any container: the last entry of the table counts, and the container starts when nothing is missing', () => {
  fc.assert(
    fc.property(
      fc.array(envFromEntry, { maxLength: 4 }),
      fc.array(envEntry, { maxLength: 5 }),
      fc.record({ 'ConfigMap one': data, 'ConfigMap two': data, 'Secret one': data, 'Secret two': data }),
      (envFrom, env, contents) => {
        const expected = model(envFrom, env, contents);
        const environment = environmentOf(container({ envFrom, env }), sources(contents));
        expect(environment.missing.length === 0).toBe(expected.starts);
        if (!expected.starts) return;
        for (const name of NAMES)
          expect(environment.claims(name).at(-1)?.value ?? null).toBe(expected.table.get(name) ?? null);
      },
    ),
    { numRuns: 1000 },
  );
});
