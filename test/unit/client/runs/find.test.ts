import { describe, expect, test } from '@jest/globals';
import {
  environmentName,
  listRuns,
  runQuery,
  runToLookAt,
  runToSteer,
} from '../../../../client/runs/find.js';
import { described, sessionOver } from '../harness.js';

function sessionWith(runs: readonly ReturnType<typeof described>[]) {
  const queries: string[] = [];
  const session = sessionOver({
    workflow: {
      list: ({ query }: { query: string }) => {
        queries.push(query);
        return (async function* () {
          await Promise.resolve();
          yield* runs;
        })();
      },
      getHandle: (id: string) => ({
        describe: () => Promise.resolve(runs.find((run) => run.workflowId === id)),
      }),
    },
  });
  return { session, queries };
}
const at = (hour: number): Date => new Date(Date.UTC(2026, 10, 23, hour));
const ANY = { id: undefined, environment: undefined };

describe('which run', () => {
  test('the filter that Temporal and its UI take', () => {
    expect(runQuery({})).toBe('WorkflowType="readinessRun"');
    expect(runQuery({ environment: 'staging', open: true })).toBe(
      'WorkflowType="readinessRun" AND ReadinessEnvironment="staging" AND ExecutionStatus="Running"',
    );
    expect(runQuery({ waiting: true })).toContain('ReadinessWaitingFor != "none"');
  });

  test('a name that is none never gets into a filter', () => {
    expect(environmentName('eu-staging')).toBe('eu-staging');
    expect(() => runQuery({ environment: 'x" OR WorkflowType="y' })).toThrow(/cannot be the name/);
    expect(() => environmentName('a'.repeat(41))).toThrow(/cannot be the name/);
  });

  test('to look at: the one started last, whatever order Temporal lists in', async () => {
    const { session } = sessionWith([
      described({ id: 'old', startTime: at(1) }),
      described({ id: 'new', startTime: at(3) }),
      described({ id: 'mid', startTime: at(2), status: 'FAILED' }),
    ]);
    expect((await runToLookAt(session, ANY)).workflowId).toBe('new');
    expect((await listRuns(session, {}, 2)).map((run) => run.workflowId)).toEqual(['new', 'mid']);
  });

  test('to steer: the only open one, never a guess between two', async () => {
    const one = sessionWith([described({ id: 'only' })]);
    expect((await runToSteer(one.session, ANY)).workflowId).toBe('only');
    expect(one.queries[0]).toContain('ExecutionStatus="Running"');
    const two = sessionWith([described({ id: 'a' }), described({ id: 'b' })]);
    await expect(runToSteer(two.session, ANY)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(/2 runs are open: .*a.*b|2 runs are open: .*b.*a/),
    });
    expect((await runToSteer(two.session, { id: 'b', environment: undefined })).workflowId).toBe('b');
  });

  test('no run at all says where was looked and what to type', async () => {
    const { session } = sessionWith([]);
    await expect(runToLookAt(session, { id: undefined, environment: 'staging' })).rejects.toMatchObject({
      exitCode: 2,
      message: 'There is no run of environment staging in namespace "default" at 127.0.0.1:7233.',
      next: expect.stringContaining('readiness start'),
    });
  });

  test('a workflow of another kind is refused', async () => {
    const { session } = sessionWith([{ ...described({ id: 'other' }), type: 'soak' }]);
    await expect(runToLookAt(session, { id: 'other', environment: undefined })).rejects.toMatchObject({
      exitCode: 2,
    });
  });

  test('values that mean nothing are shown as nothing, and a closed run waits for nobody', async () => {
    const attributes = {
      ReadinessVerdict: 'none',
      ReadinessOutcome: 'ROLLED_BACK',
      ReadinessWaitingFor: 'gate-enable',
    };
    const { session } = sessionWith([described({ id: 'x', status: 'TERMINATED', attributes })]);
    expect((await listRuns(session, {}, 1))[0]).toMatchObject({
      verdict: null,
      outcome: 'ROLLED_BACK',
      waitingFor: null,
      open: false,
    });
  });
});
