import { describe, expect, test } from '@jest/globals';
import {
  ApplicationFailure,
  CancelledFailure,
  TerminatedFailure,
  WorkflowFailedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { RetryState } from '@temporalio/common';
import { endOfRun, parseResult } from '../../../../client/runs/end-of-run.js';
import { foundRun } from '../../../../client/runs/found-run.js';
import { readRollback } from '../../../../client/runs/guardian.js';
import type { Outcome, Verdict } from '../../../../procedure/outcome.js';
import type { RunResult } from '../../../../procedure/status.js';
import type { RollbackRecord } from '../../../../procedure/run-record.js';
import { described, result, run, sessionOver, status } from '../harness.js';

const RUN = 'readiness-staging-20261123-180000';
const rollback = (complete: boolean): RollbackRecord => ({
  cause: 'terminate',
  by: null,
  reason: 'the run was terminated',
  complete,
  parts: [{ part: 'flags', status: complete ? 'done' : 'failed', detail: 'read in 3 of 3 processes' }],
  startedAt: '2026-11-23T18:10:00.000Z',
  endedAt: '2026-11-23T18:11:00.000Z',
});
const failed = (cause: Error): WorkflowFailedError =>
  new WorkflowFailedError('Workflow execution failed', cause, RetryState.NON_RETRYABLE_FAILURE);
const failedAs = (outcome: Outcome, verdict: Verdict): Error =>
  failed(
    ApplicationFailure.create({
      type: outcome,
      message: outcome,
      details: [result({ outcome, verdict, rollback: null })],
    }),
  );

interface World {
  readonly closedAs: string;
  /** The run's result; an Error is thrown. */
  readonly ends: unknown;
  /** The answer of the status query; without it no worker answers. */
  readonly status?: ReturnType<typeof status>;
  /** The answer of the result query. */
  readonly kept?: RunResult;
  /** The guardian's result; without it there is no guardian. */
  readonly guardian?: unknown;
  readonly guardianParent?: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

function sessionOf(world: World) {
  const give = (value: unknown): Promise<unknown> =>
    value instanceof Error ? Promise.reject(value) : Promise.resolve(value);
  return sessionOver({
    workflow: {
      list: () =>
        (async function* () {
          await Promise.resolve();
          yield described({ status: world.closedAs, attributes: world.attributes ?? {} });
        })(),
      getHandle: (id: string) => {
        if (id === 'environment-staging') {
          const missing = new WorkflowNotFoundError('not found', id, undefined);
          const there = {
            runId: 'g',
            status: { name: 'COMPLETED' },
            parentExecution: { workflowId: RUN, runId: world.guardianParent ?? 'run-1' },
          };
          return {
            describe: () => ('guardian' in world ? give(there) : give(missing)),
            result: () => give(world.guardian),
          };
        }
        return {
          describe: () => give(described({ status: world.closedAs, attributes: world.attributes ?? {} })),
          result: () => give(world.ends),
          query: ({ name }: { name: string }) =>
            give(
              (name === 'result' ? world.kept : world.status) ??
                Object.assign(new Error('no worker'), { code: 9, details: 'no poller', metadata: {} }),
            ),
        };
      },
    },
  });
}
const end = (world: World) => {
  const info = described({ status: world.closedAs, attributes: world.attributes ?? {} });
  return endOfRun(
    sessionOf(world),
    foundRun(info as unknown as Parameters<typeof foundRun>[0]),
    () => undefined,
  );
};

describe('exit codes of a run that ended', () => {
  test.each([
    ['COMPLETED', 'GO', 0],
    ['COMPLETED', 'INCONCLUSIVE', 3],
    ['ROLLED_BACK', 'NO_GO', 1],
    ['REJECTED', 'INCONCLUSIVE', 1],
    ['REFUSED', 'INCONCLUSIVE', 2],
    ['ROLLBACK_INCOMPLETE', 'NO_GO', 5],
  ] as const)('%s with %s is %d, in watch and in start --wait', async (outcome, verdict, code) => {
    const world: World =
      outcome === 'COMPLETED'
        ? { closedAs: 'COMPLETED', ends: result({ outcome, verdict }) }
        : { closedAs: 'FAILED', ends: failedAs(outcome, verdict) };
    expect(await end(world)).toMatchObject({ outcome, verdict, exitCode: code });
    const watched = await run(['watch', RUN, '--json'], { session: sessionOf(world) });
    expect(watched.exitCode).toBe(code);
    expect(JSON.parse(watched.out)).toMatchObject({
      outcome,
      verdict,
      exitCode: code,
      result: { reason: 'Every write was copied right.' },
    });
  });

  test('status only tells, so it is 0 however the run ended', async () => {
    const ran = await run(['status'], {
      session: sessionOf({ closedAs: 'FAILED', ends: failedAs('ROLLED_BACK', 'NO_GO') }),
    });
    expect(ran.exitCode).toBe(0);
    expect(ran.out).toContain('ROLLED_BACK, verdict NO_GO');
    expect(ran.out).toContain(
      `readiness verify /srv/artifacts/p5_t6/20261123_1800 --digest ${'ab'.repeat(32)}`,
    );
    expect(ran.out).toContain('- Review the report in a week.');
  });
});

describe('a run that left no result', () => {
  const terminated = failed(new TerminatedFailure('by hand'));
  test('canceled: the result that it kept tells', async () => {
    const ends = failed(new CancelledFailure('Workflow canceled'));
    const kept = result({ outcome: 'ROLLED_BACK', verdict: 'INCONCLUSIVE', rollback: rollback(true) });
    expect(await end({ closedAs: 'CANCELLED', ends, kept })).toMatchObject({
      outcome: 'ROLLED_BACK',
      exitCode: 1,
      rollback: { complete: true },
      remark: 'It was canceled: Workflow canceled',
    });
  });

  test('terminated after it called itself COMPLETED: never 0, the guardian tells', async () => {
    const kept = result();
    const told = status({ outcome: 'COMPLETED', verdict: 'GO' });
    const guardian = { ended: 'rolled-back', rollback: rollback(true) };
    const world = { closedAs: 'TERMINATED', ends: terminated, kept, status: told };
    expect(await end({ ...world, guardian })).toMatchObject({ outcome: 'ROLLED_BACK', exitCode: 1 });
    expect(await end(world)).toMatchObject({ outcome: null, exitCode: 1 });
  });

  test('canceled, and no worker: the search attribute tells', async () => {
    const ends = failed(new CancelledFailure('Workflow canceled'));
    const attributes = { ReadinessOutcome: 'ROLLBACK_INCOMPLETE', ReadinessVerdict: 'NO_GO' };
    expect(await end({ closedAs: 'CANCELLED', ends, attributes })).toMatchObject({
      outcome: 'ROLLBACK_INCOMPLETE',
      exitCode: 5,
    });
  });

  test('terminated: what its guardian put back', async () => {
    const guardian = { ended: 'rolled-back', rollback: rollback(true) };
    expect(await end({ closedAs: 'TERMINATED', ends: terminated, guardian })).toMatchObject({
      outcome: 'ROLLED_BACK',
      exitCode: 1,
    });
    const incomplete = { ended: 'rolled-back', rollback: rollback(false) };
    expect(await end({ closedAs: 'TERMINATED', ends: terminated, guardian: incomplete })).toMatchObject({
      outcome: 'ROLLBACK_INCOMPLETE',
      exitCode: 5,
    });
    const broken = failed(ApplicationFailure.create({ message: 'x', details: [rollback(false)] }));
    expect(await end({ closedAs: 'TERMINATED', ends: terminated, guardian: broken })).toMatchObject({
      outcome: 'ROLLBACK_INCOMPLETE',
      exitCode: 5,
    });
  });

  test('terminated, and the guardian too: nobody knows, so 5', async () => {
    const ended = await end({
      closedAs: 'TERMINATED',
      ends: terminated,
      guardian: failed(new TerminatedFailure('by hand')),
    });
    expect(ended).toMatchObject({
      outcome: 'ROLLBACK_INCOMPLETE',
      exitCode: 5,
      remark: expect.stringContaining('readiness rollback --environment staging'),
    });
  });

  test('terminated before it held anything: 1, and another run’s guardian proves nothing', async () => {
    expect(await end({ closedAs: 'TERMINATED', ends: terminated })).toMatchObject({
      outcome: null,
      exitCode: 1,
    });
    const other = {
      closedAs: 'TERMINATED',
      ends: terminated,
      guardian: { ended: 'rolled-back', rollback: rollback(true) },
      guardianParent: 'run-9',
    };
    expect(await end(other)).toMatchObject({
      outcome: null,
      exitCode: 1,
      remark: expect.stringContaining('belongs to another run'),
    });
  });

  test('a stale outcome attribute of a terminated run is not believed', async () => {
    expect(
      await end({ closedAs: 'TERMINATED', ends: terminated, attributes: { ReadinessOutcome: 'COMPLETED' } }),
    ).toMatchObject({ outcome: null, exitCode: 1 });
  });
});

describe('what is no result', () => {
  test.each([null, 'GO', {}, { outcome: 'WON', verdict: 'GO' }, { outcome: 'COMPLETED', verdict: 'GO' }])(
    '%j',
    (value) => {
      expect(parseResult(value)).toBeNull();
    },
  );
  test('a rollback is read by itself or out of a result', () => {
    expect(readRollback(rollback(true))).toEqual(rollback(true));
    expect(readRollback({ by: 'guardian', rollback: rollback(false), detail: '' })).toEqual(rollback(false));
    for (const value of [null, undefined, 'x', {}, { rollback: null }])
      expect(readRollback(value)).toBeNull();
  });
});
