/** Every way to tell a run something, on a real server: who may, when, twice, at once, and nonsense. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { WorkflowUpdateFailedError, Client, Connection } from '@temporalio/client';
import type { RunStatus } from '../../procedure/status.js';
import { Rig } from '../support/rig.js';
import { enabledRun, recordOf } from '../support/steering.js';

let rig: Rig;

beforeAll(async () => {
  rig = await Rig.start({ environment: { samples: { measured: 3, warmUp: 1 } } });
});
afterAll(() => rig.close());
afterEach(() => rig.reset());

type Handle = Awaited<ReturnType<Rig['run']>>;
const update = async (run: Handle, name: string, payload: unknown): Promise<string> => {
  try {
    return `taken: ${await run.executeUpdate<string, [unknown]>(name, { args: [payload] })}`;
  } catch (error) {
    if (!(error instanceof WorkflowUpdateFailedError)) throw error;
    return `refused: ${error.cause?.message ?? ''}`;
  }
};
const stop = async (run: Handle): Promise<void> => {
  await run.executeUpdate('rollback', { args: [{ by: 'Ada', reason: 'end of the test' }] });
  await rig.end(run);
};
const digestOf = ({ waiting }: RunStatus): string => waiting?.digest ?? '';

test('pause: the step under way ends, no further one begins until resume', async () => {
  const run = await rig.run({});
  await rig.decide(run, 'enable');
  await rig.until(run, ({ phase }) => phase === 'enable');
  expect(await update(run, 'pause', { by: 'Ada', reason: 'look' })).toMatch(/^taken: Paused by Ada/);
  const paused = await rig.until(run, ({ waiting }) => waiting?.kind === 'pause');
  expect(paused.waiting?.paste).toMatchObject({ resume: { by: 'YOUR NAME' } });
  expect(await update(run, 'pause', { by: 'Grace' })).toMatch(/^taken: The run was paused by Ada already/);
  const { journal } = await rig.status(run);
  expect(await update(run, 'retry', { by: 'Ada' })).toMatch(/^refused: Nothing waits for retry/);
  expect((await rig.status(run)).phase).toBe(paused.phase);
  expect((await rig.status(run)).journal.length).toBeLessThanOrEqual(journal.length + 1);
  expect(await update(run, 'resume', { by: 'Grace', reason: 'seen' })).toBe('taken: Resumed by Grace.');
  await rig.gate(run, 'soak');
  await stop(run);
});

test('nonsense is refused or recorded, has no effect and stops nothing', async () => {
  const run = await rig.run({});
  const { waiting } = await rig.gate(run, 'enable');
  const nonsense: unknown[] = [
    undefined,
    null,
    7,
    'approve',
    [],
    [[]],
    {},
    { by: 'Ada' },
    { gate: 'enable' },
  ];
  for (const payload of nonsense) {
    expect(await update(run, 'approve', payload)).toMatch(/^refused: /);
    await run.signal('approve', payload);
  }
  await run.signal('no-such-command', { by: 'Ada' });
  expect(await update(run, 'approve', { gate: 'enable', digest: 'stale', by: 'Ada' })).toMatch(/digest/);
  expect(await update(run, 'approve', { gate: 'soak', digest: waiting?.digest, by: 'Ada' })).toMatch(/open/);
  const status = await rig.status(run);
  expect(status.waiting?.digest).toBe(waiting?.digest);
  expect(status.decisions).toEqual([]);
  expect(status.commands.filter(({ accepted }) => !accepted).length).toBe(nonsense.length + 1);
  expect(status.commands.map(({ name }) => name)).toContain('no-such-command');
  await stop(run);
});

test('two people at the same instant, one through each door: one decides, the other is told', async () => {
  const run = await rig.run({});
  const digest = digestOf(await rig.gate(run, 'enable'));
  const answers = await Promise.all([
    update(run, 'approve', { gate: 'enable', digest, by: 'Ada' }),
    update(run, 'reject', { gate: 'enable', digest, by: 'Grace' }),
  ]);
  expect(answers.filter((one) => one.startsWith('taken')).length).toBe(1);
  const first = answers[0]?.startsWith('taken') === true ? 'approved by Ada' : 'rejected by Grace';
  expect(answers.find((one) => one.startsWith('refused'))).toContain(first);
  expect((await rig.status(run)).decisions.length).toBe(1);
  await stop(run).catch(() => undefined);
});

test('twenty starts at once: one run, nineteen refused with the holder', async () => {
  const runs = await Promise.all(Array.from({ length: 20 }, () => rig.run({})));
  const ends = runs.map(async (run) => ({ run, end: await rig.end(run) }));
  const refused: Awaited<(typeof ends)[number]>[] = [];
  await new Promise<void>((resolve) => {
    for (const one of ends)
      void one.then((end) => {
        refused.push(end);
        if (refused.length === 19) resolve();
      });
  });
  const holder = runs.find((run) => !refused.some((one) => one.run.workflowId === run.workflowId));
  expect(holder).toBeDefined();
  for (const { end } of refused) {
    expect(end.result.outcome).toBe('REFUSED');
    expect(end.result.reason).toContain(holder?.workflowId);
  }
  if (holder !== undefined) await stop(holder);
});

describe('more than one pair of eyes', () => {
  beforeAll(() =>
    rig.environment('careful', {
      approval: { quorum: { enable: 2 }, starterMayApprove: false },
      samples: { measured: 3, warmUp: 1 },
    }),
  );

  test('a start without a name is refused', async () => {
    const { result } = await rig.end(await rig.run({ environment: 'careful' }));
    expect(result.outcome).toBe('REFUSED');
    expect(result.problems.map(({ path }) => path)).toEqual(['startedBy']);
  });

  test('two different people, none of them the starter', async () => {
    const run = await rig.run({ environment: 'careful', startedBy: 'Eve' });
    const digest = digestOf(await rig.gate(run, 'enable'));
    const approve = (by: string): Promise<string> => update(run, 'approve', { gate: 'enable', digest, by });
    expect(await approve('eve')).toMatch(/^refused: "eve" started this run/);
    expect(await approve('Ada')).toBe('taken: Gate enable approved by Ada, 1 of 2; 1 more needed.');
    expect(await approve('Ada')).toMatch(/^taken: Gate enable was approved by Ada already/);
    expect((await rig.status(run)).waiting?.gate).toBe('enable');
    expect(await approve('Grace')).toBe('taken: Gate enable approved by Grace, 2 of 2.');
    const { decisions } = await rig.until(run, ({ phase }) => phase !== 'gate-enable');
    expect(decisions.map(({ by }) => by)).toEqual(['Ada', 'Grace']);
    await stop(run);
  });
});

describe('whom Temporal recorded', () => {
  test('is compared with the name and stands in the evidence', async () => {
    const connection = await Connection.connect({ address: rig.lab.temporalAddress });
    const client = new Client({
      connection,
      namespace: rig.lab.namespace,
      identity: 'readiness-cli/1 ada@desk',
    });
    const run = await rig.run({});
    const digest = digestOf(await rig.gate(run, 'enable'));
    const payload = { gate: 'enable', digest, by: 'Ada' };
    await client.workflow.getHandle(run.workflowId).executeUpdate('approve', { args: [payload] });
    await connection.close();
    await rig.decide(run, 'soak', { command: 'reject' });
    const { result } = await rig.end(run);
    const record = await recordOf(result.evidence?.path ?? '');
    expect(record.decisions.map(({ gate, identity }) => [gate, identity])).toEqual([
      ['enable', 'matched'],
      ['soak', 'differs'],
    ]);
  });

  test('where a match is required, a decision without one does not count', async () => {
    await rig.environment('strict', { approval: { identity: 'require' } });
    const run = await rig.run({ environment: 'strict' });
    const digest = digestOf(await rig.gate(run, 'enable'));
    await update(run, 'approve', { gate: 'enable', digest, by: 'Ada' });
    const status = await rig.until(run, ({ commands }) =>
      commands.some(({ message }) => message.includes('does not match that name')),
    );
    expect(status.decisions).toEqual([]);
    expect((await rig.gate(run, 'enable')).waiting?.digest).toBe(digest);
    await stop(run);
  });
});

test('a soak is made longer, and ended before its time', async () => {
  const { run } = await enabledRun(rig, { soak: '10s', soakInterval: '2s' });
  await rig.decide(run, 'soak');
  await rig.until(run, ({ phase }) => phase === 'soak');
  const longer = { soak: '1h', by: 'Ada', reason: 'not sure' };
  await rig.until(run, ({ progress }) => /checks/.test(progress ?? ''));
  expect(await update(run, 'extend-soak', longer)).toMatch(/^taken: Soak extended by Ada from 10s to 1h/);
  expect(await update(run, 'extend-soak', longer)).toMatch(/^taken: The soak is 1h long already/);
  expect(await update(run, 'finish-soak', { by: 'Ada', reason: 'enough' })).toMatch(
    /^taken: Soak ended by Ada/,
  );
  const { verdict } = await rig.gate(run, 'finish');
  expect(verdict).toBe('INCONCLUSIVE');
  await stop(run);
});
