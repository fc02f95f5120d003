import { WorkflowIdReusePolicy } from '@temporalio/common';
import {
  ChildWorkflowCancellationType,
  executeChild,
  ParentClosePolicy,
  workflowInfo,
} from '@temporalio/workflow';
import type { StepScope } from '../../activities/contract.js';
import type { environmentGuardian } from '../guardian.js';
import { guardianWorkflowId, WORKFLOW, type GuardianResult, type RollbackOrder } from '../messages.js';

/**
 * Starts a guardian that begins with a rollback to the safe values (seed §7.1), for when nobody knows the captured state
 * any more. It outlives its starter.
 */
export function startOwedRollback(input: {
  readonly environment: string;
  readonly scope: StepScope;
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
        owed: { order: input.order, undo: { kind: 'flags', capture: null }, scope: input.scope },
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
