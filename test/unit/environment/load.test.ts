import { describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { createEnvironmentLoader } from '../../../environment/load.js';
import { MINIMAL, loadText, minimalWith, settingsWith } from './loading.js';

async function problemsOf(text: string, name?: string): Promise<string[]> {
  const loaded = await loadText(text, name);
  return loaded.ok
    ? []
    : loaded.problems.map(({ path, message }) => `${path.replace(/^[^/]*\//, '')}: ${message}`);
}

describe('a good file', () => {
  test('has its digest, absolute paths and milliseconds', async () => {
    const text = minimalWith({
      'target.restartTimeout': '2m',
      'artifacts.minimumFree': '1GiB',
      'api.authentication.password': 'file:secrets/pw',
    });
    const loaded = await loadText(text);
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
    const { settings, digest } = loaded.environment;
    expect(digest).toBe(createHash('sha256').update(text).digest('hex'));
    expect(settings.target).toMatchObject({
      envFile: `${loaded.folder}/.env.staging`,
      restartTimeoutMs: 120_000,
    });
    expect(settings.api.authentication).toMatchObject({ password: `file:${loaded.folder}/secrets/pw` });
    expect(settings.artifacts.minimumFreeBytes).toBe(1024 ** 3);
  });

  test('a command that is a path counts from the folder, a bare word from PATH', async () => {
    const { target } = await settingsWith({ 'target.manage.command': ['./venv/bin/python', 'manage.py'] });
    expect(target.manage.command[0]).toMatch(/^\/.*\/venv\/bin\/python$/);
    expect(target).toMatchObject({ supervisor: { command: ['supervisorctl'] } });
  });

  test('an entry of a list is filled in as well', async () => {
    const { api } = await settingsWith({});
    expect(api.moreUsers).toEqual([
      expect.objectContaining({
        username: 'captain2',
        tokenPath: '/api/token/',
        refreshPath: '/api/token/refresh/',
      }),
    ]);
  });

  test('an empty key counts as left out', async () => {
    expect((await settingsWith({ 'api.staticFile': '/a' })).api.staticFile).toBe('/a');
    const text = `${minimalWith({})}samples:\npublish:\n  tracker:\n`;
    expect((await loadText(text)).ok).toBe(true);
  });
});

describe('a broken file tells where and what', () => {
  test.each([
    ['empty', '', 'lab.yaml: is empty'],
    ['tabs', 'name: lab\n\tkind: lab\n', 'lab.yaml:2: a tab is used'],
    ['no mapping', '- a\n', 'lab.yaml:1: must be a section with keys'],
    ['two documents', `${minimalWith({})}---\na: 1\n`, 'has a second document'],
    ['a key twice', `${minimalWith({})}kind: lab\n`, 'this key stands twice'],
    [
      'unknown key',
      minimalWith({ 'api.baseURL': 'x' }),
      'api.baseURL: is no known setting; did you mean "baseUrl"?',
    ],
    [
      'unknown key, nothing near',
      minimalWith({ 'samples.colour': 1 }),
      'samples.colour: is no known setting; known are measured, claim, ratePerSecond, queryCounts, secondBaseline, warmUp',
    ],
    ['missing', minimalWith({ 'target.supervisor.program': null }), 'target.supervisor.program: is missing'],
    [
      'duration without unit',
      minimalWith({ 'rollback.patience': 120 }),
      'rollback.patience: must be a duration such as',
    ],
    [
      'secret as value',
      minimalWith({ 'database.url': 'postgresql://u:hunter2@h/d' }),
      'database.url: must say where the secret stands',
    ],
    [
      'user in the address',
      minimalWith({ 'api.baseUrl': 'http://u:hunter2@127.0.0.1' }),
      'api.baseUrl: must be an http://',
    ],
    [
      'program all',
      minimalWith({ 'target.supervisor.program': 'all' }),
      'target.supervisor.program: must be the name of one',
    ],
    ['method', minimalWith({ 'target.method': 'kubernetes' }), 'target.method: must be one of "env-file"'],
    ['kind', minimalWith({ kind: 'production' }), 'kind: must be one of "staging", "lab"'],
    [
      'quoted boolean',
      minimalWith({ 'flags.baseline.TEAM_LEGACY_WRITE_BLOCKED': 'true' }),
      'must be true or false, without quotes',
    ],
    ['list instead of text', minimalWith({ 'approvers.enable': 'ana' }), 'approvers.enable: must be a list'],
    ['range', minimalWith({ 'samples.measured': 0 }), 'samples.measured: must be >= 1'],
    ['never', minimalWith({ 'soak.auditEvery': 0 }), 'soak.auditEvery: must be >= 1'],
    ['another name', minimalWith({ name: 'staging' }), 'the file is called lab.yaml'],
    [
      'a secret for the command',
      minimalWith({ 'target.manage.environment': { DB_PASSWORD: 'hunter2' } }),
      'looks like a secret',
    ],
    [
      'credentials in a URL for the command',
      minimalWith({ 'target.manage.environment': { DATABASE_URL: 'postgresql://u:hunter2@h/d' } }),
      'looks like a secret',
    ],
  ])('%s', async (_, text, expected) => {
    const problems = await problemsOf(text);
    expect(problems.join('\n')).toContain(expected);
    expect(problems.join('\n')).not.toContain('hunter2');
  });

  test('with the line on which it stands', async () => {
    const text = minimalWith({ 'target.supervisor.program': 'a b' });
    const line = text.split('\n').findIndex((one) => one.includes('program:')) + 1;
    expect(await problemsOf(text)).toEqual([
      expect.stringMatching(new RegExp(`^lab.yaml:${String(line)} target.supervisor.program: `)),
    ]);
  });

  test.each(['../lab', 'Lab', 'a/b', '', 'lab.yaml', '-x'])(
    'a name that is no file name: %j',
    async (name) => {
      const loaded = await createEnvironmentLoader({ directory: '/nowhere' }).load(name);
      expect(loaded).toMatchObject({ ok: false, problems: [{ path: 'environment' }] });
    },
  );

  test('a file that is not there: what is', async () => {
    expect(await createEnvironmentLoader({ directory: '/nowhere' }).load('lab')).toMatchObject({
      ok: false,
      problems: [{ message: expect.stringContaining('copy environments/staging.example.yaml') }],
    });
  });
});

/** Breakages that do not hide each other, each with the words that tell it. */
const BREAKAGES: Readonly<Record<string, readonly [unknown, string]>> = {
  'api.readinessPath': ['ready', 'api.readinessPath: must be a path'],
  'api.requestTimeout': ['soon', 'api.requestTimeout: must be a duration'],
  'database.url': ['secret', 'database.url: must say where'],
  'database.tables.team': [[], 'database.tables.team: needs at least 1'],
  'target.envFile': [null, 'target.envFile: is missing'],
  'target.log.file': [7, 'target.log.file: must be a text'],
  'testData.region': ['MOON', 'testData.region: must be one of'],
  'samples.warmUp': [-1, 'samples.warmUp: must be >= 0'],
  'thresholds.p95ratio': [2, 'thresholds.p95ratio: is no known setting; did you mean "p95Ratio"?'],
  'deadlines.finish': [24, 'deadlines.finish: must be a duration'],
  'contacts.onCall': [null, 'contacts.onCall: is missing'],
  'artifacts.minimumFree': ['lots', 'artifacts.minimumFree: must be a size'],
  'publish.gitCommit': ['yes', 'publish.gitCommit: must be true or false'],
};

test('any broken file gives all its problems at once, and no others', async () => {
  await fc.assert(
    fc.asyncProperty(fc.subarray(Object.keys(BREAKAGES), { minLength: 1 }), async (broken) => {
      const problems = await problemsOf(
        minimalWith(Object.fromEntries(broken.map((path) => [path, BREAKAGES[path]?.[0] ?? null]))),
      );
      for (const path of broken) expect(problems.join('\n')).toContain(BREAKAGES[path]?.[1]);
      expect(problems).toHaveLength(broken.length);
    }),
    { numRuns: 60 },
  );
});

test('no text makes the loader throw', async () => {
  const pieces = fc.constantFrom(
    'name: lab',
    'kind:',
    '  - a',
    '\t',
    'a: &x {b: *x}',
    '? [1]',
    '"',
    "'",
    '{',
    '---',
    'api: [1',
    '<<: 1',
    '__proto__: 1',
    'constructor: x',
    '1: 2',
    'target: null',
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(pieces, fc.string({ maxLength: 8 })), { maxLength: 8 }),
      async (lines) => {
        const loaded = await loadText(lines.join('\n'));
        expect(loaded.ok).toBe(false);
        if (!loaded.ok) expect(loaded.problems.length).toBeGreaterThan(0);
      },
    ),
    { numRuns: 150 },
  );
});

test('the minimal file is minimal', async () => {
  for (const section of Object.keys(MINIMAL)) {
    expect((await loadText(minimalWith({ [section]: null }))).ok).toBe(false);
  }
});
