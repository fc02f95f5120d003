import { describe, expect, test } from '@jest/globals';
import {
  ApplicationFailure,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { updateIdOf } from '../../../../client/steering/send-command.js';
import { described, run, sessionOver, status, type Setting } from '../harness.js';

interface Sent {
  readonly name: string;
  readonly payload: unknown;
  readonly updateId?: string;
}

/** Types a command at a run that waits at gate enable; returns what was said and what was sent. */
async function type(
  argv: readonly string[],
  setting: Setting & { readonly answer?: unknown; readonly status?: ReturnType<typeof status> | null } = {},
) {
  const sent: Sent[] = [];
  const answer = setting.answer ?? 'Gate enable approved by ann.';
  const session = sessionOver({
    workflow: {
      list: () =>
        (async function* () {
          await Promise.resolve();
          yield described();
        })(),
      getHandle: () => ({
        describe: () => Promise.resolve(described()),
        query: () =>
          setting.status === null
            ? Promise.reject(Object.assign(new Error('x'), { code: 9, details: 'no poller', metadata: {} }))
            : Promise.resolve(setting.status ?? status()),
        executeUpdate: (update: { name: string }, options: { args: unknown[]; updateId: string }) => {
          sent.push({ name: update.name, payload: options.args[0], updateId: options.updateId });
          return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
        },
        signal: (signal: { name: string }, payload: unknown) => {
          sent.push({ name: signal.name, payload });
          return Promise.resolve();
        },
      }),
    },
  });
  return { ran: await run(argv, { ...setting, session }), sent };
}
const APPROVE = ['approve', '--gate', 'enable', '--by', 'ann'];
const DIGEST = '0123456789abcdef';

describe('approve and reject', () => {
  test('show the proof and ask; yes sends exactly the digest that was shown', async () => {
    const { ran, sent } = await type(APPROVE, { answers: ['y'] });
    expect(ran.exitCode).toBe(0);
    expect(ran.out).toContain('- 5 of 5 flows are fine with the flag off');
    expect(ran.err).toContain('Approve this? [y/N]');
    expect(sent).toMatchObject([{ name: 'approve', payload: { gate: 'enable', digest: DIGEST, by: 'ann' } }]);
    expect(ran.out).toContain('Gate enable approved by ann.');
  });

  test.each(['', 'n', 'no', 'maybe'])('the answer %j sends nothing', async (reply) => {
    const { ran, sent } = await type(APPROVE, { answers: [reply] });
    expect(ran).toMatchObject({ exitCode: 1, err: expect.stringContaining('Nothing was sent.') });
    expect(sent).toEqual([]);
  });

  test('without a terminal they are refused, with the digest to give', async () => {
    const { ran, sent } = await type(APPROVE);
    expect(ran).toMatchObject({ exitCode: 2, err: expect.stringContaining(`--digest ${DIGEST}`) });
    expect(sent).toEqual([]);
  });

  test('--yes takes the digest, and shows the proof all the same', async () => {
    const { ran, sent } = await type([...APPROVE, '--yes', '--json']);
    expect(ran.exitCode).toBe(0);
    expect(ran.err).toContain('p95 of team create: 120 ms');
    expect(sent).toHaveLength(1);
    expect(JSON.parse(ran.out)).toMatchObject({ command: 'approve', accepted: true, via: 'update' });
  });

  test('--digest needs no question, reject carries its reason', async () => {
    const { sent } = await type(
      ['reject', '--gate', 'enable', '--by', 'ann', '--digest', DIGEST, '--reason', 'not today'],
      { status: null },
    );
    expect(sent).toMatchObject([
      { name: 'reject', payload: { gate: 'enable', digest: DIGEST, by: 'ann', reason: 'not today' } },
    ]);
  });

  test('gate finish takes what shall become of dual-write and rows', async () => {
    const { sent } = await type([
      'approve',
      '--gate',
      'finish',
      '--by',
      'ann',
      '--digest',
      'd',
      '--dual-write',
      'disable',
      '--no-cleanup',
    ]);
    expect(sent).toMatchObject([
      { payload: { gate: 'finish', digest: 'd', by: 'ann', dualWrite: 'disable', cleanup: false } },
    ]);
  });

  test('the name comes from READINESS_BY too, never from the computer', async () => {
    const { sent } = await type(['approve', '--gate', 'enable', '--digest', DIGEST], {
      env: { READINESS_BY: 'ann', USER: 'root' },
    });
    expect(sent).toMatchObject([{ payload: { by: 'ann' } }]);
    expect(
      (await type(['approve', '--gate', 'enable', '--digest', DIGEST], { env: { USER: 'root' } })).ran
        .exitCode,
    ).toBe(2);
  });

  test('another gate than the open one is refused before anything is asked', async () => {
    const { ran, sent } = await type(['approve', '--gate', 'soak', '--by', 'ann', '--yes']);
    expect(ran).toMatchObject({
      exitCode: 1,
      err: expect.stringContaining('Gate soak is not open: the run waits at gate enable.'),
    });
    expect(sent).toEqual([]);
  });

  test('no worker: says that the proof cannot be shown', async () => {
    const { ran } = await type([...APPROVE, '--yes'], { status: null });
    expect(ran).toMatchObject({ exitCode: 1, err: expect.stringContaining('cannot be shown') });
  });
});

describe('what the run answers', () => {
  test('a refusal is its message and 1, without a stack', async () => {
    const cause = ApplicationFailure.create({
      message: 'The digest is not the one of the proof that is shown now.',
    });
    const { ran } = await type([...APPROVE, '--digest', 'old'], {
      answer: new WorkflowUpdateFailedError('Workflow Update failed', cause),
    });
    expect(ran).toMatchObject({
      exitCode: 1,
      err: 'Refused: The digest is not the one of the proof that is shown now.\n',
    });
  });

  test('an ended run refuses too', async () => {
    const { ran } = await type([...APPROVE, '--digest', 'old'], {
      answer: new WorkflowNotFoundError('already completed', 'r', undefined),
    });
    expect(ran).toMatchObject({ exitCode: 1, err: expect.stringContaining('has ended') });
  });

  test('no answer in time: the same as a signal is offered', async () => {
    const { ran } = await type(['rollback', '--by', 'ann'], {
      answer: new WorkflowUpdateRPCTimeoutOrCancelledError('late'),
    });
    expect(ran).toMatchObject({
      exitCode: 1,
      err: expect.stringContaining('readiness rollback readiness-staging-20261123-180000 --by ann --signal'),
    });
  });

  test.each(['retry', 'skip', 'rollback', 'acknowledge'])(
    '%s carries name and reason, as an update or as a signal',
    async (name) => {
      expect((await type([name, '--by', 'ann', '--reason', 'r'])).sent).toMatchObject([
        { name, payload: { by: 'ann', reason: 'r' } },
      ]);
      const { ran, sent } = await type([name, '--by', 'ann', '--signal']);
      expect(sent).toEqual([{ name, payload: { by: 'ann' } }]);
      expect(ran.out).toContain('Sent as a signal');
    },
  );
});

describe('sent twice', () => {
  const payload = { gate: 'enable', digest: DIGEST, by: 'ann' };
  test('the same decision is one update, whatever the order of its fields', () => {
    expect(updateIdOf('approve', payload)).toBe(
      updateIdOf('approve', { by: 'ann', digest: DIGEST, gate: 'enable' }),
    );
  });
  test('every other decision is another one', () => {
    const ids = [
      updateIdOf('approve', payload),
      updateIdOf('reject', payload),
      ...Object.keys(payload).map((key) => updateIdOf('approve', { ...payload, [key]: 'other' })),
      updateIdOf('approve', { ...payload, dualWrite: 'keep' }),
      updateIdOf('approve', { ...payload, cleanup: true }),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });
  test('a second retry is a second retry', () => {
    expect(updateIdOf('retry', { by: 'ann' })).not.toBe(updateIdOf('retry', { by: 'ann' }));
  });
});
