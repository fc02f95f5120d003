/** Requests that are sent and not answered: what becomes of a flow, and of a timed write. */
import { once } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import type { FlowContext } from '../../../activities/contract.js';
import { run } from '../database/scratch-postgres.js';
import { teamSql } from '../database/target-schema.js';
import {
  act,
  actsSilently,
  asReal,
  bench,
  fieldsOf,
  flow,
  flowRequests,
  latencyText,
  measure,
  serve,
  silent,
  TAG,
  useBench,
} from './api-bench.js';
import type { Handler } from './target-double.js';

useBench();

describe('no answer within the time limit', () => {
  test.each([1, 2, 3, 4, 5] as const)('flow %i failed, whether its row stands or not', async (number) => {
    let context: FlowContext | null = null;
    for (const former of [1, 2, 3, 4] as const)
      if (former < number) context = (await flow(former, context)).context;
    bench.behaviour = silent;
    const lost = await flow(number, context);
    const failed = { status: 'failed', http: null, ms: null, unanswered: 'time-limit' };
    expect(lost.observation).toMatchObject({
      ...failed,
      reason: 'no answer within 2 s; its row does not stand',
    });
    expect(lost.context).toEqual(context);
    bench.behaviour = actsSilently;
    let details: unknown;
    const stands = await flow(number, context, { onBeat: (beat) => (details = beat ?? details) });
    expect(stands.observation).toMatchObject({
      ...failed,
      reason: 'no answer within 2 s; its row stands all the same',
    });
    expect(stands.context).toMatchObject({ teamId: 2 });
    // Also a try that finds the row does not forget it, nor is anything sent again.
    bench.behaviour = asReal;
    const before = flowRequests().length;
    const again = await flow(number, context, { attempt: 2, details });
    expect(again.observation).toMatchObject({ ...failed, reason: stands.observation.reason });
    expect(flowRequests()).toHaveLength(before);
  });

  test('a login that hangs is no request that was not answered: the step is tried again', async () => {
    await bench.target.close();
    await serve(silent);
    await expect(flow(1, null)).rejects.toMatchObject({ type: 'TargetUnreachable', details: undefined });
  });

  test('the probe after a rollback is tried again', async () => {
    bench.behaviour = silent;
    await expect(flow(1, null, { side: 'rollback' })).rejects.toMatchObject({ type: 'TargetUnreachable' });
  });

  test('a connection that broke is told when the row is found', async () => {
    bench.behaviour = (request, response) => void act(request).then(() => response.socket?.resetAndDestroy());
    let details: unknown;
    await expect(flow(1, null, { onBeat: (beat) => (details = beat ?? details) })).rejects.toMatchObject({
      type: 'TargetUnreachable',
    });
    bench.behaviour = asReal;
    const { observation } = await flow(1, null, { attempt: 2, details });
    expect(observation).toMatchObject({ status: 'ok', http: null, unanswered: 'connection-lost' });
    expect(observation.reason).toContain('its connection broke');
  });
});

describe('a timed create', () => {
  /** Creates up to this one are as they are, this one is as told, and after it the target is away. */
  async function cutShort(at: number, how: Handler): Promise<unknown> {
    let details: unknown;
    let count = 0;
    const answered: Promise<unknown>[] = [];
    bench.behaviour = (request, response) => {
      count += 1;
      if (count < at) {
        answered.push(once(response, 'close'));
        asReal(request, response);
      } else {
        void Promise.all(answered).then(() => {
          how(request, response);
          void bench.target.close();
        });
      }
    };
    // Slowly, so that the one after is not sent yet, however busy the machine is.
    const slowly = { ratePerSecond: 2, onBeat: (beat: unknown) => (details = beat) };
    await expect(measure(slowly)).rejects.toMatchObject({
      type: 'TargetUnreachable',
    });
    return details;
  }

  test('a create that gets no answer is a failure, stands in the file, and the others go on', async () => {
    let count = 0;
    bench.behaviour = (request, response) => {
      count += 1;
      (count === 4 ? silent : count === 6 ? actsSilently : asReal)(request, response);
    };
    const { observation, teamIds } = await measure();
    expect(observation).toMatchObject({ samples: 4, failures: 2, unanswered: 2, leftOut: 0 });
    expect(teamIds).toHaveLength(7);
    expect(await latencyText()).toContain('Request 2: no answer within 2 s');
    expect(await latencyText()).toContain('Request 4: no answer within 2 s');
  });

  test('one without an answer stays a failure when the whole measurement is tried again', async () => {
    const sample = { label: 'a02', warmUp: false, status: null, ms: null, note: 'no answer within 2 s' };
    const details = { series: 1, done: [{ ...sample, outcome: 'unanswered' }] };
    const { observation } = await measure({ attempt: 2, details });
    expect(observation).toMatchObject({ samples: 5, failures: 1, unanswered: 1 });
    expect(flowRequests().map(({ body }) => fieldsOf(body)['name'])).not.toContain(`Perf Test ${TAG} a02`);
  });

  test('a target that is away is waited for: no team twice, the times of the heartbeat are kept', async () => {
    const details = await cutShort(6, (request, response) => {
      void act(request).then(() => response.socket?.resetAndDestroy());
    });
    await serve();
    const { observation, teamIds } = await measure({ attempt: 2, details });
    expect(teamIds).toHaveLength(8);
    expect(observation).toMatchObject({ samples: 5, failures: 1, connectionsLost: 1, leftOut: 0 });
    expect(await latencyText()).toContain('Request 4: no answer: the connection broke before it was whole');
    const [teams] = await run(
      bench.url,
      `SELECT count(*)::int AS n, count(DISTINCT name)::int AS names FROM organizations_team WHERE name LIKE 'Perf Test%'`,
    );
    expect(teams).toEqual({ n: 8, names: 8 });
  });

  test('what a dead worker had sent gets no time: found, or made again', async () => {
    bench.behaviour = asReal;
    await run(bench.url, teamSql({ name: `Perf Test ${TAG} a02`, gameId: 900 }));
    const { observation, teamIds } = await measure({
      attempt: 2,
      details: { series: 1, done: [], sent: ['a02', 'a03'] },
    });
    expect(teamIds).toHaveLength(8);
    expect(observation).toMatchObject({ samples: 4, failures: 0, leftOut: 2 });
    expect(await latencyText()).toContain('Request 2: left out: made by an earlier try, its answer was lost');
    expect(await latencyText()).toContain('Request 3: left out: sent by an earlier try');
  });

  test('heartbeats tell what was sent and has no answer yet', async () => {
    const told: unknown[] = [];
    await measure({ onBeat: (beat) => told.push(beat) });
    expect(told).toContainEqual(expect.objectContaining({ sent: ['a01'] }));
    expect(told.at(-1)).toMatchObject({ sent: [] });
  });

  test('many are under way at once, and none of them waits in our own queue', async () => {
    let now = 0;
    let most = 0;
    bench.behaviour = (request, response) => {
      now += 1;
      most = Math.max(most, now);
      setTimeout(() => {
        now -= 1;
        asReal(request, response);
      }, 1000);
    };
    const { observation } = await measure({ measured: 24, ratePerSecond: 20 });
    expect(most).toBeGreaterThan(12);
    expect(observation.samples).toBe(24);
    // Four at a time would have made the last ones wait for five others.
    expect(observation.maxMs).toBeLessThan(4000);
  });
});
