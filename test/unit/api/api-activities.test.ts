import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createApiActivities } from '../../../activities/api/api-activities.js';
import { createApiSessions, type ApiSessions } from '../../../activities/api/session.js';
import type {
  ApiActivities,
  FlowContext,
  MeasureLatencyOutput,
  RunFlowInput,
  RunFlowOutput,
} from '../../../activities/contract.js';
import { createDatabases, type Databases } from '../../../activities/database/database.js';
import { allowing, testEnvironment } from '../database/environment.js';
import { run, startScratchPostgres, type ScratchPostgres } from '../database/scratch-postgres.js';
import { TARGET_SCHEMA, teamSql } from '../database/target-schema.js';
import { json, startTarget, type Handler, type Received, type TargetDouble } from './target-double.js';

const TAG = '0a1b2c3d';
let server: ScratchPostgres;
let url = '';
let made = 0;
let folder = '';
let target: TargetDouble;
let databases: Databases;
let sessions: ApiSessions;
let activities: ApiActivities;
/** What the target does with a request; by default what the real one does. */
let behaviour: Handler;

beforeAll(async () => {
  server = await startScratchPostgres();
});
afterAll(() => server.stop());
beforeEach(async () => {
  made += 1;
  url = await server.database(`api_${String(made)}`, TARGET_SCHEMA);
  folder = await mkdtemp(join(tmpdir(), 'readiness-unit-api-'));
  behaviour = asReal;
  target = await startTarget((request, response) => behaviour(request, response));
  const base = testEnvironment().settings.api;
  const environment = testEnvironment({ ...allowing(url), api: { ...base, baseUrl: target.baseUrl } });
  const deps = {
    resolveSecret: (ref: string) => Promise.resolve(ref.includes('DATABASE') ? url : 'pw-pw-pw'),
  };
  databases = createDatabases(deps);
  sessions = createApiSessions(deps);
  activities = createApiActivities(
    { loadEnvironment: () => Promise.resolve(environment) },
    sessions,
    databases,
  );
});
afterEach(async () => {
  await Promise.all([
    sessions.close(),
    databases.close(),
    target.close(),
    rm(folder, { recursive: true, force: true }),
  ]);
});

/** The five flows on the scratch database. */
function asReal(request: Received, response: Parameters<Handler>[1]): void {
  void act(request).then(
    ({ status, body }) => json(response, status, body),
    () => json(response, 500, { error: 'x', code: 'y' }),
  );
}

function fieldsOf(body: unknown): Record<string, unknown> {
  return typeof body === 'object' && body !== null ? { ...body } : {};
}

async function act({ path, body }: Received): Promise<{ status: number; body: unknown }> {
  const fields = fieldsOf(body);
  if (path.endsWith('/create/')) {
    await run(url, teamSql({ name: String(fields['name']), gameId: Number(fields['game_id']) }));
    const [team] = await run(url, 'SELECT id::int, slug FROM organizations_team ORDER BY id DESC LIMIT 1');
    return { status: 201, body: { team_id: team?.['id'], team_slug: team?.['slug'], team_url: '/x' } };
  }
  if (path.endsWith('/add/')) {
    const [row] = await run(
      url,
      `INSERT INTO organizations_membership (team_id, user_id, role) VALUES ((SELECT max(id) FROM organizations_team), 2, 'PLAYER') RETURNING id::int`,
    );
    return { status: 200, body: { success: true, membership_id: row?.['id'], members: [] } };
  }
  if (path.endsWith('/role/'))
    await run(url, `UPDATE organizations_membership SET role = 'SUBSTITUTE' WHERE user_id = 2`);
  if (path.endsWith('/settings/')) {
    await run(
      url,
      `UPDATE organizations_team SET region = '${String(fields['region'])}', description = '${String(fields['description'])}' WHERE id > 1`,
    );
  }
  if (path.endsWith('/remove/'))
    await run(url, `UPDATE organizations_membership SET status = 'INACTIVE' WHERE user_id = 2`);
  return { status: 200, body: { success: true } };
}

function flow(
  number: RunFlowInput['flow'],
  context: FlowContext | null,
  options: { attempt?: number; side?: RunFlowInput['side'] } = {},
): Promise<RunFlowOutput> {
  const { attempt = 1, side = 'after' } = options;
  const input: RunFlowInput = {
    environment: { name: 'unit', digest: 'd' },
    evidence: { name: 'x', path: folder },
    tag: TAG,
    observationId: `${side}-flow${String(number)}`,
    side,
    flow: number,
    teamName: `Staging Test ${TAG} ${side}`,
    gameId: 1,
    context,
  };
  return new MockActivityEnvironment({ attempt }).run(() => activities.runFlow(input));
}

async function saved(file: string): Promise<unknown> {
  const content: unknown = JSON.parse(await readFile(join(folder, file), 'utf8'));
  return content;
}
const flowRequests = (): Received[] => target.received.filter((one) => !one.path.startsWith('/api/token/'));

describe('the five flows', () => {
  test('in a row, each saved under the seed name, without a signature', async () => {
    let context: FlowContext | null = null;
    for (const number of [1, 2, 3, 4, 5] as const) {
      const result: RunFlowOutput = await flow(number, context);
      expect(result.observation).toMatchObject({ status: 'ok', reason: null, flow: number });
      expect(result.observation.ms).toBeGreaterThan(0);
      context = result.context;
    }
    expect(context).toMatchObject({ teamId: 2, teamSlug: 'staging-test-0a1b2c3d-after' });
    expect(flowRequests().map((one) => one.path.replace(/\d+\/(role|remove)/, 'N/$1'))).toEqual([
      '/api/vnext/teams/create/',
      '/api/vnext/teams/staging-test-0a1b2c3d-after/members/add/',
      '/api/vnext/teams/staging-test-0a1b2c3d-after/members/N/role/',
      '/api/vnext/teams/staging-test-0a1b2c3d-after/settings/',
      '/api/vnext/teams/staging-test-0a1b2c3d-after/members/N/remove/',
    ]);
    expect(flowRequests()[4]?.body).toBeNull();
    const file = await saved('logs/flow1_team_create_response.json');
    expect(file).toMatchObject({
      recovered: false,
      response: { status: 201, body: { team_id: 2 } },
      request: { body: { game_id: 1 } },
    });
    expect(JSON.stringify(file)).not.toMatch(/Bearer|eyJ|pw-pw-pw/);
    expect(await saved('logs/flow5_member_remove_response.json')).toMatchObject({
      response: { status: 200 },
    });
  });

  test('of the baseline are saved beside the baseline', async () => {
    expect((await flow(1, null, { side: 'baseline' })).file).toBe('baseline/flow1_team_create_response.json');
  });

  test('an HTML error is a result with a short reason', async () => {
    behaviour = (_request, response) =>
      void response.writeHead(500, { 'content-type': 'text/html' }).end('<h1>Server Error (500)</h1>');
    const { observation, context } = await flow(1, null);
    expect(observation).toMatchObject({
      status: 'failed',
      http: 500,
      reason: 'HTTP 500 with an HTML page "Server Error (500)"',
    });
    expect(context).toBeNull();
    expect(await saved('logs/flow1_team_create_response.json')).toMatchObject({
      response: { body: '<h1>Server Error (500)</h1>' },
    });
  });

  test('a create that failed after its commit (strict mode) says that the team stands', async () => {
    behaviour = (request, response) =>
      void act(request).then(() => json(response, 500, { error: 'strict', code: 'E' }));
    expect((await flow(1, null)).observation.reason).toBe('HTTP 500 E: strict; team 2 was made all the same');
  });

  test('a long throttle is told, a short one is waited for', async () => {
    behaviour = (_request, response) => json(response, 429, { error: 'x' }, { 'retry-after': '1800' });
    expect((await flow(1, null)).observation).toMatchObject({
      status: 'throttled',
      http: 429,
      reason: expect.stringContaining('Retry-After 1800 s'),
    });
    let answers = 0;
    behaviour = (request, response) => {
      answers += 1;
      if (answers === 1) json(response, 429, { error: 'x' }, { 'retry-after': '1' });
      else asReal(request, response);
    };
    expect((await flow(1, null)).observation.status).toBe('ok');
  });

  test('a flow without what it needs is skipped, and nothing is sent', async () => {
    expect((await flow(2, null)).observation).toMatchObject({
      status: 'skipped',
      reason: 'it needs the team of flow 1, and there is none',
    });
    const context = { teamId: 1, teamSlug: 'testament', membershipId: null };
    expect((await flow(3, context)).observation).toMatchObject({
      status: 'skipped',
      reason: expect.stringContaining('flow 2'),
    });
    expect(flowRequests()).toEqual([]);
  });

  test('an answer without ids is completed from the database', async () => {
    behaviour = (request, response) =>
      void act(request).then(({ status }) => json(response, status, { success: true }));
    const first = await flow(1, null);
    expect(first.context).toEqual({ teamId: 2, teamSlug: 'staging-test-0a1b2c3d-after', membershipId: null });
    const second = await flow(2, first.context);
    expect(second.context?.membershipId).toBeGreaterThan(1);
  });
});

describe('an answer that is lost', () => {
  test.each([1, 2, 3, 4, 5] as const)(
    'flow %i is found done by the next try, not done twice',
    async (number) => {
      let context: FlowContext | null = null;
      for (const former of [1, 2, 3, 4] as const)
        if (former < number) context = (await flow(former, context)).context;
      behaviour = (request, response) => void act(request).then(() => response.socket?.resetAndDestroy());
      await expect(flow(number, context)).rejects.toMatchObject({ type: 'TargetUnreachable' });
      behaviour = asReal;
      const before = flowRequests().length;
      const again = await flow(number, context, { attempt: 2 });
      expect(again.observation).toMatchObject({
        status: 'ok',
        http: null,
        ms: null,
        reason: expect.stringContaining('stands already'),
      });
      expect(again.context).toMatchObject({ teamId: 2 });
      expect(flowRequests()).toHaveLength(before);
      expect(await saved(again.file)).toMatchObject({ recovered: true });
      const [counted] = await run(
        url,
        `SELECT count(*)::int AS teams FROM organizations_team WHERE name LIKE '%${TAG}%'`,
      );
      expect(counted).toEqual({ teams: 1 });
    },
  );

  test('a step whose result was lost after its file was written gives the same result', async () => {
    const first = await flow(1, null);
    expect(await flow(1, null, { attempt: 2 })).toEqual(first);
  });

  test('a flow that did not happen is sent by the next try', async () => {
    const { context } = await flow(1, null);
    behaviour = (_request, response) => void response.socket?.resetAndDestroy();
    await expect(flow(4, context)).rejects.toMatchObject({ type: 'TargetUnreachable' });
    behaviour = asReal;
    expect((await flow(4, context, { attempt: 2 })).observation.http).toBe(200);
  });
});

describe('the performance test', () => {
  function measure(
    options: { attempt?: number; details?: unknown; onBeat?: (details: unknown) => void } = {},
  ): Promise<MeasureLatencyOutput> {
    const mock = new MockActivityEnvironment({
      attempt: options.attempt ?? 1,
      heartbeatDetails: options.details,
    });
    if (options.onBeat !== undefined) mock.on('heartbeat', options.onBeat);
    const input = {
      environment: { name: 'unit', digest: 'd' },
      evidence: { name: 'x', path: folder },
      tag: TAG,
      observationId: 'after-latency',
      side: 'after' as const,
      warmUp: 2,
      measured: 6,
    };
    return mock.run(() => activities.measureTeamCreate(input));
  }
  const text = (): Promise<string> => readFile(join(folder, 'logs/latency_team_create.txt'), 'utf8');

  test('warm-up and measured creates, each with a free game of its own', async () => {
    const result = await measure();
    expect(result.observation).toMatchObject({
      kind: 'latency',
      samples: 6,
      failures: 0,
      operation: 'team_create',
    });
    expect(result.teamIds).toHaveLength(8);
    expect(flowRequests().map((one) => fieldsOf(one.body)['game_id'])).toEqual([
      100, 101, 102, 103, 104, 105, 106, 107,
    ]);
    const lines = (await text()).split('\n');
    expect(lines.filter((line) => /^Request [1-6]: \d+ms$/.test(line))).toHaveLength(6);
    expect(lines.filter((line) => /^Warm-up [12]: \d+ms \(not counted\)$/.test(line))).toHaveLength(2);
    expect(await text()).toMatch(/p95: [\d.]+ms \(point estimate, nearest rank, 6 samples/);
    expect(await text()).toContain('Response codes: 201 × 8');
  });

  test('failures are no samples', async () => {
    let count = 0;
    behaviour = (request, response) => {
      count += 1;
      if (count === 5) json(response, 500, { error: 'no', code: 'X' });
      else asReal(request, response);
    };
    const { observation, teamIds } = await measure();
    expect(observation).toMatchObject({ samples: 5, failures: 1 });
    expect(teamIds).toHaveLength(7);
    expect(await text()).toContain('Request 3: failed: HTTP 500 X: no');
  });

  test('a long throttle ends it with the reason, and is neither success nor failure', async () => {
    let count = 0;
    behaviour = (request, response) => {
      count += 1;
      if (count > 4) json(response, 429, { error: 'x' }, { 'retry-after': '1200' });
      else asReal(request, response);
    };
    const { observation } = await measure();
    expect(observation).toMatchObject({ samples: 2, failures: 0 });
    expect(await text()).toContain('Ended early: the request was throttled (HTTP 429, Retry-After 1200 s)');
  });

  test('a repeated try makes no team twice and keeps the times of the heartbeat', async () => {
    let details: unknown;
    let count = 0;
    behaviour = (request, response) => {
      count += 1;
      if (count === 6) void act(request).then(() => response.socket?.resetAndDestroy());
      else asReal(request, response);
    };
    await expect(measure({ onBeat: (beat) => (details = beat) })).rejects.toMatchObject({
      type: 'TargetUnreachable',
    });
    behaviour = asReal;
    const { observation, teamIds } = await measure({ attempt: 2, details });
    expect(teamIds).toHaveLength(8);
    expect(observation).toMatchObject({ samples: 5, failures: 0 });
    expect(await text()).toContain('Request 4: left out: made by an earlier try, its answer was lost');
    const [teams] = await run(
      url,
      `SELECT count(*)::int AS n, count(DISTINCT name)::int AS names FROM organizations_team WHERE name LIKE 'Perf Test%'`,
    );
    expect(teams).toEqual({ n: 8, names: 8 });
  });

  test('carried out anew it measures anew, under other names, and tells all teams', async () => {
    await measure();
    const second = await measure();
    expect(second.observation.samples).toBe(6);
    expect(second.teamIds).toHaveLength(16);
  });
});
