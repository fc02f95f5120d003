/** Workers that freeze and wake late, a guardian that is reset, a Temporal that was away: nothing stays changed. */
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
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
    worker: { READINESS_SWEEP: '5s' },
  });
});
afterAll(async () => {
  process.stdout.write(`${figures.join('\n')}\n`);
  await rig.close();
});
afterEach(() => rig.reset());

const guardian = () => rig.client.workflow.getHandle('environment-lab');

async function rolledBackOnce(enabled: Enabled): Promise<void> {
  expect(await guardianEnd(rig, 120_000)).toBe('COMPLETED');
  expect((await rig.spawns()) - enabled.spawnsBefore).toBe(2);
  expect(await outcomeOf(enabled.folder)).toMatchObject({
    outcome: 'ROLLED_BACK',
    rollback: { complete: true },
  });
  expect(await rig.servedFlags()).not.toContain('true');
}

describe('a frozen worker', () => {
  test('does not keep another one from rolling a terminated run back', async () => {
    const enabled = await enabledRun(rig);
    const frozen = rig.worker;
    const second = await rig.startWorker();
    process.kill(frozen.process.pid, 'SIGSTOP');
    try {
      const since = Date.now();
      await enabled.run.terminate('while one worker is frozen');
      const off = await untilOff(rig, since, 120_000);
      figures.push(`one of two workers frozen, run terminated: written off after ${String(off.written)} ms`);
    } finally {
      process.kill(frozen.process.pid, 'SIGCONT');
    }
    await rolledBackOnce(enabled);
    await frozen.kill();
    rig.worker = second;
  });

  test.each([0, 120, 400, 900])(
    'that was enabling (frozen %i ms after it began) changes nothing that stays when it wakes after the rollback',
    async (delay) => {
      const second = await rig.startWorker();
      const stopsBefore = await rig.orderedStops();
      const run = await rig.run({});
      await rig.gate(run, 'enable');
      const deciding = rig.decide(run, 'enable').catch(() => undefined);
      const pid = await enablingWorker(run);
      await pause(delay);
      process.kill(pid, 'SIGSTOP');
      const since = Date.now();
      try {
        await run.signal('rollback', { by: 'Ada', reason: 'it hangs' });
        await untilOff(rig, since, 120_000);
        figures.push(
          `enabling frozen after ${String(delay)} ms: off ${String(Date.now() - since)} ms after the command`,
        );
      } finally {
        process.kill(pid, 'SIGCONT');
      }
      await deciding;
      const { result } = await rig.end(run);
      expect(result).toMatchObject({ outcome: 'ROLLED_BACK', rollback: { complete: true } });
      expect(await guardianEnd(rig, 120_000)).toBe('COMPLETED');
      // Whatever the worker does now that it is awake again.
      await pause(3000);
      expect(await readFile(rig.lab.envFile, 'utf8')).not.toMatch(
        /^TEAM_VNEXT_DUAL_WRITE_ENABLED=["']?true/im,
      );
      expect(await rig.servedFlags()).not.toContain('true');
      expect((await rig.orderedStops()) - stopsBefore).toBeLessThanOrEqual(2);
      await rig.worker.kill();
      rig.worker = second;
    },
  );
});

/** Process id of the worker that sets the flags just now. */
async function enablingWorker(run: WorkflowHandle): Promise<number> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const { raw } = await run.describe();
    const pending = raw.pendingActivities?.find(
      ({ activityType, attempt, lastWorkerIdentity }) =>
        activityType?.name === 'changeFlags' && attempt === 1 && lastWorkerIdentity !== '',
    );
    const pid = /\/(\d+)@/.exec(pending?.lastWorkerIdentity ?? '')?.[1];
    if (pid !== undefined) return Number(pid);
    if (Date.now() > deadline) throw new Error('enabling did not begin');
    await pause(5);
  }
}

test('Temporal killed for three seconds: no false rollback, and a terminate after it is noticed', async () => {
  const enabled = await enabledRun(rig);
  await rig.lab.kill('temporal');
  await pause(3000);
  await rig.lab.revive('temporal');
  await rig.gate(enabled.run, 'soak');
  // Longer than a watcher needs to notice that it lost its server.
  await pause(8000);
  expect(await rig.servedFlags()).not.toContain('false');
  const since = Date.now();
  await enabled.run.terminate('after Temporal was away');
  const off = await untilOff(rig, since);
  figures.push(`Temporal killed for 3 s, then terminate: written off after ${String(off.written)} ms`);
  await rolledBackOnce(enabled);
});

describe('a guardian that is reset', () => {
  const undoRegistered = (event: { workflowExecutionUpdateAcceptedEventAttributes?: unknown }): boolean =>
    event.workflowExecutionUpdateAcceptedEventAttributes != null;

  test('guards on: a terminated run is taken back', async () => {
    const enabled = await enabledRun(rig);
    await resetGuardian();
    await pause(3000);
    expect(await rig.servedFlags()).not.toContain('false');
    const since = Date.now();
    await enabled.run.terminate('after a reset of the guardian');
    const off = await untilOff(rig, since);
    figures.push(`guardian reset, then terminate: written off after ${String(off.written)} ms`);
    await rolledBackOnce(enabled);
  });

  test('lets the run go on to its end', async () => {
    const enabled = await enabledRun(rig);
    await resetGuardian();
    const { result } = await rig.approveAll(enabled.run);
    expect(result.outcome).toBe('COMPLETED');
    expect(await rig.servedFlags()).toContain('true');
    expect(await guardianEnd(rig)).toBe('COMPLETED');
    expect((await rig.spawns()) - enabled.spawnsBefore).toBe(1);
  });

  async function resetGuardian(): Promise<void> {
    const { runId } = await guardian().describe();
    await resetBefore(rig, { run: guardian(), runId }, undoRegistered);
  }
});
