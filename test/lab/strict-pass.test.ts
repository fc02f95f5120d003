/** The optional strict pass on the real target: on, two flows, off again; and what a copy that fails does in it. */
import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { observationsOf } from '../../procedure/observations.js';
import { cleanUp } from '../support/detect.js';
import { Rig } from '../support/rig.js';
import { asked, recordOf } from '../support/steering.js';

let rig: Rig;

beforeAll(async () => {
  const samples = { measured: 4, warmUp: 1 };
  rig = await Rig.start({ environment: { samples, thresholds: { lagBudget: '1s' } } });
});
afterAll(() => rig.close());
afterEach(() => cleanUp(rig));

const START = { strictPass: true, soak: '4s', soakInterval: '2s' };

async function envFile(): Promise<{ readonly enabled: string; readonly strict: string }> {
  const text = await readFile(rig.lab.envFile, 'utf8');
  const value = (name: string): string =>
    new RegExp(`^TEAM_VNEXT_DUAL_WRITE_${name}=["']?(\\w*)`, 'm').exec(text)?.[1] ?? 'absent';
  return { enabled: value('ENABLED'), strict: value('STRICT_MODE') };
}

test('two flows in strict mode, then it is off again, and watching goes on', async () => {
  const stops = await rig.orderedStops();
  const run = await rig.run(START);
  const { result } = await rig.approveAll(run);
  expect({ verdict: result.verdict, reasons: result.verdictReasons }).toMatchObject({ verdict: 'GO' });
  const record = await recordOf(result.evidence?.path ?? '');
  const flags = observationsOf(record.observations, 'serving-flags');
  expect(flags.find((one) => one.id === 'strict-on-flags')).toMatchObject({
    expected: 'strict',
    status: 'as-expected',
  });
  expect(flags.find((one) => one.id === 'strict-off-flags')).toMatchObject({ status: 'as-expected' });
  const flows = observationsOf(record.observations, 'flow').filter((one) => one.side === 'strict');
  expect(flows.map(({ flow, status }) => ({ flow, status }))).toEqual([
    { flow: 1, status: 'ok' },
    { flow: 2, status: 'ok' },
  ]);
  const copies = observationsOf(record.observations, 'copy').filter((one) => one.write === 'strict');
  expect(copies.map((one) => one.status)).toEqual(['copied', 'copied']);
  // One restart to enable, two for the pass; none of them is taken for somebody else's.
  expect((await rig.orderedStops()) - stops).toBe(3);
  expect(observationsOf(record.observations, 'restarts')).toEqual([]);
  expect(await envFile()).toEqual({ enabled: 'true', strict: 'false' });
});

test('a copy that fails in it makes the request fail: both are switched off', async () => {
  const run = await rig.run(START);
  const over = rig.approveAll(run);
  over.catch(() => undefined);
  await rig.until(run, (status) => status.journal.some((line) => line.text.startsWith('strict mode on')));
  await rig.lab.setFaults(['dual-write-fails']);
  const { result } = await over;
  expect({ verdict: result.verdict, outcome: result.outcome }).toEqual({
    verdict: 'NO_GO',
    outcome: 'ROLLED_BACK',
  });
  expect(result.findings).toContainEqual(
    expect.objectContaining({
      rule: 'strict-mode-fails-requests',
      severity: 'CRITICAL',
      action: 'disable',
    }),
  );
  expect(await envFile()).toEqual({ enabled: 'false', strict: 'false' });
  expect(await rig.servedFlags()).not.toContain('true');
});

test('a run that is rolled back in the middle of it leaves neither on', async () => {
  const run = await rig.run(START);
  const over = rig.end(run);
  over.catch(() => undefined);
  await rig.decide(run, 'enable');
  await rig.until(run, (status) => status.journal.some((line) => line.text.startsWith('strict mode on')));
  await run.executeUpdate('rollback', { args: [{ by: 'Ada', reason: 'enough' }] });
  expect((await over).result.outcome).toBe('ROLLED_BACK');
  expect(await envFile()).toEqual({ enabled: 'false', strict: 'false' });
  expect(await rig.servedFlags()).not.toContain('true');
});

test('a worker that is killed in the middle of it: the next one goes on, without a restart more', async () => {
  const stops = await rig.orderedStops();
  const run = await rig.run(START);
  const over = rig.end(run);
  over.catch(() => undefined);
  await rig.decide(run, 'enable');
  await rig.until(run, (status) => status.journal.some((line) => line.text.startsWith('strict mode on')));
  await rig.worker.kill();
  rig.worker = await rig.startWorker();
  // Nothing is asked: what the dead worker could not look at while the target restarted is no blindness.
  const { result } = await Promise.race([rig.approveAll(run), asked(rig, run, 180_000)]);
  expect({ verdict: result.verdict, reasons: result.verdictReasons }).toMatchObject({ verdict: 'GO' });
  expect((await rig.orderedStops()) - stops).toBe(3);
  expect(await envFile()).toEqual({ enabled: 'true', strict: 'false' });
});
