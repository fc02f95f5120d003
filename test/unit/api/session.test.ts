import { afterEach, describe, expect, test } from '@jest/globals';
import { createApiSessions, type ApiRequest, type ApiSessions } from '../../../activities/api/session.js';
import { describeError, retryAfterMs } from '../../../activities/api/response.js';
import { expiryOf } from '../../../activities/api/tokens.js';
import type { LoadedEnvironment } from '../../../environment/settings.js';
import { testEnvironment } from '../database/environment.js';
import { json, startTarget, token, type Handler, type TargetDouble } from './target-double.js';

const PASSWORD = 'correct-horse-battery';
const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

interface Rig {
  readonly target: TargetDouble;
  readonly sessions: ApiSessions;
  readonly environment: LoadedEnvironment;
  get(changes?: Partial<ApiRequest>): ReturnType<ApiSessions['request']>;
}

async function rig(
  handler: Handler,
  options: { login?: Handler; api?: Partial<LoadedEnvironment['settings']['api']> } = {},
): Promise<Rig> {
  const target = await startTarget(handler, options.login);
  const base = testEnvironment().settings.api;
  const environment = testEnvironment({
    api: { ...base, baseUrl: target.baseUrl, requestTimeoutMs: 1500, ...options.api },
  });
  const sessions = createApiSessions({ resolveSecret: () => Promise.resolve(PASSWORD) });
  open.push(sessions, target);
  const get: Rig['get'] = (changes = {}) =>
    sessions.request(environment, {
      method: 'GET',
      path: '/x/',
      signal: new AbortController().signal,
      ...changes,
    });
  return { target, sessions, environment, get };
}

const fine: Handler = (_request, response) => json(response, 200, { fine: true });

describe('tokens', () => {
  test('one login for many requests, also when they start together', async () => {
    const { get, target } = await rig(fine);
    await Promise.all([get(), get(), get()]);
    await get();
    expect(target.logins()).toBe(1);
    expect(target.received.at(-1)?.headers.authorization).toMatch(/^Bearer ey/);
    expect(target.received[0]?.body).toEqual({ username: 'captain1', password: PASSWORD });
  });

  test('a token near its end is refreshed before the request', async () => {
    const { get, target } = await rig(fine, {
      login: (_request, response) => json(response, 200, { access: token(30), refresh: 'r1' }),
    });
    await get();
    await get();
    expect(target.received.map((one) => one.path)).toEqual([
      '/api/token/',
      '/x/',
      '/api/token/refresh/',
      '/x/',
    ]);
    expect(target.received[2]?.body).toEqual({ refresh: 'r1' });
  });

  test('a 401 is answered by one new token, not by a second failure', async () => {
    let answers = 0;
    const { get, target } = await rig((request, response) => {
      answers += 1;
      if (answers === 1) json(response, 401, { error: 'expired', code: 'NOT_AUTHENTICATED' });
      else fine(request, response);
    });
    expect(await get()).toMatchObject({ kind: 'answer', status: 200 });
    expect(target.logins()).toBe(2);
  });

  test('a refused refresh falls back to the password', async () => {
    const { get, target } = await rig(fine, {
      login: (request, response) =>
        request.path.endsWith('refresh/')
          ? json(response, 401, {})
          : json(response, 200, { access: token(30), refresh: 'r' }),
    });
    await get();
    await get();
    expect(target.received.map((one) => one.path)).toEqual([
      '/api/token/',
      '/x/',
      '/api/token/refresh/',
      '/api/token/',
      '/x/',
    ]);
  });

  test('a refused login names user and reference, never the value', async () => {
    const { get } = await rig(fine, {
      login: (_request, response) => json(response, 401, { detail: 'No active account' }),
    });
    const error: unknown = await get().catch((caught: unknown) => caught);
    expect(error).toMatchObject({ type: 'Unauthorized', nonRetryable: true });
    expect(String(error)).toContain('user captain1 with the password of env:API_PASSWORD');
    expect(JSON.stringify(error) + String(error)).not.toContain(PASSWORD);
  });

  test('a 401 that stays is Unauthorized; a static token is never renewed', async () => {
    const always: Handler = (_request, response) => json(response, 401, {});
    await expect((await rig(always)).get()).rejects.toMatchObject({ type: 'Unauthorized' });
    const fixed = await rig(always, {
      api: { authentication: { kind: 'token', token: 'env:API_TOKEN', scheme: 'Token' } },
    });
    await expect(fixed.get()).rejects.toMatchObject({
      type: 'Unauthorized',
      message: expect.stringContaining('env:API_TOKEN'),
    });
    expect(fixed.target.received.map((one) => one.headers.authorization)).toEqual([`Token ${PASSWORD}`]);
  });

  test('a throttled login is a result of its own', async () => {
    const { get } = await rig(fine, {
      login: (_request, response) =>
        json(response, 429, { error: 'x', code: 'RATE_LIMITED' }, { 'retry-after': '3600' }),
    });
    const response = await get();
    expect(response).toMatchObject({ kind: 'throttled', while: 'login', retryAfterMs: 3_600_000 });
    expect(describeError(response)).toBe('the login was throttled (HTTP 429, Retry-After 3600 s)');
  });

  test('a login that answers nonsense, 404 or 500 is told as what it is', async () => {
    const answering = async (status: number, body: unknown): Promise<unknown> =>
      (await rig(fine, { login: (_request, response) => json(response, status, body) }))
        .get()
        .catch((caught: unknown) => caught);
    expect(await answering(200, { nothing: 1 })).toMatchObject({ type: 'UnexpectedAnswer' });
    expect(await answering(404, {})).toMatchObject({ type: 'NotFound' });
    expect(await answering(503, {})).toMatchObject({ type: 'TargetUnreachable', nonRetryable: false });
  });

  test('expiry counts the lifetime from now, whatever time the target has', () => {
    const now = 1_000_000_000_000;
    const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    expect(expiryOf(`h.${part({ exp: 5000, iat: 1400 })}.s`, now)).toBe(now + 3_600_000);
    expect(expiryOf(`h.${part({ exp: 5000 })}.s`, now)).toBe(5_000_000);
    expect(expiryOf('opaque', now)).toBeNull();
    expect(expiryOf('a.%%%.c', now)).toBeNull();
  });
});

describe('answers', () => {
  test('carry status, headers, JSON, time and the correlation id that was sent', async () => {
    const { get, target } = await rig((request, response) => setTimeout(() => fine(request, response), 120));
    const response = await get({ correlationId: 'abc-1', method: 'POST', body: { a: 1 } });
    expect(response).toMatchObject({
      kind: 'answer',
      status: 200,
      json: { fine: true },
      correlationId: 'abc-1',
      truncated: false,
    });
    expect(response.ms).toBeGreaterThan(100);
    expect(target.received.at(-1)).toMatchObject({
      body: { a: 1 },
      headers: { 'x-correlation-id': 'abc-1' },
    });
  });

  test('the time goes to the last byte, and a huge body is cut', async () => {
    const { get } = await rig((_request, response) => {
      response.writeHead(500, { 'content-type': 'text/html', 'set-cookie': 'session=1' });
      response.write('<html><title>Server Error (500)</title>');
      setTimeout(() => response.end('x'.repeat(1024 * 1024)), 150);
    });
    const response = await get();
    expect(response.ms).toBeGreaterThan(140);
    expect(response.truncated).toBe(true);
    expect(response.body).toHaveLength(256 * 1024);
    expect(response.headers).not.toHaveProperty('set-cookie');
    expect(describeError(response)).toBe('HTTP 500 with an HTML page "Server Error (500)"');
  });

  test('secrets that come back are masked', async () => {
    const { get } = await rig((request, response) =>
      json(response, 500, { echo: request.headers.authorization, message: PASSWORD }),
    );
    const response = await get();
    expect(response.body).not.toMatch(/eyJ|correct-horse/);
    expect(describeError(response)).not.toMatch(/eyJ|correct-horse/);
  });

  const shapes: readonly (readonly [string, number, unknown, string])[] = [
    [
      'framework',
      403,
      { error: 'Not allowed', code: 'PERMISSION_DENIED' },
      'HTTP 403 PERMISSION_DENIED: Not allowed',
    ],
    [
      'framework with details',
      400,
      { error: 'Bad', code: 'X', details: { name: ['short'] } },
      'HTTP 400 X: Bad {"name":["short"]}',
    ],
    [
      'view',
      409,
      { error_code: 'member_exists', message: 'On the team already.', safe_message: 'x' },
      'HTTP 409 member_exists: On the team already.',
    ],
    [
      'view with field errors',
      400,
      { error_code: 'validation_error', message: 'No.', field_errors: { a: 1 } },
      'HTTP 400 validation_error: No. {"a":1}',
    ],
    ['plain framework', 404, { detail: 'Not found.' }, 'HTTP 404 Not found.'],
    ['unknown keys', 418, { teapot: true }, 'HTTP 418 {"teapot":true}'],
    ['nothing', 502, '', 'HTTP 502 ""'],
  ];
  test.each(shapes)('error shape: %s', async (...[, status, body, expected]) => {
    const { get } = await rig((_request, response) => json(response, status, body));
    expect(describeError(await get())).toBe(expected);
  });

  test('429 with Retry-After is a result, not an error', async () => {
    const { get } = await rig((_request, response) =>
      json(response, 429, { error: 'x', code: 'RATE_LIMITED' }, { 'retry-after': '7' }),
    );
    expect(await get()).toMatchObject({
      kind: 'throttled',
      while: 'request',
      status: 429,
      retryAfterMs: 7000,
    });
    expect(retryAfterMs(undefined, 0)).toBeNull();
    expect(retryAfterMs('soon', 0)).toBeNull();
    expect(retryAfterMs('Mon, 23 Nov 2026 10:00:10 GMT', Date.parse('2026-11-23T10:00:00Z'))).toBe(10_000);
  });
});

describe('no answer', () => {
  test.each<[string, Handler, RegExp]>([
    ['no answer in time', () => undefined, /no whole answer within 1500 ms/],
    [
      'an answer that stops in the middle',
      (_request, response) => void response.writeHead(200, { 'content-length': '100' }).write('{'),
      /no whole answer within 1500 ms/,
    ],
    ['a reset', (_request, response) => void response.socket?.resetAndDestroy(), /reset|closed/],
    ['a hang-up', (_request, response) => void response.socket?.end(), /closed|reset/],
  ])('%s is TargetUnreachable, retryable', async (_name, handler, message) => {
    const { get } = await rig(handler);
    await expect(get()).rejects.toMatchObject({
      type: 'TargetUnreachable',
      nonRetryable: false,
      message: expect.stringMatching(message),
    });
  });

  test('nobody listens', async () => {
    const { get, target } = await rig(fine);
    await target.close();
    open.splice(open.indexOf(target), 1);
    await expect(get()).rejects.toMatchObject({
      type: 'TargetUnreachable',
      message: expect.stringContaining('connection refused'),
    });
  });

  test('a cancel ends the request with its own reason', async () => {
    const { get } = await rig(() => undefined);
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error('cancelled by us')), 100);
    await expect(get({ signal: controller.signal })).rejects.toThrow('cancelled by us');
  });
});
