import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import type { RunRecord } from '../../procedure/run-record.js';
import type { Detection } from './detection.js';
import type { Rig } from './rig.js';
import { recordOf } from './steering.js';

/** Environment of the detection runs: few samples and a short lag budget, so that a run takes seconds. */
export const DETECTION_ENVIRONMENT = {
  // Spread over a second, so that one stall of a busy machine is not in the middle one of them.
  samples: { measured: 6, warmUp: 1, ratePerSecond: 6 },
  thresholds: { lagBudget: '1s' },
  // A request that is never answered is given up after this.
  api: { requestTimeout: '10s' },
};

/** One whole run under these faults, every gate approved, an attention answered by a rollback. */
export async function runUnder(rig: Rig, faults: readonly Detection[]): Promise<RunRecord> {
  const early = faults.filter((one) => one.from === undefined).map((one) => one.fault);
  await rig.lab.setFaults(early);
  const run = await rig.run({ soak: '4s', soakInterval: '2s' });
  const ended = rig.end(run);
  ended.catch(() => undefined);
  if (early.length < faults.length) {
    await Promise.race([rig.gate(run, 'enable'), ended]);
    await rig.lab.setFaults(faults.map((one) => one.fault));
  }
  const stop = new AbortController();
  const answering = rollBackOnAttention(rig, run, stop.signal);
  const { result } = await rig.approveAll(run).finally(() => {
    stop.abort();
  });
  await answering;
  if (result.evidence === null) throw new Error('the run left no evidence');
  return recordOf(result.evidence.path);
}

async function rollBackOnAttention(rig: Rig, run: WorkflowHandle, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const status = await rig.status(run).catch(() => null);
    if (status?.waiting?.kind === 'attention') {
      await run
        .executeUpdate('rollback', { args: [{ by: 'Ada', reason: 'it cannot go on' }] })
        .catch(() => undefined);
    }
    await pause(300, undefined, { signal }).catch(() => undefined);
  }
}

/** Faults off, flags at baseline, and nothing in the mapping that a fault left there for every later run to find. */
export async function cleanUp(rig: Rig): Promise<void> {
  await rig.reset();
  await rig.database.query('DELETE FROM organizations_migration_map WHERE vnext_team_id >= 800000000');
}

/** What must be true whatever was found: nothing left on after a rollback, and a record that follows from its observations. */
export async function envFileSaysOn(rig: Rig): Promise<boolean> {
  return /^TEAM_VNEXT_DUAL_WRITE_ENABLED=["']?true/im.test(await readFile(rig.lab.envFile, 'utf8'));
}
