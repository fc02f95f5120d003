import { describe, expect, test } from '@jest/globals';
import { described, run, sessionOver } from './harness.js';

/** Starts with these options and returns what reached Temporal. */
async function started(argv: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const calls: { type: string; options: Record<string, unknown> }[] = [];
  const session = sessionOver({
    workflow: {
      start: (type: string, options: Record<string, unknown>) => {
        calls.push({ type, options });
        return Promise.resolve({ workflowId: String(options['workflowId']), firstExecutionRunId: 'run-1' });
      },
      getHandle: () => ({ describe: () => Promise.resolve(described()) }),
    },
    workflowService: { describeTaskQueue: () => Promise.resolve({ pollers: [] }) },
  });
  const ran = await run(['start', ...argv], { session, env });
  return { ran, call: calls[0] };
}

describe('start', () => {
  test('sends only what was given, under an id that tells environment and time', async () => {
    const { ran, call } = await started(['--environment', 'staging']);
    expect(ran.exitCode).toBe(0);
    expect(call).toMatchObject({
      type: 'readinessRun',
      options: {
        workflowId: 'readiness-staging-20261123-183005',
        taskQueue: 'readiness',
        args: [{ environment: 'staging' }],
        workflowIdConflictPolicy: 'FAIL',
      },
    });
    expect(ran.out).toContain(
      'http://127.0.0.1:8233/namespaces/default/workflows/readiness-staging-20261123-183005/run-1/user-metadata',
    );
    expect(ran.out).toContain('readiness watch readiness-staging-20261123-183005');
    expect(ran.err).toContain('No worker takes work from task queue "readiness"');
  });

  test('every option sets the field of its name', async () => {
    const { call } = await started([
      ...[
        '--environment',
        'staging',
        '--started-by',
        'ann',
        '--ticket',
        'OPS-1',
        '--reason',
        'why not',
        '--soak',
        '2h',
      ],
      ...[
        '--soak-interval',
        '1m',
        '--samples',
        '30',
        '--no-baseline-writes',
        '--static-files',
        '--auto-pass-soak',
      ],
      ...[
        '--dual-write',
        'disable',
        '--no-cleanup',
        '--cleanup-after-rollback',
        '--fail-fast',
        '--id',
        'mine',
        '--task-queue',
        'q',
      ],
    ]);
    expect(call?.options).toMatchObject({ workflowId: 'mine', taskQueue: 'q' });
    expect(call?.options['args']).toEqual([
      {
        ...{
          environment: 'staging',
          startedBy: 'ann',
          ticket: 'OPS-1',
          reason: 'why not',
          soak: '2h',
          soakInterval: '1m',
        },
        ...{
          samples: 30,
          baselineWrites: false,
          staticFiles: true,
          autoPassSoak: true,
          dualWrite: 'disable',
        },
        ...{ cleanup: false, cleanupAfterRollback: true, failFast: true },
      },
    ]);
  });

  test('READINESS_BY is who starts it, an option is stronger', async () => {
    expect((await started(['--environment', 'x'], { READINESS_BY: 'ann' })).call?.options['args']).toEqual([
      { environment: 'x', startedBy: 'ann' },
    ]);
    expect(
      (await started(['--environment', 'x', '--started-by', 'joe'], { READINESS_BY: 'ann' })).call?.options[
        'args'
      ],
    ).toEqual([{ environment: 'x', startedBy: 'joe' }]);
  });

  test('all problems are told at once, before Temporal is asked', async () => {
    const { ran, call } = await started([
      '--environment',
      'A b',
      '--soak',
      'long',
      '--samples',
      'many',
      '--dual-write',
      'perhaps',
    ]);
    expect(ran.exitCode).toBe(2);
    expect(call).toBeUndefined();
    for (const path of ['environment', 'soak', 'samples', 'dualWrite'])
      expect(ran.err).toContain(`- ${path}: `);
  });

  test('--json is one document with the page and the next command', async () => {
    const { ran } = await started(['--environment', 'staging', '--json']);
    expect(JSON.parse(ran.out)).toMatchObject({
      workflowId: 'readiness-staging-20261123-183005',
      next: 'readiness watch readiness-staging-20261123-183005',
    });
  });
});
