import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { EnvironmentSettings } from '../../../environment/settings.js';
import { collectStaticFiles } from '../../../activities/targets/static-files.js';
import type { CommandResult } from '../../../activities/targets/command.js';
import type { Target } from '../../../activities/targets/target.js';
import { startTarget, type TargetDouble } from '../api/target-double.js';
import { testEnvironment } from '../database/environment.js';

let server: TargetDouble;
let answer: { readonly status: number; readonly type?: string } = { status: 200 };

beforeAll(async () => {
  server = await startTarget((_, response) => {
    response.writeHead(answer.status, answer.type === undefined ? {} : { 'content-type': answer.type });
    response.end('body {}');
  });
});
afterAll(() => server.close());

const WELL: CommandResult = { exitCode: 0, stdout: '1 static file copied.\n', stderr: '', problem: null };

async function collect(
  staticFile: string | null,
  result: CommandResult = WELL,
): Promise<{ ok: boolean; detail: string }> {
  const target = { runManagement: () => Promise.resolve(result) } as unknown as Target;
  const api: EnvironmentSettings['api'] = {
    ...testEnvironment().settings.api,
    ...{ baseUrl: server.baseUrl, staticFile },
  };
  return collectStaticFiles(target, api, new AbortController().signal);
}

test.each([
  ['/static/css/main.css', 200, 'text/css; charset=utf-8', true],
  ['/static/css/main.css', 200, undefined, true],
  ['/static/app.js', 200, 'text/plain', true],
  ['/static/help.html', 200, 'text/html', true],
  ['/static/help.HTM?v=2', 200, 'text/html', true],
  // Nothing in its name says what it is.
  ['/static/', 200, 'text/html', true],
  ['/static/css/main.css', 200, 'text/html; charset=utf-8', false],
  ['/static/css/main.css?page=a.html', 200, 'Text/HTML', false],
  ['/static/css/main.css', 404, 'text/css', false],
  ['/static/css/main.css', 301, 'text/html', false],
  ['/static/css/main.css', 500, 'text/html', false],
] as const)('%s answers %d with %s: %s', async (...row) => {
  const [path, status, type, ok] = row;
  answer = { status, ...(type === undefined ? {} : { type }) };
  const said = await collect(path);
  expect(said).toMatchObject({ ok });
  expect(said.detail).toContain(`${path} answered ${String(status)}`);
  expect(/page of HTML/.test(said.detail)).toBe(!ok && status === 200);
});

test('no file to ask for, and a command that fails, are no proof', async () => {
  answer = { status: 200, type: 'text/css' };
  expect(await collect(null)).toMatchObject({ ok: false, detail: expect.stringContaining('is not set') });
  const failed = { ...WELL, exitCode: 1, stderr: 'FileExistsError: x\n' };
  expect(await collect('/a.css', failed)).toEqual({
    ...{ ok: false, detail: 'collectstatic failed: exit code 1: FileExistsError: x' },
  });
});
