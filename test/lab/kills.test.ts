/** kill -9 of the worker in the middle of enabling and of the smoke test changes when a run ends, not how. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { startWorker } from '../../lab/worker.js';
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

const MOMENTS = [
  { name: 'while the target restarts', when: 'sets TEAM_VNEXT_DUAL_WRITE_ENABLED', afterMs: 700 },
  { name: 'right after the change began', when: 'sets TEAM_VNEXT_DUAL_WRITE_ENABLED', afterMs: 50 },
  { name: 'in the first flow', when: 'flow 1, Create Team, with the flag on', afterMs: 20 },
  { name: 'in the second flow', when: 'flow 2, Add Member, with the flag on', afterMs: 20 },
  { name: 'in the performance test', when: '3 creates with the flag on', afterMs: 60 },
] as const;

/** A busy machine is slow, and each case leaves its baseline teams, which the next one finds without a legacy row. */
const OF_THIS_LAB = /^p95-|^audit-baseline-differences$/;

test.each(MOMENTS)('kill -9 $name', async ({ when, afterMs }) => {
  const before = await rig.spawns();
  const run = await rig.run({ cleanup: false });
  await rig.decide(run, 'enable');
  await rig.until(run, (status) => status.journal.some((line) => line.text.includes(when)));
  await pause(afterMs);
  await rig.worker.kill();
  await pause(300);
  rig.worker = await startWorker(rig.lab, { environmentsFolder: rig.environments });
  const { result } = await rig.approveAll(run);
  expect({
    outcome: result.outcome,
    findings: result.findings.map(({ rule }) => rule).filter((rule) => !OF_THIS_LAB.test(rule)),
  }).toEqual({
    outcome: 'COMPLETED',
    findings: [],
  });
  expect(await rig.spawns()).toBe(before + 1);
  const record = JSON.parse(
    await readFile(join(result.evidence?.path ?? '', 'run.json'), 'utf8'),
  ) as RunRecord;
  const smoke = await rig.database.query<{ name: string }>(
    'SELECT name FROM organizations_team WHERE name LIKE $1',
    [`Staging Test ${record.plan.tag} %`],
  );
  expect(smoke.rows.map((row) => row.name).sort()).toEqual([
    `Staging Test ${record.plan.tag} after`,
    `Staging Test ${record.plan.tag} baseline`,
  ]);
  expect((await rig.teams(`Perf Test ${record.plan.tag} %`)).vnext).toBe(8);
});
