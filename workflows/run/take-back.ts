import { condition } from '@temporalio/workflow';
import type { RollbackCause } from '../../procedure/outcome.js';
import type { RollbackRecord } from '../../procedure/run-record.js';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { reading } from '../activities.js';
import { rollbackByGuardian, startOwedRollback } from './owed.js';
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
    if (lease.registered.size === 0) return null;
    const environment = run.plan.environment.name;
    const order = { cause, by, reason, thenHold: false, holderRunId: null };
    for (;;) {
      try {
        const { rollback } = await startOwedRollback({
          environment,
          undo: [...lease.registered.values()],
          order,
          patienceMs: run.plan.rollbackPatienceMs,
        });
        return rollback;
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      }
      // A sweep or a person was faster: theirs is the rollback.
      const { state, guardianRunId } = await reading.describeLease({ environment });
      if (state === 'held' && guardianRunId !== null)
        return rollbackByGuardian(environment, guardianRunId, order);
    }
  }
  return ended.rollback;
}
