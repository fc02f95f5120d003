/** What is asked of the target's shell, and what is made of its answer, whatever it is. */
import { execFileSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import type { CommandResult } from '../../../activities/targets/command.js';
import { queryAnswer, type QueryAnswer } from '../../../activities/targets/query-answer.js';
import { queryCountText } from '../../../activities/targets/query-count-file.js';
import { QUERY_MARK } from '../../../activities/targets/query-count-script.js';
import { queryCountCode } from '../../../activities/targets/query-question.js';
import type { QueriesObservation } from '../../../procedure/observations.js';
import { testEnvironment } from '../database/environment.js';

const said = (stdout: string, more: Partial<CommandResult> = {}): CommandResult => ({
  ...{ exitCode: 0, stdout, stderr: '', problem: null },
  ...more,
});
const answered = (answer: unknown): QueryAnswer =>
  queryAnswer(
    said(`215 objects imported automatically\n\n${QUERY_MARK}${JSON.stringify(answer)}\nnoise behind\n`),
  );
const request = (operation: string, more: object = {}): object => ({
  ...{ operation, problem: null, refused: [], statements: ['SELECT auth_user', 'INSERT organizations_team'] },
  ...{ transaction: 2, hooks: 1, hookErrors: [], hookStatements: ['INSERT teams_team'] },
  ...more,
});
const ALL = ['team_create', 'member_add', 'team_update'];

describe('the code for the shell', () => {
  const { settings } = testEnvironment();
  const code = queryCountCode({ settings, username: 'captain1', gameId: 7, tag: 'rd-1' });

  test('is one line without quotes that a shell or an indentation could spoil', () => {
    expect(code).toMatch(/^[\x20-\x7e]+$/);
    expect(code).not.toContain("'");
  });

  test('is Python that can be read, with the requests of the flows', () => {
    const encoded = [...code.matchAll(/b64decode\("([^"]+)"\)/g)].map(([, text = '']) =>
      Buffer.from(text, 'base64').toString('utf8'),
    );
    const [script = '', question = ''] = encoded;
    execFileSync('python3', ['-c', 'import ast, sys; ast.parse(sys.stdin.read())'], { input: script });
    const asked = JSON.parse(question) as { requests: { path: string }[] };
    expect(asked).toMatchObject({ username: 'captain1', host: '127.0.0.1:1', secure: false });
    expect(asked.requests.map(({ path }) => path)).toEqual([
      '/api/vnext/teams/create/',
      '/api/vnext/teams/slug-of-the-counted-team/members/add/',
      '/api/vnext/teams/slug-of-the-counted-team/settings/',
    ]);
    expect(question).not.toContain('API_PASSWORD');
  });
});

describe('the answer', () => {
  test('three operations, each with its own counts', () => {
    const answer = answered({
      dualWrite: true,
      authentication: 'token',
      requests: ALL.map((one) => request(one)),
    });
    expect(answer).toMatchObject({ dualWrite: true, authentication: 'token', problems: [] });
    expect(answer.operations).toHaveLength(3);
    expect(answer.operations[0]).toMatchObject({ request: 2, transaction: 2, hooks: 1, commitHooks: 1 });
  });

  test.each([
    ['nothing', said(''), /no answer \(exit code 0\)/],
    [
      'a traceback',
      said('', { exitCode: 1, stderr: 'Traceback\nKeyError: 1\n' }),
      /exit code 1: KeyError: 1/,
    ],
    ['too late', said('', { exitCode: null, problem: 'timed-out' }), /timed-out/],
    ['a broken line', said(`${QUERY_MARK}{"requests":`), /no answer/],
    ['a list', said(`${QUERY_MARK}[]`), /no answer/],
  ])('%s is a problem', (_, result, problem) => {
    const answer = queryAnswer(result);
    expect(answer).toMatchObject({ dualWrite: null, operations: [] });
    expect(answer.problems.join()).toMatch(problem);
  });

  test("the script's own reason, with the flag that it saw", () => {
    expect(answered({ dualWrite: false, reason: 'there is no user x' })).toMatchObject({
      ...{ dualWrite: false, operations: [], problems: ['there is no user x'] },
    });
  });

  test.each([
    [{ problem: 'HTTP 500 no', refused: ['it wanted a socket'] }, ['HTTP 500 no', 'it wanted a socket'], 2],
    [{ statements: [] }, ['no query at all'], 2],
    [{ transaction: 'two' }, ['its count is broken'], 2],
    [{ refused: ['it wanted a socket'] }, ['it wanted a socket'], 3],
    [{ hookErrors: ['IntegrityError: x'] }, ['a commit hook failed: IntegrityError: x'], 3],
  ])('an operation with %j', (more, problems, count) => {
    const requests = [request('team_create'), request('member_add', more), request('team_update')];
    const answer = answered({ dualWrite: true, authentication: 'set', requests });
    expect(answer.operations).toHaveLength(count);
    expect(answer.problems).toHaveLength(problems.length);
    for (const [index, problem] of problems.entries()) expect(answer.problems[index]).toContain(problem);
    expect(answer.problems.every((problem) => problem.startsWith('Member Add: '))).toBe(true);
    const hooks = answer.operations.find((one) => one.operation === 'member_add')?.commitHooks;
    if (count === 3) expect(hooks).toBe('hookErrors' in more ? null : 1);
  });

  test('operations that it does not tell of are missing, with a reason', () => {
    const answer = answered({ dualWrite: true, requests: [request('team_create'), 'noise'] });
    expect(answer.operations).toHaveLength(1);
    expect(answer.problems).toEqual([
      'Member Add: the script told nothing of it',
      'Team Update: the script told nothing of it',
    ]);
  });
});

describe('the file', () => {
  const observed = (side: 'baseline' | 'after', answer: QueryAnswer): QueriesObservation => ({
    ...{ kind: 'queries', id: `${side}-queries`, at: '2026-11-23T12:00:00.000Z', source: 'framework', side },
    ...{ status: 'counted', dualWrite: answer.dualWrite, operations: answer.operations, reason: null },
  });

  test('has both sides, what is missing as a dash, and the end of a command that failed', () => {
    const before = answered({
      ...{ dualWrite: false, authentication: 'token' },
      requests: [request('team_create', { hooks: 0, hookStatements: [] }), request('member_add')],
    });
    const after = answered({ dualWrite: true, authentication: 'token', requests: [request('team_create')] });
    const text = queryCountText({
      answer: after,
      observation: observed('after', after),
      baseline: observed('baseline', before),
      outside: {
        off: { requests: 23, perRequest: 7.1, reason: null },
        on: { requests: 23, perRequest: null, reason: 'it was reset' },
      },
      result: said('some noise', { stderr: 'last words' }),
    });
    expect(text).toMatch(/^Team Create +2 +2 +5-8 +none, 1 in 1 function$/m);
    expect(text).toMatch(/^Member Add +2 +– +3-5 +1 in 1 function, –$/m);
    expect(text).toMatch(
      /^By the database .*\n {2}flag off: 7\.1 a create, over 23 creates\n {2}flag on: not to be told: it was reset$/m,
    );
    expect(text).toMatch(/^Team Update +– +– +2-4 +–, –$/m);
    expect(text).toMatch(/Not counted, or not wholly\n {2}Member Add: the script told nothing of it\n/);
    expect(text).toMatch(/some noise[^]*last words/);
  });
});
