import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createKubernetesClient } from '../../../../../activities/targets/kubernetes/client.js';
import { lastLogLines } from '../../../../../activities/targets/kubernetes/last-log-lines.js';
import { ApiServer } from './api-server.js';

const server = new ApiServer();
beforeAll(() => server.start());
afterAll(() => server.stop());
beforeEach(() => {
  server.requests.length = 0;
});

const text = (body: string) => ({ status: 200, body, contentType: 'text/plain' });
const { signal } = new AbortController();
const read = (lines = 3) =>
  lastLogLines(
    createKubernetesClient(server.config()),
    { namespace: 'deltacrown', pod: 'web-1', container: 'web', lines },
    { signal, timeoutMs: 10_000 },
  );

test('of the former life, with secrets masked and no empty lines', async () => {
  server.instead = () => text('one\ntwo\n\npassword=hunter2\nKeyError: 5\n');
  await expect(read()).resolves.toEqual(['two', 'password=***', 'KeyError: 5']);
  const [request] = server.requests;
  expect(request?.path).toBe('/api/v1/namespaces/deltacrown/pods/web-1/log');
  expect(Object.fromEntries(request?.query ?? [])).toMatchObject({
    container: 'web',
    previous: 'true',
    tailLines: '3',
  });
});

test('of the present life when the former one is gone', async () => {
  server.instead = ({ query }) => (query.get('previous') === 'true' ? { status: 400 } : text('starting\n'));
  await expect(read()).resolves.toEqual(['starting']);
});

test.each([
  'unable to retrieve container logs for containerd://0123456789abcdef',
  'failed to try resolving symlinks in path "/pods/web-1/web/0.log": lstat /pods/web-1/web/0.log: no such file or directory',
])('what the kubelet says in the place of the former log is no line of it: %s', async (said) => {
  server.instead = ({ query }) => text(query.get('previous') === 'true' ? said : 'starting\n');
  await expect(read()).resolves.toEqual(['starting']);
});

test('whatever form a secret has in what a dying container said, it is masked', async () => {
  const secrets = ['hunter2-hunter2', 'eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJl', 'abcdef0123456789'];
  const [password = '', token = '', key = ''] = secrets;
  server.instead = () =>
    text(
      `could not connect to postgres://web:${password}@db/web\nAuthorization: Bearer ${token}\n{"api_key": "${key}"}\n`,
    );
  const lines = await read();
  expect(lines).toHaveLength(3);
  for (const secret of secrets) expect(lines.join('\n')).not.toContain(secret);
  expect(lines[0]).toBe('could not connect to postgres://web:***@db/web');
});

test('a log that cannot be read says so in its place', async () => {
  server.instead = () => ({ status: 403 });
  const lines = await read();
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^\(Could not read the log of pod deltacrown\/web-1, container web: .*HTTP 403/);
});

test('long lines are cut', async () => {
  server.instead = () => text(`${'x'.repeat(5000)}\n`);
  expect((await read())[0]).toHaveLength(500);
});
