import { describe, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { environmentSchemaText } from '../../../environment/schema/environment-schema.js';
import { createEnvironmentLoader } from '../../../environment/load.js';
import { parseDuration } from '../../../procedure/durations.js';
import { BASELINE_FLAGS } from '../../../procedure/flags.js';
import { settingsWith } from './loading.js';

interface Node {
  readonly [keyword: string]: unknown;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly oneOf?: readonly Node[];
  readonly items?: Node;
  readonly additionalProperties?: Node | false;
}

const FILE = new URL('../../../environment/environment.schema.json', import.meta.url);
const schema = JSON.parse(await readFile(FILE, 'utf8')) as Node;

/** Every node of the schema with its path. */
function nodes(node: Node, path: string): (readonly [string, Node])[] {
  const children = [
    ...Object.entries(node.properties ?? {}).map(([name, child]): [string, Node] => [
      `${path}.${name}`,
      child,
    ]),
    ...(node.oneOf ?? []).map((child, index): [string, Node] => [`${path}(${String(index)})`, child]),
    ...(node.items === undefined ? [] : [[`${path}[]`, node.items] as const]),
    ...(node.additionalProperties ? [[`${path}.*`, node.additionalProperties] as const] : []),
  ];
  return [[path, node], ...children.flatMap(([where, child]) => nodes(child, where))];
}
const all = nodes(schema, '');

describe('environment.schema.json', () => {
  test('is what the schema source prints (write it anew with environment/write-schema.ts)', () => {
    expect(JSON.stringify(schema)).toBe(JSON.stringify(JSON.parse(environmentSchemaText())));
  });

  test('tells of every property what it is', () => {
    for (const [path, node] of all) {
      expect([
        path,
        typeof node['title'],
        typeof node['description'],
        Array.isArray(node['examples']),
      ]).toEqual([path, 'string', 'string', true]);
    }
  });

  test('knows all keys of every section', () => {
    for (const [path, node] of all) {
      if (node.properties !== undefined) expect([path, node.additionalProperties]).toEqual([path, false]);
    }
  });

  test('is draft-07, which editors take', () => {
    expect(schema['$schema']).toBe('http://json-schema.org/draft-07/schema#');
  });
});

/** Where a setting stands in the loaded settings when it is not under the name that the file uses. */
const UNDER_ANOTHER_NAME: Readonly<Record<string, string>> = {
  'artifacts.minimumFree': 'artifacts.minimumFreeBytes',
};

describe('defaults', () => {
  const defaults = all
    .filter(([path, node]) => Object.hasOwn(node, 'default') && !path.includes('('))
    .map(([path, node]): [string, unknown] => [path.slice(1), node['default']]);

  test.each(defaults)('%s', async (path, fallback) => {
    // The minimal file needs this one, which the default samples ask for.
    const changes = path === 'api.moreUsers' ? { [path]: fallback, 'api.requestsPerHour': 10_000 } : {};
    expect(valueAt(await settingsWith(changes), path)).toEqual(asLoaded(path, fallback));
  });

  test('of a branch of a union are filled in too', async () => {
    const { api, target } = await settingsWith();
    expect(api.authentication).toMatchObject({
      tokenPath: '/api/token/',
      refreshPath: '/api/token/refresh/',
    });
    expect(target).toMatchObject({ restartTimeoutMs: 90_000, supervisor: { command: ['supervisorctl'] } });
    const token = await settingsWith({ 'api.authentication': { kind: 'token', token: 'env:T' } });
    expect(token.api.authentication).toEqual({ kind: 'token', token: 'env:T', scheme: 'Bearer' });
  });

  test("are the seed's and the spec's numbers", async () => {
    const settings = await settingsWith();
    expect(settings.thresholds).toEqual({
      minimumEvents: 3,
      p95Ratio: 2,
      minimumDeltaMs: 25,
      connectionShare: 0.8,
      orphanChecks: 3,
      lagBudgetMs: 10_000,
      createAcceptableP95Ms: 200,
      createAlertP95Ms: 300,
      memberAddAcceptableP95Ms: 120,
      memberAddAlertP95Ms: 200,
      settingsAcceptableP95Ms: 150,
      settingsAlertP95Ms: 250,
    });
    expect(settings.soak).toEqual({ auditEvery: 12 });
    expect(settings.deadlines).toEqual({
      enable: 86_400_000,
      soak: 86_400_000,
      finish: 86_400_000,
      attention: 7_200_000,
      ask: 900_000,
      pause: 14_400_000,
      preconditions: 1_800_000,
    });
    expect(settings.flags.baseline).toEqual(BASELINE_FLAGS);
    expect(settings.approvers).toEqual({ enable: [], soak: [], finish: [] });
    expect(settings.database.tables.mapping).toEqual([
      'organizations_teammigrationmap',
      'organizations_migration_map',
    ]);
  });
});

test('the example loads, and shows every setting', async () => {
  const directory = new URL('../../../environments/', import.meta.url);
  const text = await readFile(new URL('staging.example.yaml', directory), 'utf8');
  expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=../environment/environment.schema.json');
  const { loadText } = await import('./loading.js');
  const loaded = await loadText(text, 'staging');
  expect(loaded.ok ? [] : loaded.problems).toEqual([]);
  const shown = parse(text) as Readonly<Record<string, unknown>>;
  expect(Object.keys(shown).sort()).toEqual(Object.keys(schema.properties ?? {}).sort());
  expect(await createEnvironmentLoader({ directory: directory.pathname }).names()).not.toContain(
    'staging.example',
  );
});

function valueAt(settings: unknown, path: string): unknown {
  const named = UNDER_ANOTHER_NAME[path] ?? path;
  const found = named.split('.').reduce<unknown>((value, step) => field(value, step), settings);
  return found === undefined
    ? field(field(settings, named.split('.')[0] ?? ''), `${named.split('.').at(-1) ?? ''}Ms`)
    : found;
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? new Map<string, unknown>(Object.entries(value)).get(name)
    : undefined;
}

/** A default as the settings hold it: durations in milliseconds, sizes in bytes, flags as words. */
function asLoaded(path: string, fallback: unknown): unknown {
  if (fallback === '200MiB') return 200 * 1024 ** 2;
  if (typeof fallback === 'string') return parseDuration(fallback) ?? fallback;
  if (path.startsWith('flags.')) return String(fallback);
  return fallback;
}
