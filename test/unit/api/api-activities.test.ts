import { describe, expect, test } from '@jest/globals';
import type { FlowContext, RunFlowOutput } from '../../../activities/contract.js';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { run } from '../database/scratch-postgres.js';
import {
  act,
  asReal,
  bench,
  fieldsOf,
  flow,
  flowRequests,
  latencyText,
  measure,
  saved,
  TAG,
  useBench,
} from './api-bench.js';
import { SPOILED } from './flow-double.js';
import { json } from './target-double.js';

useBench();

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
    bench.behaviour = (_request, response) =>
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
    bench.behaviour = (request, response) =>
      void act(request).then(() => json(response, 500, { error: 'strict', code: 'E' }));
    expect((await flow(1, null)).observation.reason).toBe('HTTP 500 E: strict; team 2 was made all the same');
  });

  test('a long throttle is told, a short one is waited for', async () => {
    bench.behaviour = (_request, response) => json(response, 429, { error: 'x' }, { 'retry-after': '1800' });
    expect((await flow(1, null)).observation).toMatchObject({
      status: 'throttled',
      http: 429,
      reason: expect.stringContaining('Retry-After 1800 s'),
    });
    let answers = 0;
    bench.behaviour = (request, response) => {
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
    bench.behaviour = (request, response) =>
      void act(request).then(({ status }) => json(response, status, { success: true }));
    const first = await flow(1, null);
    expect(first.context).toEqual({ teamId: 2, teamSlug: 'staging-test-0a1b2c3d-after', membershipId: null });
    const second = await flow(2, first.context);
    expect(second.context?.membershipId).toBeGreaterThan(1);
  });
});

describe('an answer that says done', () => {
  test.each([1, 2, 3, 4, 5] as const)(
    'of flow %i while the new rows are not as asked is a failure that says what stands',
    async (number) => {
      let context: FlowContext | null = null;
      for (const former of [1, 2, 3, 4] as const)
        if (former < number) context = (await flow(former, context)).context;
      bench.behaviour = (request, response) =>
        void act(request).then(async ({ status, body }) => {
          await run(bench.url, SPOILED[number].sql);
          json(response, status, body);
        });
      const { observation } = await flow(number, context);
      expect(observation).toMatchObject({ status: 'failed', effect: 'not-as-asked' });
      expect(observation.http).toBeLessThan(300);
      expect(observation.reason).toMatch(SPOILED[number].words);
      // Lost after it was saved, it is not sent again: the second request would hide the first.
      bench.behaviour = asReal;
      expect((await flow(number, context, { attempt: 2 })).observation).toEqual(observation);
    },
    20_000,
  );

  test('of a server error after the commit stays one when the try that saved it was lost', async () => {
    bench.behaviour = (request, response) =>
      void act(request).then(() => {
        json(response, 500, { detail: 'copy failed' });
      });
    const { observation } = await flow(1, null);
    expect(observation).toMatchObject({ status: 'failed', http: 500 });
    // The row stands: looked up by its name it would be a success.
    bench.behaviour = asReal;
    expect((await flow(1, null, { attempt: 2 })).observation).toEqual(observation);
  });

  test('is waited for when its rows come a moment later', async () => {
    const { context } = await flow(1, null);
    bench.behaviour = (request, response) => {
      json(response, 200, { success: true });
      setTimeout(() => void act(request), 600);
    };
    const { observation, context: after } = await flow(2, context);
    expect(observation).toMatchObject({ status: 'ok', effect: 'as-asked', reason: null });
    expect(after?.membershipId).toBe(3);
  });

  test("with somebody else's team is a failure, and that team does not become ours", async () => {
    bench.behaviour = (_request, response) => json(response, 201, { team_id: 1, team_slug: 'testament' });
    const { observation, context } = await flow(1, null);
    expect(observation).toMatchObject({ status: 'failed', effect: 'not-as-asked' });
    expect(observation.reason).toContain('name of team 1 is "Testament"');
    expect(context).toBeNull();
  });

  test('about a field that has no column says that it was not compared', async () => {
    const { context } = await flow(1, null);
    await run(bench.url, 'ALTER TABLE organizations_team RENAME COLUMN description TO about');
    bench.behaviour = (_request, response) => {
      void run(bench.url, `UPDATE organizations_team SET region = 'NA' WHERE id = 2`).then(() =>
        json(response, 200, { success: true }),
      );
    };
    expect((await flow(4, context)).observation).toMatchObject({
      status: 'ok',
      effect: 'as-asked',
      notCompared: ['team.description'],
    });
  });
});

describe('an answer that is lost', () => {
  test.each([1, 2, 3, 4, 5] as const)(
    'flow %i is found done by the next try, not done twice',
    async (number) => {
      let context: FlowContext | null = null;
      for (const former of [1, 2, 3, 4] as const)
        if (former < number) context = (await flow(former, context)).context;
      bench.behaviour = (request, response) =>
        void act(request).then(() => response.socket?.resetAndDestroy());
      await expect(flow(number, context)).rejects.toMatchObject({ type: 'TargetUnreachable' });
      bench.behaviour = asReal;
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
        bench.url,
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
    bench.behaviour = (_request, response) => void response.socket?.resetAndDestroy();
    await expect(flow(4, context)).rejects.toMatchObject({ type: 'TargetUnreachable' });
    bench.behaviour = asReal;
    expect((await flow(4, context, { attempt: 2 })).observation.http).toBe(200);
  });
});

describe('the performance test', () => {
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
    const lines = (await latencyText()).split('\n');
    expect(lines.filter((line) => /^Request [1-6]: \d+ms$/.test(line))).toHaveLength(6);
    expect(lines.filter((line) => /^Warm-up [12]: \d+ms \(not counted\)$/.test(line))).toHaveLength(2);
    expect(await latencyText()).toMatch(/p95: [\d.]+ms \(point estimate, nearest rank, 6 samples/);
    expect(await latencyText()).toContain('Response codes: 201 × 8');
  });

  test('failures are no samples', async () => {
    let count = 0;
    bench.behaviour = (request, response) => {
      count += 1;
      if (count === 5) json(response, 500, { error: 'no', code: 'X' });
      else asReal(request, response);
    };
    const { observation, teamIds } = await measure();
    expect(observation).toMatchObject({ samples: 5, failures: 1 });
    expect(teamIds).toHaveLength(7);
    expect(await latencyText()).toContain('Request 3: failed: HTTP 500 X: no');
  });

  test('a create that says done and made something else is a failure without a time', async () => {
    let count = 0;
    bench.behaviour = (request, response) => {
      count += 1;
      const wrong = count === 4 ? 'UPDATE organizations_team SET owner_id = 3 WHERE id = 5' : 'SELECT 1';
      if (count === 6) json(response, 201, { team_id: 99, team_slug: 'nowhere' });
      else
        void act(request).then(async ({ status, body }) => {
          await run(bench.url, wrong);
          json(response, status, body);
        });
    };
    const { observation } = await measure();
    expect(observation).toMatchObject({ samples: 4, failures: 2, withoutEffect: 2 });
    expect(await latencyText()).toContain(
      'Request 2: failed: HTTP 201, but owner of team 5 is "player2", asked was "captain1"',
    );
    expect(await latencyText()).toContain('Request 4: failed: HTTP 201, but no new team stands');
  });

  test('later writes that say done and do nothing are failures', async () => {
    await measure();
    bench.behaviour = (_request, response) => json(response, 200, { success: true });
    const observation = await new MockActivityEnvironment({ attempt: 1 }).run(() =>
      bench.activities.measureWrite({
        ...{
          environment: { name: 'unit', digest: 'd' },
          evidence: { name: 'x', path: bench.folder },
          tag: TAG,
        },
        observationId: 'after-latency-settings_update',
        side: 'after',
        ...{ operation: 'settings_update', measured: 4, claim: 'none', ratePerSecond: 20 },
      }),
    );
    expect(observation).toMatchObject({ samples: 0, failures: 4, withoutEffect: 4, p95Ms: null });
    expect(await readFile(join(bench.folder, 'logs/latency_settings_update.txt'), 'utf8')).toContain(
      'failed: HTTP 200, but region of team',
    );
  });

  test('a long throttle ends it with the reason, and is neither success nor failure', async () => {
    let count = 0;
    bench.behaviour = (request, response) => {
      count += 1;
      if (count > 4) json(response, 429, { error: 'x' }, { 'retry-after': '1200' });
      else asReal(request, response);
    };
    const { observation } = await measure();
    expect(observation).toMatchObject({ samples: 2, failures: 0 });
    expect(await latencyText()).toContain(
      'Ended early: the request was throttled (HTTP 429, Retry-After 1200 s)',
    );
  });

  test('carried out anew it measures anew, under other names, and tells all teams', async () => {
    await measure();
    const second = await measure();
    expect(second.observation.samples).toBe(6);
    expect(second.teamIds).toHaveLength(16);
  });
});
