import { WorkflowIdReusePolicy } from '@temporalio/common';
import {
  ChildWorkflowCancellationType,
  executeChild,
  getExternalWorkflowHandle,
  isCancellation,
  ParentClosePolicy,
  workflowInfo,
} from '@temporalio/workflow';
import type { OwedUndo } from '../../activities/contract.js';
import type { RollbackRecord } from '../../procedure/run-record.js';
import type { environmentGuardian } from '../guardian.js';
import { reading, watching } from '../activities.js';
import {
  guardianWorkflowId,
  orderRollbackSignal,
  WORKFLOW,
  type GuardianResult,
  type RollbackOrder,
} from '../messages.js';

/**
 * Starts a guardian that begins with a rollback, for when the one that held the environment is gone. It outlives its
 * starter.
 */
export function startOwedRollback(input: {
  readonly environment: string;
  /** What was registered with the guardian that is gone; flags that nobody captured go to the safe values (seed §7.1). */
  readonly undo: readonly OwedUndo[];
  /** See `readOwedUndo`. */
  readonly permitsUntil?: number | null;
  readonly order: RollbackOrder;
  readonly patienceMs: number;
}): Promise<GuardianResult> {
  const { workflowId, runId } = workflowInfo();
  return executeChild<typeof environmentGuardian>(WORKFLOW.guardian, {
    workflowId: guardianWorkflowId(input.environment),
    args: [
      {
        environment: input.environment,
        holderWorkflowId: workflowId,
        holderRunId: runId,
        watch: false,
        patienceMs: input.patienceMs,
        owed: {
          order: input.order,
          undo: input.undo,
          ...(input.permitsUntil == null ? {} : { permitsUntil: input.permitsUntil }),
        },
      },
    ],
    parentClosePolicy: ParentClosePolicy.ABANDON,
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    cancellationType: ChildWorkflowCancellationType.ABANDON,
    workflowTaskTimeout: '3s',
    memo: { holder: workflowId, holderRun: runId },
    staticSummary: `rolls back ${input.environment}`,
  });
}

/**
 * Orders the rollback from the guardian that is there and waits for its end, however long that takes. `null` = it undid
 * nothing, or was itself ended from outside.
 */
export async function rollbackByGuardian(
  environment: string,
  guardianRunId: string,
  order: RollbackOrder,
): Promise<RollbackRecord | null> {
  const workflowId = guardianWorkflowId(environment);
  try {
    await getExternalWorkflowHandle(workflowId, guardianRunId).signal(orderRollbackSignal, order);
  } catch (error) {
    if (isCancellation(error)) throw error;
    // It ended between the look and the order: how, its result tells.
  }
  await watching.watchRun.executeWithOptions({ summary: 'waits for the guardian' }, [
    { workflowId, runId: guardianRunId },
  ]);
  return reading.readGuardianRollback({ workflowId, runId: guardianRunId });
}
