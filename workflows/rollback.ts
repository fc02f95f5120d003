import { ApplicationFailure, WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { CancellationScope, getExternalWorkflowHandle, workflowInfo } from '@temporalio/workflow';
import { parseInput } from '../procedure/input.js';
import type { RollbackRecord } from '../procedure/run-record.js';
import { keeping, reading, watching } from './activities.js';
import {
  guardianWorkflowId,
  orderRollbackSignal,
  type RollbackOrder,
  type RollbackWorkflowInput,
} from './messages.js';
import { startOwedRollback } from './run/owed.js';
import { upsertKeyword } from './run/run.js';

export interface RollbackOutput {
  /** `guardian` = a run held the environment and its guardian did it; `safe-values` = nobody held it. */
  readonly by: 'guardian' | 'safe-values';
  readonly rollback: RollbackRecord | null;
  readonly detail: string;
}

/**
 * Rolls an environment back with or without a run: through the guardian of the run that holds it, or, when nobody does
 * (after a COMPLETED run that kept the flag on, after a guardian that was terminated), by itself to the safe values.
 */
export async function rollback(input: RollbackWorkflowInput): Promise<RollbackOutput> {
  const { input: asked, problems } = parseInput({
    environment: (input as Partial<RollbackWorkflowInput> | undefined)?.environment,
  });
  if (asked === undefined)
    throw refuse(problems.map((problem) => `${problem.path}: ${problem.message}`).join('\n'));
  const environment = asked.environment;
  upsertKeyword('environment', environment);
  const order: RollbackOrder = { cause: 'command', by: input.by, reason: input.reason, thenHold: false };
  for (;;) {
    const lease = await reading.describeLease({ environment });
    if (lease.state === 'held' && lease.guardianRunId !== null) {
      const guardian = getExternalWorkflowHandle(guardianWorkflowId(environment), lease.guardianRunId);
      await guardian.signal(orderRollbackSignal, order);
      await watching.watchRun.executeWithOptions({ summary: 'waits for the guardian' }, [
        { workflowId: lease.workflowId, runId: lease.guardianRunId },
      ]);
      return {
        by: 'guardian',
        rollback: null,
        detail: `rolled back by the guardian of run ${lease.holderWorkflowId ?? 'unknown'}`,
      };
    }
    try {
      return await CancellationScope.nonCancellable(() => alone(environment, order));
    } catch (error) {
      // A run took the environment between the look and the start: its guardian is the one to ask.
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
  }
}

async function alone(environment: string, order: RollbackOrder): Promise<RollbackOutput> {
  const { workflowId, runId } = workflowInfo();
  const { input } = parseInput({ environment });
  if (input === undefined) throw refuse('no environment');
  const loaded = await reading.loadPlan({ input, workflowId, runId });
  if (!loaded.ok)
    throw refuse(loaded.problems.map((problem) => `${problem.path}: ${problem.message}`).join('\n'));
  const { plan } = loaded;
  const evidence = await keeping.openEvidence({
    environment: plan.environment,
    runId,
    startedAt: plan.startedAt,
  });
  const scope = { environment: plan.environment, evidence, tag: plan.tag };
  const { rollback: record } = await startOwedRollback({
    environment,
    scope,
    order,
    patienceMs: plan.rollbackPatienceMs,
  });
  if (record !== null) await keeping.sealRollback({ ...scope, rollback: record });
  if (record?.complete !== true)
    throw ApplicationFailure.create({
      type: 'ROLLBACK_INCOMPLETE',
      message: `The rollback of ${environment} is not complete.`,
      details: [record],
      nonRetryable: true,
    });
  upsertKeyword('outcome', 'ROLLED_BACK');
  return {
    by: 'safe-values',
    rollback: record,
    detail: record.parts.map((part) => `${part.part}: ${part.detail}`).join('; '),
  };
}

function refuse(message: string): ApplicationFailure {
  return ApplicationFailure.create({ type: 'REFUSED', message, nonRetryable: true });
}
