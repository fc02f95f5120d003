/** A run whose own code goes wrong while dual-write is on: it fails, or continues as new though it never should. */
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { NativeConnection, Worker } from '@temporalio/worker';
import { createActivities, type WiredActivities } from '../../worker/activities.js';
import { Rig } from '../support/rig.js';
import { enabledRun, guardianEnd, outcomeOf, untilOff } from '../support/steering.js';

let rig: Rig;
let connection: NativeConnection;
let wired: WiredActivities;
let worker: Worker;
let working: Promise<void>;

beforeAll(async () => {
  rig = await Rig.start({
    environment: { samples: { measured: 3, warmUp: 1 } },
    worker: { READINESS_SWEEP: 'off' },
  });
  await rig.worker.stop();
  process.env['STAGING_DATABASE_URL'] = rig.lab.readinessDatabaseUrl;
  connection = await NativeConnection.connect({ address: rig.lab.temporalAddress });
  wired = createActivities({ client: rig.client, environments: rig.environments });
  worker = await Worker.create({
    connection,
    namespace: rig.lab.namespace,
    taskQueue: 'readiness',
    workflowsPath: fileURLToPath(new URL('../support/mistaken-workflows.mjs', import.meta.url)),
    activities: wired.activities,
  });
  working = worker.run();
});
afterAll(async () => {
  worker.shutdown();
  await working;
  await wired.close();
  await connection.close();
  await rig.close({ replay: false });
});
afterEach(() => rig.reset());

test.each([
  ['fail', 'FAILED'],
  ['continue-as-new', 'CONTINUED_AS_NEW'],
])('%s: the guardian takes dual-write back, once', async (mistake, status) => {
  const enabled = await enabledRun(rig);
  const first = rig.client.workflow.getHandle(enabled.run.workflowId, enabled.runId);
  const since = Date.now();
  await first.signal('mistake', mistake);
  const off = await untilOff(rig, since);
  process.stdout.write(`run by mistake ${mistake}: written off after ${String(off.written)} ms\n`);
  expect(off.written).toBeLessThan(10_000);
  expect((await first.describe()).status.name).toBe(status);
  expect(await guardianEnd(rig)).toBe('COMPLETED');
  expect((await rig.spawns()) - enabled.spawnsBefore).toBe(2);
  expect(await outcomeOf(enabled.folder)).toMatchObject({
    outcome: 'ROLLED_BACK',
    rollback: { complete: true },
  });
  // The run that should not have come finds the environment held, or free and waits at its first gate.
  const latest = rig.client.workflow.getHandle(enabled.run.workflowId);
  if ((await latest.describe()).status.name === 'RUNNING') await latest.cancel();
  await latest.result().catch(() => undefined);
  expect(await rig.servedFlags()).not.toContain('true');
});
