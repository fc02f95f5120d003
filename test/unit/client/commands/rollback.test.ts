import { describe, expect, test } from '@jest/globals';
import { ApplicationFailure, TerminatedFailure, WorkflowFailedError } from '@temporalio/client';
import { RetryState } from '@temporalio/common';
import type { RollbackRecord } from '../../../../procedure/run-record.js';
import { run, sessionOver } from '../harness.js';

const record = (complete: boolean): RollbackRecord => ({
  cause: 'command',
  by: 'ann',
  reason: 'r',
  complete,
  parts: [{ part: 'flags', status: complete ? 'done' : 'failed', detail: 'read in 3 of 3 processes' }],
  startedAt: '2026-11-23T18:10:00.000Z',
  endedAt: '2026-11-23T18:11:00.000Z',
});
const failed = (cause: Error): Error =>
  new WorkflowFailedError('Workflow execution failed', cause, RetryState.NON_RETRYABLE_FAILURE);

/** Rolls back an environment; the workflow and (when it is asked) the last guardian end like this. */
async function rollBack(world: {
  readonly ends: unknown;
  readonly guardian?: unknown;
  readonly holds?: boolean;
}) {
  const started: { type: string; options: Record<string, unknown> }[] = [];
  const give = (value: unknown): Promise<unknown> =>
    value instanceof Error ? Promise.reject(value) : Promise.resolve(value);
  const session = sessionOver({
    workflow: {
      start: (type: string, options: Record<string, unknown>) => {
        started.push({ type, options });
        return Promise.resolve({ firstExecutionRunId: 'x', result: () => give(world.ends) });
      },
      getHandle: () => ({
        describe: () =>
          Promise.resolve({ runId: 'g', status: { name: world.holds === true ? 'RUNNING' : 'COMPLETED' } }),
        result: () => give(world.guardian),
      }),
    },
    workflowService: { describeTaskQueue: () => Promise.resolve({ pollers: [] }) },
  });
  const ran = await run(['rollback', '--environment', 'staging', '--by', 'ann', '--reason', 'r', '--json'], {
    session,
  });
  return { ran, started };
}

describe('rollback of an environment', () => {
  test('starts the workflow with who and why, and waits for it', async () => {
    const { ran, started } = await rollBack({
      ends: { by: 'safe-values', rollback: record(true), detail: 'flags: off' },
    });
    expect(started).toMatchObject([
      {
        type: 'rollback',
        options: {
          workflowId: 'rollback-staging-20261123-183005',
          args: [{ environment: 'staging', by: 'ann', reason: 'r' }],
        },
      },
    ]);
    expect(ran.exitCode).toBe(0);
    expect(JSON.parse(ran.out)).toMatchObject({ rollback: { complete: true }, exitCode: 0 });
    expect(ran.err).toContain('No worker takes work from task queue "readiness". Temporal keeps the order');
  });

  test('5 when it is not complete, whoever did it', async () => {
    const incomplete = failed(
      ApplicationFailure.create({ message: 'not complete', details: [record(false)] }),
    );
    expect((await rollBack({ ends: incomplete })).ran.exitCode).toBe(5);
    const byGuardian = { by: 'guardian', rollback: null, detail: 'rolled back by the guardian of run r' };
    const guardian = { ended: 'rolled-back', rollback: record(false) };
    expect((await rollBack({ ends: byGuardian, guardian })).ran.exitCode).toBe(5);
  });

  test('done by a guardian: its record is the answer; without one nothing is claimed', async () => {
    const ends = { by: 'guardian', rollback: null, detail: 'rolled back by the guardian of run r' };
    const done = await rollBack({ ends, guardian: { ended: 'rolled-back', rollback: record(true) } });
    expect(done.ran.exitCode).toBe(0);
    expect(JSON.parse(done.ran.out)).toMatchObject({ rollback: { complete: true } });
    expect((await rollBack({ ends, guardian: { ended: 'released', rollback: null } })).ran.exitCode).toBe(0);
    const lost = await rollBack({ ends, guardian: failed(new TerminatedFailure('by hand')) });
    expect(lost.ran.exitCode).toBe(1);
    expect(lost.ran.out).toContain('is not known here');
    expect((await rollBack({ ends, holds: true })).ran.exitCode).toBe(1);
  });

  test('refused is 2, failed is 1, each with the reason and what to do', async () => {
    const refused = failed(
      ApplicationFailure.create({ type: 'REFUSED', message: 'environment: no such file' }),
    );
    expect((await rollBack({ ends: refused })).ran).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining('was refused: environment: no such file'),
    });
    expect((await rollBack({ ends: failed(new Error('boom')) })).ran).toMatchObject({
      exitCode: 1,
      err: expect.stringContaining('The target may still be changed'),
    });
  });
});
