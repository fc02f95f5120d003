/** Every way in which a run can be ended from outside: the target is safe, the evidence is there, the lease is free. */
import { setTimeout as pause } from 'node:timers/promises';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { RunRecord } from '../../procedure/run-record.js';
import { Rig } from '../support/rig.js';

let rig: Rig;

beforeAll(async () => {
  rig = await Rig.start({ environment: { samples: { measured: 3, warmUp: 1 } } });
});
afterAll(async () => {
  await rig.close();
});
afterEach(async () => {
  await rig.reset();
});

const recordOf = async (path: string): Promise<RunRecord> =>
  JSON.parse(await readFile(join(path, 'run.json'), 'utf8')) as RunRecord;

async function guardianClosed(): Promise<string> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const { status } = await rig.client.workflow.getHandle('environment-lab').describe();
    if (status.name !== 'RUNNING') return status.name;
    if (Date.now() > deadline) throw new Error('the guardian did not end');
    await pause(100);
  }
}

test('a second run on the same environment is refused at once and names the holder', async () => {
  const first = await rig.run({});
  await rig.gate(first, 'enable');
  const second = await rig.end(await rig.run({}));
  expect(second.result.outcome).toBe('REFUSED');
  expect(second.result.reason).toContain(first.workflowId);
  await rig.decide(first, 'enable', { command: 'reject' });
  const { result } = await rig.end(first);
  expect(result.outcome).toBe('REJECTED');
  const tag = (await recordOf(result.evidence?.path ?? '')).plan.tag;
  expect(await rig.teams(`%${tag}%`)).toEqual({ vnext: 0, legacy: 0, mapped: 0 });
  expect(await guardianClosed()).toBe('COMPLETED');
});

test('reject at gate soak, by signal: rolled back', async () => {
  const run = await rig.run({});
  await rig.decide(run, 'enable', { via: 'signal' });
  await rig.decide(run, 'soak', { command: 'reject', via: 'signal' });
  const { result } = await rig.end(run);
  expect(result).toMatchObject({
    outcome: 'ROLLED_BACK',
    rollback: { cause: 'reject', by: 'Ada', complete: true },
  });
  expect(await rig.servedFlags()).not.toContain('true');
});

test('cancel in the Temporal UI while dual-write is on: rolled back, closed as Canceled', async () => {
  const run = await rig.run({});
  await rig.decide(run, 'enable');
  await rig.gate(run, 'soak');
  await run.cancel();
  const { closedAs, result } = await rig.end(run);
  expect(closedAs).toBe('CANCELLED');
  expect(result).toMatchObject({ outcome: 'ROLLED_BACK', rollback: { cause: 'cancel', complete: true } });
  expect(await rig.servedFlags()).not.toContain('true');
});

test('terminate while dual-write is on: the guardian rolls back and finishes the evidence', async () => {
  const run = await rig.run({});
  await rig.decide(run, 'enable');
  const status = await rig.gate(run, 'soak');
  await run.terminate('somebody was in a hurry');
  expect(await guardianClosed()).toBe('COMPLETED');
  expect(await rig.servedFlags()).not.toContain('true');
  const record = await recordOf(join(rig.lab.folder, 'repository', status.evidence ?? ''));
  expect(record).toMatchObject({ outcome: 'ROLLED_BACK', rollback: { cause: 'terminate', complete: true } });
});

test('the command rollback interrupts whatever the run does', async () => {
  const run = await rig.run({});
  await rig.decide(run, 'enable');
  await rig.until(run, (status) => status.phase === 'performance' || status.phase === 'smoke');
  await run.executeUpdate('rollback', { args: [{ by: 'Ada', reason: 'the pager rang' }] });
  const { result } = await rig.end(run);
  expect(result).toMatchObject({
    outcome: 'ROLLED_BACK',
    rollback: { cause: 'command', by: 'Ada', complete: true },
  });
  expect(await rig.servedFlags()).not.toContain('true');
});

test('rollback without a run takes back what a completed run kept on', async () => {
  const run = await rig.run({ cleanup: false });
  await rig.approveAll(run);
  expect(await rig.servedFlags()).toContain('true');
  const result: unknown = await rig.client.workflow.execute('rollback', {
    taskQueue: 'readiness',
    workflowId: `rollback-${String(Date.now())}`,
    args: [{ environment: 'lab', by: 'Ada', reason: 'not needed any more' }],
  });
  expect(result).toMatchObject({ by: 'safe-values', rollback: { complete: true } });
  expect(await rig.servedFlags()).not.toContain('true');
});

test('gate finish with disable: COMPLETED, flags off again', async () => {
  const run = await rig.run({ soak: '3s', soakInterval: '1s', dualWrite: 'disable' });
  const { result } = await rig.approveAll(run);
  expect(result).toMatchObject({ outcome: 'COMPLETED', verdict: 'GO' });
  expect(await rig.servedFlags()).not.toContain('true');
  // Switched off in this environment (samples.queryCounts): not counted, and a GO all the same.
  const { observations, plan } = await recordOf(result.evidence?.path ?? '');
  expect(plan.samples.queryCounts).toBe(false);
  expect(observations.filter(({ kind }) => kind === 'queries')).toEqual([]);
});
