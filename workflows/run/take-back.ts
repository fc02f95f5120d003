import { condition } from '@temporalio/workflow';
import type { RollbackCause } from '../../procedure/outcome.js';
import type { RollbackRecord } from '../../procedure/run-record.js';
import { startOwedRollback } from './owed.js';
import type { Run } from './run.js';

/**
 * Lets the guardian undo everything and waits for its end, however long that takes. A guardian that was itself ended
 * from outside is replaced by one that begins with the rollback.
 */
export async function takeBack(
  run: Run,
  ending: { readonly cause: RollbackCause; readonly by: string | null; readonly reason: string },
): Promise<RollbackRecord | null> {
  const { lease } = run;
  if (lease === null) return null;
  const { cause, by, reason } = ending;
  await lease.order({ cause, by, reason, thenHold: false });
  await condition(() => lease.ended !== null);
  const { ended } = lease;
  if (ended === null || ended.ended === 'lost') {
    if (!run.flagsArmed) return null;
    const again = await startOwedRollback({
      environment: run.plan.environment.name,
      scope: run.scope,
      order: { cause, by, reason, thenHold: false, holderRunId: null },
      patienceMs: run.plan.rollbackPatienceMs,
    });
    return again.rollback;
  }
  return ended.rollback;
}
