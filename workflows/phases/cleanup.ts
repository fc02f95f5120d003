import { condition, patched } from '@temporalio/workflow';
import type { CleanupRowsOutput } from '../../activities/contract.js';
import { changing } from '../activities.js';
import { EndRun } from '../run/ending.js';
import { seal } from '../run/keeping.js';
import { step, type Phase } from './context.js';
import { endWatching } from './last-words.js';

const SKIPPED: CleanupRowsOutput = { status: 'refused', counts: {}, reason: 'skipped by a person' };

/** Phase 13: what gate finish decided. Flags back when it said disable; then only this run's rows (seed §11.1). */
export async function cleanup(phase: Phase): Promise<void> {
  const { run } = phase;
  run.enter('cleanup');
  if (run.finish?.dualWrite === 'disable') await disable(phase);
  if (run.finish?.cleanup !== true) {
    run.leave('skipped', 'The test rows stay, as decided at gate finish');
    return;
  }
  const { tag, startedAt } = run.plan;
  const result = await step(phase, { title: 'deletes the rows of this run', fallback: SKIPPED }, () =>
    changing.cleanupRows.executeWithOptions({ summary: 'rows of this run away, counts checked' }, [
      { ...run.scope, tag, startedAt, teamIds: run.teams.map((team) => team.id) },
    ]),
  );
  run.cleanup = result;
  await seal(run);
  const rows = Object.values(result.counts).reduce((sum, count) => sum + count, 0);
  run.leave(
    'done',
    result.status === 'refused'
      ? `Clean-up refused, nothing deleted: ${result.reason ?? ''}`
      : `Clean-up: ${String(rows)} rows of this run deleted`,
  );
}

/** Only the guardian takes flags back; the environment stays held meanwhile. */
async function disable(phase: Phase): Promise<void> {
  const { run } = phase;
  const { lease } = run;
  if (lease === null) throw new TypeError('disabling without the environment');
  // While the flags are taken back nothing that is seen counts any more: what was seen before is heard first.
  if (patched('hear-before-disabling')) await endWatching(phase);
  run.flag = 'taking-back';
  run.doing('disables dual-write, as decided at gate finish');
  await lease.order({
    cause: 'command',
    by: run.decisions.at(-1)?.by ?? null,
    reason: 'gate finish decided to disable dual-write',
    thenHold: true,
  });
  await condition(() => run.rollback !== null || lease.ended !== null);
  await run.watch?.stop();
  if (run.rollback === null) throw EndRun.back('lease', 'the guardian ended while it disabled dual-write');
  run.flag = run.rollback.complete ? 'off-again' : run.flag;
}
