/** The failure simulation on the real target: a right is taken from the application's role for one create, and comes back whatever happens. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { smokeTeamName } from '../../procedure/flows.js';
import { observationsOf } from '../../procedure/observations.js';
import { cleanUp } from '../support/detect.js';
import { Rig } from '../support/rig.js';
import { asked, guardianEnd, recordOf } from '../support/steering.js';

let rig: Rig;

const ENVIRONMENT = { samples: { measured: 4, warmUp: 1 }, thresholds: { lagBudget: '2s' } };

beforeAll(async () => {
  rig = await Rig.start({ environment: ENVIRONMENT, worker: { READINESS_SWEEP: '2s' } });
});
afterAll(() => rig.close());
afterEach(() => cleanUp(rig));

const START = { failureSimulation: true, soak: '4s', soakInterval: '2s' };

async function mayInsert(): Promise<boolean> {
  const { rows } = await rig.database.query<{ may: boolean }>(
    "select has_table_privilege('deltacrown', 'teams_team', 'INSERT') as may",
  );
  return rows[0]?.may === true;
}

/** Returns as soon as the right is away. */
async function untilAway(): Promise<void> {
  const deadline = Date.now() + 120_000;
  while (await mayInsert()) if (Date.now() > deadline) throw new Error('the right was never taken away');
}

async function teamsOf(tag: string): Promise<string[]> {
  const { rows } = await rig.database.query<{ name: string }>(
    'select name from organizations_team where name = $1',
    [smokeTeamName(tag, 'simulation')],
  );
  return rows.map((row) => row.name);
}

test('the failure is noticed, the right is back, the team is gone, and it is GO', async () => {
  const run = await rig.run(START);
  const { result } = await Promise.race([rig.approveAll(run), asked(rig, run, 200_000)]);
  expect({ verdict: result.verdict, reasons: result.verdictReasons }).toMatchObject({ verdict: 'GO' });
  const folder = result.evidence?.path ?? '';
  const record = await recordOf(folder);
  expect(observationsOf(record.observations, 'simulation')).toEqual([
    expect.objectContaining({
      ...{ what: 'INSERT on public.teams_team taken from deltacrown', request: 'ok', http: 201 },
      ...{ rows: 'missing', log: 'failed', restored: true, reason: null },
    }),
  ]);
  expect(await mayInsert()).toBe(true);
  expect(await teamsOf(record.plan.tag)).toEqual([]);
  // What was meant is no finding, neither of the watch nor of any other look.
  expect(record.findings.filter((one) => one.severity !== 'LOW')).toEqual([]);
  const lines = await readFile(join(folder, 'logs/dual_write_simulation-log.log'), 'utf8');
  expect(lines).toMatch(/^ERROR .*Failed to sync team creation/m);
});

test('a log that does not tell it is asked about', async () => {
  const run = await rig.run(START);
  const over = rig.end(run);
  over.catch(() => undefined);
  await rig.decide(run, 'enable');
  await untilAway();
  await rig.lab.setFaults(['log-lines-missing']);
  const { findings } = await rig.attention(run);
  expect(findings).toContainEqual(
    expect.objectContaining({ rule: 'simulated-failure-unnoticed', action: 'ask' }),
  );
  expect(await mayInsert()).toBe(true);
  await run.executeUpdate('rollback', { args: [{ by: 'Ada', reason: 'seen' }] });
  expect((await over).result.outcome).toBe('ROLLED_BACK');
});

test('the worker dies while it is away: the next one goes on and gives it back', async () => {
  const run = await rig.run(START);
  const over = rig.end(run);
  over.catch(() => undefined);
  await rig.decide(run, 'enable');
  await untilAway();
  await rig.worker.kill();
  rig.worker = await rig.startWorker();
  const { result } = await Promise.race([rig.approveAll(run), asked(rig, run, 200_000)]);
  expect({ verdict: result.verdict, reasons: result.verdictReasons }).toMatchObject({ verdict: 'GO' });
  expect(await mayInsert()).toBe(true);
});

test('the run is terminated while it is away: its guardian gives it back', async () => {
  const run = await rig.run(START);
  await rig.decide(run, 'enable');
  await untilAway();
  await run.terminate('as an impatient person would');
  await guardianEnd(rig);
  expect(await mayInsert()).toBe(true);
  expect(await rig.servedFlags()).not.toContain('true');
  const { rollback } = (await rig.client.workflow.getHandle('environment-lab').result()) as {
    rollback: { complete: boolean; parts: readonly object[] };
  };
  expect(rollback.complete).toBe(true);
  expect(rollback.parts).toContainEqual({
    part: 'right to write legacy teams',
    status: 'done',
    detail: 'deltacrown has INSERT on public.teams_team again',
  });
});

test('run and guardian are both terminated: the sweep gives it back', async () => {
  const run = await rig.run(START);
  await rig.decide(run, 'enable');
  await untilAway();
  await rig.client.workflow.getHandle('environment-lab').terminate('both at once');
  await run.terminate('both at once');
  const deadline = Date.now() + 60_000;
  while (!(await mayInsert())) expect(Date.now()).toBeLessThan(deadline);
  await guardianEnd(rig);
  expect(await rig.servedFlags()).not.toContain('true');
});

test('the environment file is edited while it is away, and the run terminated: the right comes back all the same', async () => {
  const run = await rig.run(START);
  await rig.decide(run, 'enable');
  await untilAway();
  await rig.environment('lab', { ...ENVIRONMENT, samples: { measured: 5, warmUp: 1 } });
  await run.terminate('as an impatient person would');
  await guardianEnd(rig);
  expect(await mayInsert()).toBe(true);
  expect(await rig.servedFlags()).not.toContain('true');
});
