/** What the watch saw in a round that was ended from outside: the workflow alone, with answers that are made up. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { CancelledFailure, Context } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import type { FollowLogInput, FollowLogOutput } from '../../activities/contract.js';
import { timeSkippingExecutable } from '../../lab/test-server.js';
import type { LogObservation, Observation } from '../../procedure/observations.js';
import { BUNDLE_PATH } from '../../worker/bundle-path.js';
import type { SoakInput } from '../../workflows/soak.js';
import { RECORDED } from '../support/recorded-go.js';

let environment: TestWorkflowEnvironment;
let started = 0;

beforeAll(async () => {
  const server = await timeSkippingExecutable();
  if (!server.available) throw new Error(`the time-skipping server is not to be had: ${server.reason}`);
  environment = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: server.executable },
  });
});
afterAll(() => environment.teardown());

const FAILED: Omit<LogObservation, 'id'> = {
  ...{ kind: 'log', at: '2026-11-27T08:00:00.000Z', source: 'log', side: 'after', write: 'watch' },
  ...{ operation: null, status: 'failed', reason: 'first error: IntegrityError' },
  counts: { scheduled: 1, completed: 0, failed: 1, critical: 0 },
};

/** Follows until it is told to stop, and saw a failed copy by then. */
async function followLog({ observationId, from }: FollowLogInput): Promise<FollowLogOutput> {
  const beat = setInterval(() => {
    Context.current().heartbeat();
  }, 200);
  await Context.current().cancelled.catch((error: unknown) => {
    if (!(error instanceof CancelledFailure)) throw error;
  });
  clearInterval(beat);
  return { observation: { ...FAILED, id: observationId }, next: from, ended: 'cancelled' };
}

/** Starts a watch, has `act` end its round, and gives what the run was told, in order. */
async function told(act: (watch: WorkflowHandle) => Promise<void>): Promise<readonly string[]> {
  started += 1;
  const taskQueue = `watch-${String(started)}`;
  const { workflow } = environment.client;
  const worker = await Worker.create({
    connection: environment.nativeConnection,
    ...{ taskQueue, workflowBundle: { codePath: BUNDLE_PATH }, activities: { followLog } },
  });
  return worker.runUntil(async () => {
    // A soak that waits for its first check takes every signal: it stands for the run.
    const scope = { environment: { name: 'x', digest: 'd' }, evidence: { name: 'x', path: 'x' }, tag: 'a' };
    const waiting = {
      ...{ scope, thresholds: RECORDED.thresholds, teamIds: [1], log: null, carried: null },
      ...{ durationMs: 8 * 3_600_000, intervalMs: 4 * 3_600_000 },
    } as unknown as SoakInput;
    const run = await workflow.start('soak', { taskQueue, workflowId: `${taskQueue}-run`, args: [waiting] });
    const watch = await workflow.start('targetWatch', {
      ...{ taskQueue, workflowId: `${taskQueue}-watch` },
      args: [
        {
          ...{ scope, holderWorkflowId: run.workflowId, holderRunId: run.firstExecutionRunId },
          ...{ connectionShare: 0.8 },
          carried: {
            cursor: { source: 'file:/x', generation: '1', position: 0, at: FAILED.at },
            ...{ on: false, round: 0, known: null, restartTimes: [] },
          },
        },
      ],
    });
    await act(watch);
    const history = await watch.fetchHistory();
    await Worker.runReplayHistory({ workflowBundle: { codePath: BUNDLE_PATH } }, history, watch.workflowId);
    const events = (await run.fetchHistory()).events ?? [];
    await run.terminate();
    return events.flatMap(({ workflowExecutionSignaledEventAttributes: signal }) => {
      if (signal?.signalName !== 'watchSaw') return [];
      const [payload] = signal.input?.payloads ?? [];
      const { observations } = JSON.parse(Buffer.from(payload?.data ?? []).toString()) as {
        observations: readonly Observation[];
      };
      return observations.map((one) => `${one.id} ${one.kind === 'log' ? one.status : ''}`);
    });
  });
}

const following = async (watch: WorkflowHandle): Promise<void> => {
  for (;;) {
    const { raw } = await watch.describe();
    const states = raw.pendingActivities?.map((one) => one.state) ?? [];
    if (states.includes(2)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};

test('is told when the watch is stopped, before the watch is over', async () => {
  const seen = await told(async (watch) => {
    await following(watch);
    await watch.signal('watchStop');
    await watch.result();
  });
  expect(seen).toEqual(['watch-log-0001 failed']);
});

test('is told when the watch itself is cancelled', async () => {
  const seen = await told(async (watch) => {
    await following(watch);
    await watch.cancel();
    await watch.result().catch(() => undefined);
  });
  expect(seen).toEqual(['watch-log-0001 failed']);
});
