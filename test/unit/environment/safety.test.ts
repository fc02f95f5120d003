import { describe, expect, test } from '@jest/globals';
import { checkDatabaseUrl, isLoopback, productionWord } from '../../../environment/safety.js';
import { loadText, minimalWith, settingsWith } from './loading.js';

describe('named like production', () => {
  test.each([
    ['db.prod.example.org', 'prod'],
    ['deltacrown_production', 'production'],
    ['PROD-web', 'prod'],
    ['prod2', 'prod'],
    ['prodDatabase', 'prod'],
    ['/srv/live/.env', 'live'],
    ['.env.production', 'production'],
    ['prd', 'prd'],
    ['non-prod', 'prod'],
    ['products', null],
    ['liverpool', null],
    ['delivery', null],
    ['staging', null],
  ])('%s: %s', (name, word) => {
    expect(productionWord(name)).toBe(word);
  });
});

test.each([
  ['127.0.0.1', true],
  ['127.9.9.9', true],
  ['::1', true],
  ['localhost', true],
  ['/var/run/postgresql', true],
  ['127.0.0.1.example.org', false],
  ['10.0.0.1', false],
  ['localhost.example.org', false],
])('loopback %s: %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});

const STAGING = {
  kind: 'staging',
  'allow.hosts': ['staging.example.org', 'db.staging.internal'],
  'allow.databases': ['app_staging'],
  'api.baseUrl': 'https://staging.example.org',
};

describe('the allow-list', () => {
  test.each([
    ['listed', {}, null],
    [
      'another host',
      { 'api.baseUrl': 'https://other.example.org' },
      'leads to host "other.example.org", which is not in allow.hosts',
    ],
    [
      'a host that only begins alike',
      { 'api.baseUrl': 'https://staging.example.org.evil.org' },
      'not in allow.hosts',
    ],
    ['capitals and a dot are the same host', { 'api.baseUrl': 'https://STAGING.example.org.' }, null],
    [
      'production although listed',
      { 'allow.hosts': ['prod.example.org'], 'api.baseUrl': 'https://prod.example.org' },
      'named like production',
    ],
    ['a database named like production', { 'allow.databases': ['app_live'] }, 'named like production'],
    ['a program named like production', { 'target.supervisor.program': 'web-prod' }, 'named like production'],
    [
      'a path named like production',
      { 'target.envFile': '/srv/app/.env.production' },
      'named like production',
    ],
    [
      'a folder named like production',
      { 'target.manage.workingFolder': '/srv/production/app' },
      'named like production',
    ],
    ['testing switches', { 'testing.guardianWatch': false }, 'may be off only in an environment of kind lab'],
    ['the same region twice', { 'testData.otherRegion': 'NA' }, 'must differ from testData.region'],
  ])('%s', async (_, changes, expected) => {
    const loaded = await loadText(minimalWith({ ...STAGING, ...changes }));
    const text = loaded.ok
      ? null
      : loaded.problems.map(({ path, message }) => `${path} ${message}`).join('\n');
    if (expected === null) expect(text).toBeNull();
    else expect(text).toContain(expected);
  });

  test('a lab stays on this machine', async () => {
    const loaded = await loadText(
      minimalWith({ 'allow.hosts': ['127.0.0.1', '10.0.0.7'], 'api.baseUrl': 'http://10.0.0.7' }),
    );
    expect(JSON.stringify(loaded)).toContain('is another machine');
  });
});

describe('where the database URL leads', () => {
  test.each([
    ['listed', 'postgresql://u:hunter2@db.staging.internal:5432/app_staging', null],
    [
      'postgres scheme and options',
      'postgres://u:hunter2@db.staging.internal/app_staging?sslmode=disable',
      null,
    ],
    [
      'another host',
      'postgresql://u:hunter2@db.internal/app_staging',
      'host "db.internal", which is not in allow.hosts',
    ],
    [
      'another database',
      'postgresql://u:hunter2@db.staging.internal/app',
      'database "app", which is not in allow.databases',
    ],
    [
      'a host smuggled into the options',
      'postgresql://u:hunter2@db.staging.internal/app_staging?host=db.internal',
      'host "db.internal"',
    ],
    ['production', 'postgresql://u:hunter2@db.prod.internal/app_staging', 'named like production'],
    ['no URL', 'hunter2', 'is no PostgreSQL URL'],
    ['a broken URL', 'postgresql://u:hunter2@[::1/app', 'is no PostgreSQL URL'],
    ['another scheme', 'mysql://u:hunter2@db.staging.internal/app_staging', 'is no PostgreSQL URL'],
  ])('%s', async (_, url, expected) => {
    const problems = checkDatabaseUrl(url, await settingsWith(STAGING));
    const text = problems.map(({ path, message }) => `${path} ${message}`).join('\n');
    expect(text).not.toContain('hunter2');
    if (expected === null) expect(text).toBe('');
    else expect(text).toContain(expected);
  });
});

test.each([
  ['8m', null],
  ['481s', 'target.restartTimeout: is longer than 8m'],
  ['15m', 'target.restartTimeout: is longer than 8m'],
])('a restart that may take %s: %s', async (restartTimeout, expected) => {
  const loaded = await loadText(minimalWith({ 'target.restartTimeout': restartTimeout }));
  const problems = loaded.ok ? [] : loaded.problems;
  expect(problems.map(({ path, message }) => `${path}: ${message}`)).toEqual(
    expected === null ? [] : [expect.stringContaining(expected)],
  );
});
