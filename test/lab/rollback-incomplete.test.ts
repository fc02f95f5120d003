/** A rollback that cannot be completed is told, goes on by itself, and ends when the target is back or a person says so. */
import { setTimeout as pause } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { Rig } from '../support/rig.js';

let rig: Rig;
const TEST_TEAMS = '% Test %';

beforeAll(async () => {
  rig = await Rig.start({
    environment: { samples: { measured: 3, warmUp: 1 }, rollback: { patience: '3s' } },
  });
});
afterAll(async () => {
  await rig.close();
});
afterEach(async () => {
  await rig.reset();
});

async function outcomeReads(run: WorkflowHandle, wanted: string): Promise<void> {
  const deadline = Date.now() + 90_000;
  for (;;) {
    const { typedSearchAttributes } = await run.describe();
    const found = typedSearchAttributes.getAll().find((pair) => pair.key.name === 'ReadinessOutcome');
    if (found?.value === wanted) return;
    if (Date.now() > deadline)
      throw new Error(`ReadinessOutcome reads ${String(found?.value)}, not ${wanted}`);
    await pause(200);
  }
}

async function stuckRollback(): Promise<WorkflowHandle> {
  const run = await rig.run({});
  await rig.decide(run, 'enable');
  await rig.gate(run, 'soak');
  await rig.lab.kill('supervisor');
  await run.executeUpdate('rollback', { args: [{ by: 'Ada', reason: 'the pager rang' }] });
  await outcomeReads(run, 'ROLLBACK_INCOMPLETE');
  return run;
}

test('the target comes back: the rollback completes by itself', async () => {
  const run = await stuckRollback();
  // Also when people were told before that the first try takes long.
  await rig.until(run, ({ journal }) =>
    journal.some(({ text }) => /^ROLLBACK INCOMPLETE so far.* flags: .*supervisor/s.test(text)),
  );
  await rig.lab.revive('supervisor');
  const { result } = await rig.end(run);
  expect(result).toMatchObject({ outcome: 'ROLLED_BACK', rollback: { cause: 'command', complete: true } });
  expect(await rig.servedFlags()).not.toContain('true');
  await outcomeReads(run, 'ROLLED_BACK');
});

test('a person acknowledges: ROLLBACK_INCOMPLETE, with what stands; a later rollback mends it', async () => {
  const run = await stuckRollback();
  await expect(run.executeUpdate('acknowledge', { args: [{ by: 'Ada' }] })).rejects.toMatchObject({
    cause: { message: expect.stringMatching(/needs a "reason"/) as unknown },
  });
  await run.executeUpdate('acknowledge', { args: [{ by: 'Ada', reason: 'I do it by hand' }] });
  const { result } = await rig.end(run);
  expect(result.outcome).toBe('ROLLBACK_INCOMPLETE');
  expect(result.rollback?.parts.find((part) => part.part === 'flags')?.status).toBe('failed');
  await rig.lab.revive('supervisor');
  const later: unknown = await rig.client.workflow.execute('rollback', {
    taskQueue: 'readiness',
    workflowId: `rollback-${String(Date.now())}`,
    args: [{ environment: 'lab', by: 'Ada', reason: 'the supervisor is back' }],
  });
  expect(later).toMatchObject({ by: 'safe-values', rollback: { complete: true } });
  expect(await rig.servedFlags()).not.toContain('true');
});

/** A run that gate finish has told to disable, on a target whose supervisor is away. */
async function stuckDisabling(): Promise<WorkflowHandle> {
  const run = await rig.run({ dualWrite: 'disable' });
  await rig.decide(run, 'enable');
  await rig.decide(run, 'soak');
  await rig.gate(run, 'finish');
  await rig.lab.kill('supervisor');
  await rig.decide(run, 'finish');
  await outcomeReads(run, 'ROLLBACK_INCOMPLETE');
  return run;
}

test('disabling at gate finish that a person leaves as it is: ROLLBACK_INCOMPLETE, never COMPLETED', async () => {
  const run = await stuckDisabling();
  await run.executeUpdate('acknowledge', { args: [{ by: 'Ada', reason: 'I do it by hand' }] });
  const { result } = await rig.end(run);
  expect(result.outcome).toBe('ROLLBACK_INCOMPLETE');
  expect(result.rollback).toMatchObject({
    complete: false,
    reason: 'gate finish decided to disable dual-write',
  });
  await outcomeReads(run, 'ROLLBACK_INCOMPLETE');
  await rig.lab.revive('supervisor');
});

test('a rollback that is ordered while gate finish disables is not lost', async () => {
  const run = await stuckDisabling();
  const teams = await rig.teams(TEST_TEAMS);
  await run.executeUpdate('rollback', { args: [{ by: 'Ada', reason: 'the pager rang' }] });
  await rig.lab.revive('supervisor');
  const { result } = await rig.end(run);
  expect(result).toMatchObject({
    outcome: 'ROLLED_BACK',
    rollback: { cause: 'command', by: 'Ada', complete: true },
  });
  // What disabling did stands in the same record, and the rows stay as after every rollback.
  expect(result.rollback?.parts.map(({ part, status }) => `${part}: ${status}`)).toEqual([
    'flags: done',
    'probe write: done',
    'test rows: not-needed',
  ]);
  expect((await rig.teams(TEST_TEAMS)).vnext).toBeGreaterThanOrEqual(teams.vnext);
  expect(await rig.servedFlags()).not.toContain('true');
});
