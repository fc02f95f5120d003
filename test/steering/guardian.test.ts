/** Whatever ends a run while dual-write is on: the guardian takes it back, once, and the evidence says so. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { readOwedUndo } from '../../activities/lease/from-history.js';
import { Rig } from '../support/rig.js';
import {
  enabledRun,
  guardianEnd,
  outcomeOf,
  resetBefore,
  untilOff,
  type Enabled,
} from '../support/steering.js';

let rig: Rig;
const figures: string[] = [];

beforeAll(async () => {
  rig = await Rig.start({
    environment: { samples: { measured: 3, warmUp: 1 } },
    worker: { READINESS_SWEEP: '2s' },
  });
});
afterAll(async () => {
  process.stdout.write(`${figures.join('\n')}\n`);
  await rig.close();
});
afterEach(() => rig.reset());

const guardian = () => rig.client.workflow.getHandle('environment-lab');
const ofRun = ({ run, runId }: Enabled) => rig.client.workflow.getHandle(run.workflowId, runId);

interface Cell {
  readonly event: string;
  readonly happens: (enabled: Enabled) => Promise<unknown>;
  /** The flags must be off in the file after so many milliseconds. */
  readonly withinMs: number;
}

const CELLS: readonly Cell[] = [
  { event: 'cancel', happens: ({ run }) => run.cancel(), withinMs: 10_000 },
  { event: 'terminate', happens: ({ run }) => run.terminate('in a hurry'), withinMs: 10_000 },
  { event: 'guardian cancelled', happens: () => guardian().cancel(), withinMs: 10_000 },
  { event: 'guardian terminated', happens: () => guardian().terminate('by mistake'), withinMs: 10_000 },
  {
    event: 'guardian and run terminated',
    happens: async (enabled) => {
      await guardian().terminate('everything');
      await ofRun(enabled).terminate('everything');
    },
    withinMs: 20_000,
  },
  {
    event: 'run and guardian terminated',
    happens: async (enabled) => {
      await Promise.all([ofRun(enabled).terminate('everything'), guardian().terminate('everything')]);
    },
    withinMs: 20_000,
  },
  {
    event: 'reset to before the guardian',
    happens: (enabled) =>
      resetBefore(rig, enabled, (event) => event.startChildWorkflowExecutionInitiatedEventAttributes != null),
    withinMs: 10_000,
  },
  {
    event: 'reset to after the guardian, before enabling',
    happens: (enabled) =>
      resetBefore(
        rig,
        enabled,
        (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'captureFlags',
      ),
    withinMs: 10_000,
  },
  {
    event: 'reset to after enabling',
    happens: (enabled) =>
      resetBefore(
        rig,
        enabled,
        (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'compareCopies',
      ),
    withinMs: 10_000,
  },
  {
    event: 'reset, then the new run terminated',
    happens: async (enabled) => {
      await resetBefore(
        rig,
        enabled,
        (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'captureFlags',
      );
      await rig.client.workflow.getHandle(enabled.run.workflowId).terminate('again');
    },
    withinMs: 10_000,
  },
  {
    event: 'worker killed, run terminated, worker back',
    happens: async ({ run }) => {
      await rig.worker.kill();
      await run.terminate('while nobody works');
      rig.worker = await rig.startWorker();
    },
    withinMs: 20_000,
  },
  {
    event: 'one of two workers killed, run terminated at once',
    happens: async ({ run }) => {
      const second = await rig.startWorker();
      await rig.worker.kill();
      rig.worker = second;
      await run.terminate('at once');
    },
    withinMs: 25_000,
  },
  {
    event: 'one of two workers stopped (SIGTERM), run terminated at once',
    happens: async ({ run }) => {
      const second = await rig.startWorker();
      const stopping = rig.worker.stop();
      await run.terminate('at once');
      await stopping;
      rig.worker = second;
    },
    withinMs: 25_000,
  },
];

test.each(CELLS)('$event', async ({ event, happens, withinMs }) => {
  const enabled = await enabledRun(rig);
  const since = Date.now();
  await happens(enabled);
  const off = await untilOff(rig, since);
  figures.push(
    `${event}: written off after ${String(off.written)} ms, served off after ${String(off.served)} ms`,
  );
  expect(off.written).toBeLessThan(withinMs);
  await allClosed();
  expect(await guardianEnd(rig)).toBe('COMPLETED');
  // One restart to enable, one to take back: whatever else woke up changed nothing.
  expect((await rig.spawns()) - enabled.spawnsBefore).toBe(2);
  expect(await outcomeOf(enabled.folder)).toMatchObject({
    outcome: 'ROLLED_BACK',
    rollback: { complete: true },
  });
});

describe('a deadline of Temporal itself', () => {
  test.each(['workflowRunTimeout', 'workflowExecutionTimeout'] as const)('%s', async (timeout) => {
    const enabled = await enabledRun(rig, {}, { [timeout]: '70s' });
    await ofRun(enabled)
      .result()
      .catch(() => undefined);
    expect((await ofRun(enabled).describe()).status.name).toBe('TIMED_OUT');
    const off = await untilOff(rig, Date.now());
    figures.push(`${timeout}: written off ${String(off.written)} ms after the run was gone`);
    expect(await guardianEnd(rig)).toBe('COMPLETED');
    expect((await rig.spawns()) - enabled.spawnsBefore).toBe(2);
    expect(await outcomeOf(enabled.folder)).toMatchObject({ outcome: 'ROLLED_BACK' });
  });
});

describe('nothing to take back', () => {
  test('a worker that was away for six seconds finds everything as it was', async () => {
    const enabled = await enabledRun(rig);
    await rig.worker.kill();
    await pause(6000);
    rig.worker = await rig.startWorker();
    const { result } = await rig.approveAll(enabled.run);
    expect(result.outcome).toBe('COMPLETED');
    expect(await rig.servedFlags()).not.toContain('false');
    expect((await rig.spawns()) - enabled.spawnsBefore).toBe(1);
  });

  test('a guardian that Temporal does not know owes nothing', async () => {
    const unknown = { workflowId: 'environment-nobody', runId: '0193a000-0000-7000-8000-000000000000' };
    const answer = new MockActivityEnvironment().run(() => readOwedUndo(rig.client, unknown));
    await expect(answer).resolves.toEqual({ undo: [], permitsUntil: null });
  });

  test('a run that completed keeps dual-write on, and a reset of it changes nothing', async () => {
    const enabled = await enabledRun(rig, { cleanup: false });
    const { result } = await rig.approveAll(enabled.run);
    expect(result.outcome).toBe('COMPLETED');
    expect(await rig.servedFlags()).toContain('true');
    await resetBefore(
      rig,
      enabled,
      (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'captureFlags',
    );
    const ghost = rig.client.workflow.getHandle(enabled.run.workflowId);
    await ghost.result().catch(() => undefined);
    expect((await rig.spawns()) - enabled.spawnsBefore).toBe(1);
    expect(await rig.servedFlags()).toContain('true');
  });

  test('guardian and run terminated before gate enable: the environment is free, the target untouched', async () => {
    const before = await rig.spawns();
    const run = await rig.run({});
    await rig.gate(run, 'enable');
    await Promise.all([run.terminate('all'), guardian().terminate('all')]);
    const deadline = Date.now() + 30_000;
    while ((await guardian().describe()).status.name !== 'COMPLETED') {
      if (Date.now() > deadline) throw new Error('no sweep came');
      await pause(200);
    }
    expect(await rig.spawns()).toBe(before);
  });
});

/** Every run, guardian and watch is over; only the sweep's own short workflows may still come and go. */
async function allClosed(): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const running: string[] = [];
    for await (const found of rig.client.workflow.list({ query: 'ExecutionStatus = "Running"' }))
      if (found.type !== 'sweep') running.push(`${found.type} ${found.workflowId}`);
    if (running.length === 0) return;
    if (Date.now() > deadline) throw new Error(`still running: ${running.join(', ')}`);
    await pause(200);
  }
}
