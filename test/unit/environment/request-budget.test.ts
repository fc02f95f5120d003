import { expect, test } from '@jest/globals';
import { budgetProblems } from '../../../environment/request-budget.js';
import type { ApiAuthentication, EnvironmentSettings } from '../../../environment/settings.js';
import { settingsWith } from './loading.js';

const USER: ApiAuthentication = { kind: 'token', token: 'env:T', scheme: 'Bearer' };

function problems(users: number, changes: Partial<EnvironmentSettings['samples']>, perHour = 1000): string[] {
  const samples = { ...SAMPLES, ...changes };
  const api = { moreUsers: Array.from({ length: users - 1 }, () => USER), requestsPerHour: perHour };
  return budgetProblems({ api: api as unknown as EnvironmentSettings['api'], samples }).map(
    (one) => `${one.path}: ${one.message}`,
  );
}
const SAMPLES: EnvironmentSettings['samples'] = {
  measured: 100,
  warmUp: 3,
  claim: 'p95',
  ratePerSecond: 4,
  memberAdd: 100,
  settings: 100,
  roleUpdate: 30,
  memberRemove: 30,
  queryCounts: false,
  secondBaseline: false,
};

test('the default samples are 726 requests: too many for one user, fine for two', () => {
  expect(problems(1, {})).toEqual([
    expect.stringMatching(/^api\.moreUsers: the performance test sends 726 requests.*over 700/),
  ]);
  expect(problems(2, {})).toEqual([]);
});

test.each([
  ['fewer samples', 1, { settings: 80 }, 1000, true],
  ['a target that lets more through', 1, {}, 1038, true],
  ['never more than one a team', 1, { measured: 20, memberAdd: 100, settings: 100 }, 1000, true],
  ['as many creates as two users may send', 2, { measured: 430 }, 1000, true],
  ['five hundred of everything', 2, { measured: 500, memberAdd: 500, settings: 500 }, 1000, false],
] as const)('%s', (...row) => {
  const [, users, changes, perHour, fine] = row;
  expect(problems(users, changes, perHour)).toHaveLength(fine ? 0 : 1);
});

test('the creates after a rollback count too, and are told', () => {
  expect(problems(2, { secondBaseline: true }, 500)).toEqual([
    expect.stringMatching(
      /sends 829 requests, 103 of them after a rollback, with 2 user\(s\) 415 each; over 350/,
    ),
  ]);
  expect(problems(2, { secondBaseline: true })).toEqual([]);
});

test('is told when the file is loaded, with its place', async () => {
  await expect(settingsWith({ 'api.moreUsers': [] })).rejects.toThrow(/api\.moreUsers.*829 requests/);
});
