/** The creates of the baseline once more after a rollback, on the real target: is it itself again? */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { performanceTeamName } from '../../procedure/flows.js';
import { cleanUp } from '../support/detect.js';
import { Rig } from '../support/rig.js';
import { enabledRun, recordOf } from '../support/steering.js';

let rig: Rig;

beforeAll(async () => {
  // Whether it is slower is judged by table tests; here the machine may be as busy as it likes.
  const thresholds = { minimumDelta: '20s', createAcceptableP95: '20s', createAlertP95: '20s' };
  const samples = { measured: 80, warmUp: 2, secondBaseline: true };
  rig = await Rig.start({ environment: { samples, thresholds } });
});
afterAll(() => rig.close());
afterEach(() => cleanUp(rig));

async function rolledBack(
  fault: string | null,
): Promise<{ readonly folder: string; readonly parts: unknown }> {
  const { run, folder } = await enabledRun(rig);
  if (fault !== null) await rig.lab.setFaults([fault]);
  await run.executeUpdate('rollback', { args: [{ by: 'Ada', reason: 'enough' }] });
  const { result } = await rig.end(run);
  expect(result.outcome).toBe('ROLLED_BACK');
  expect(result.rollback?.complete).toBe(true);
  expect(await rig.servedFlags()).not.toContain('true');
  return { folder, parts: result.rollback?.parts };
}

/** What the names of the second baseline's teams look like. */
async function teamsAfter(folder: string): Promise<string> {
  return `${performanceTeamName((await recordOf(folder)).plan.tag, 'r')}%`;
}

test('it is: figures, file, and not one of the teams is mapped', async () => {
  const { folder, parts } = await rolledBack(null);
  expect(parts).toContainEqual({
    part: 'second baseline',
    status: 'done',
    detail: expect.stringMatching(/^the target is itself again: p95 [\d.]+ ms, .*\(80 of 80 creates\)$/),
  });
  const text = await readFile(join(folder, 'logs/rollback_latency_team_create.txt'), 'utf8');
  expect(text.split('\n').filter((line) => line.startsWith('Request '))).toHaveLength(80);
  expect(await readFile(join(folder, 'SUMMARY.md'), 'utf8')).toMatch(/after the rollback \| 80 \| 0 \|/);
  const { rows } = await rig.database.query<{ made: string; mapped: string }>(
    `select count(*) as made, count(m.*) as mapped from organizations_team t
       left join organizations_migration_map m on m.vnext_team_id = t.id where t.name like $1`,
    [await teamsAfter(folder)],
  );
  expect(rows).toEqual([{ made: '82', mapped: '0' }]);
});

test('it is not: the rollback is complete, and says what is wrong', async () => {
  const { parts } = await rolledBack('flow-broken:1');
  expect(parts).toContainEqual({
    part: 'second baseline',
    status: 'failed',
    detail: expect.stringMatching(/not itself again: \d+ of \d+ creates failed with the flag off, 0 before/),
  });
});

test('the worker dies in the middle of it: the next one goes on, and no create is made twice', async () => {
  const { run, folder } = await enabledRun(rig);
  await run.executeUpdate('rollback', { args: [{ by: 'Ada', reason: 'enough' }] });
  const made = async (): Promise<number> => {
    const { rows } = await rig.database.query<{ name: string }>(
      'select name from organizations_team where name like $1',
      [await teamsAfter(folder)],
    );
    expect(new Set(rows.map((row) => row.name)).size).toBe(rows.length);
    return rows.length;
  };
  const deadline = Date.now() + 60_000;
  while ((await made()) < 20) expect(Date.now()).toBeLessThan(deadline);
  await rig.worker.kill();
  rig.worker = await rig.startWorker();
  const { result } = await rig.end(run);
  expect(result.outcome).toBe('ROLLED_BACK');
  expect(await made()).toBe(82);
  const part = result.rollback?.parts.find((one) => one.part === 'second baseline');
  expect(part?.status).toMatch(/^(done|unknown)$/);
  expect(await readFile(join(folder, 'logs/rollback_latency_team_create.txt'), 'utf8')).toContain(
    'Request 80:',
  );
});
