/**
 * A run that is cancelled or terminated just when a phase begins: every phase, one way today and the other tomorrow;
 * READINESS_BOUNDARIES=all: both.
 */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { verifyFolder } from '../../client/verify/verify-folder.js';
import { PHASES, type PhaseId } from '../../procedure/phases.js';
import type { RunRecord } from '../../procedure/run-record.js';
import { Rig } from '../support/rig.js';
import { guardianEnd, historyOf, outcomeOf } from '../support/steering.js';

let rig: Rig;
const seen: string[] = [];

beforeAll(async () => {
  rig = await Rig.start({
    environment: { samples: { measured: 3, warmUp: 1 } },
    worker: { READINESS_SWEEP: '5s' },
  });
});
afterAll(async () => {
  process.stdout.write(`${seen.join('\n')}\n`);
  await rig.close();
});
afterEach(() => rig.reset());

const ENDS = {
  cancel: (run: WorkflowHandle) => run.cancel(),
  terminate: (run: WorkflowHandle) => run.terminate('at a boundary'),
} as const;

const ALL = process.env['READINESS_BOUNDARIES'] === 'all';
const TODAY = Math.floor(Date.now() / 86_400_000) % 2;
const CELLS = (['cancel', 'terminate'] as const).flatMap((how, way) =>
  PHASES.flatMap(({ id }, at) => (ALL || (at + way + TODAY) % 2 === 0 ? [{ how, id }] : [])),
);

test.each(CELLS)('$how as phase $id begins', async ({ how, id }) => {
  const stopsBefore = await rig.orderedStops();
  const run = await rig.run({ soak: '2s', soakInterval: '1s' });
  await begins(run, id);
  await ENDS[how](run).catch((error: unknown) => {
    // The last phase is short: the run may be over before the order is there.
    if (id !== 'publish') throw error;
  });
  await run.result().catch(() => null);
  const closedAs = (await run.describe()).status.name;
  const { evidence } = await rig.status(run);
  const guarded = id === 'plan' ? null : await guardianEnd(rig);
  const stops = (await rig.orderedStops()) - stopsBefore;
  const folder = evidence === null ? null : join(rig.lab.folder, 'repository', evidence);
  const record = folder === null ? null : await outcomeOf(folder, 20_000);
  seen.push(
    `${how} as ${id} begins: closed as ${closedAs}, outcome ${String(record?.outcome)}, restarts ${String(stops)}`,
  );

  const flags = await rig.servedFlags();
  expect(flags.length).toBeGreaterThan(1);
  if (record?.outcome === 'COMPLETED') {
    expect(closedAs).toBe('COMPLETED');
    expect(id).toBe('publish');
    expect(flags).not.toContain('false');
    return;
  }
  expect(closedAs).toBe(how === 'cancel' ? 'CANCELLED' : 'TERMINATED');
  expect(flags).not.toContain('true');
  if (guarded !== null) expect(guarded).toBe('COMPLETED');
  await oneRollback({ run, record, stops });
  if (record === null) {
    // There was no environment yet, nothing to take back and no folder to keep it in.
    expect(id).toBe('plan');
    expect(stops).toBe(0);
    return;
  }
  expect(stops > 0 ? ['ROLLED_BACK'] : ['REJECTED', 'ROLLED_BACK']).toContain(record.outcome);
  expect((await verifyFolder(folder ?? '')).differences).toEqual([]);
});

/** Approves what comes before this phase, and looks often enough to be there as it begins. */
async function begins(run: WorkflowHandle, id: PhaseId): Promise<void> {
  const deadline = Date.now() + 150_000;
  const wanted = PHASES.findIndex((phase) => phase.id === id);
  for (;;) {
    const status = await rig.status(run).catch(() => null);
    if (status !== null && PHASES.findIndex((phase) => phase.id === status.phase) >= wanted) return;
    if (status?.outcome != null) return;
    const gate = status?.waiting?.gate ?? null;
    if (gate !== null && status?.waiting != null) {
      const { digest } = status.waiting;
      const keep = gate === 'finish' ? { dualWrite: 'keep' } : {};
      await run
        .executeUpdate('approve', { args: [{ gate, digest, by: 'Ada', reason: 'looked', ...keep }] })
        .catch(() => undefined);
    }
    if (Date.now() > deadline) throw new Error(`phase ${id} did not begin; it is ${String(status?.phase)}`);
    await pause(15);
  }
}

interface Ended {
  readonly run: WorkflowHandle;
  readonly record: RunRecord | null;
  /** Restarts that were ordered during the run. */
  readonly stops: number;
}

/** What was changed was taken back once: at most one restart each way, and one attempt that the evidence tells. */
async function oneRollback({ run, record, stops }: Ended): Promise<void> {
  expect([0, 2]).toContain(stops);
  const changed = (await historyOf(run, rig)).some(
    (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'changeFlags',
  );
  if (stops > 0) expect(changed).toBe(true);
  if (changed) expect(record).toMatchObject({ outcome: 'ROLLED_BACK', rollback: { complete: true } });
}
