import { ApplicationFailure, WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { CancellationScope, getExternalWorkflowHandle, workflowInfo } from '@temporalio/workflow';
import { parseInput } from '../procedure/input.js';
import type { RollbackRecord } from '../procedure/run-record.js';
import { keeping, opening, reading, watching } from './activities.js';
import {
  guardianWorkflowId,
  orderRollbackSignal,
  type RollbackOrder,
  type RollbackWorkflowInput,
} from './messages.js';
import { startOwedRollback } from './run/owed.js';
import { upsertKeyword } from './run/search-attributes.js';

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
  const order: RollbackOrder = {
    cause: 'command',
    by: textOr(input.by, 'unknown'),
    reason: textOr(input.reason, 'no reason given'),
    thenHold: false,
    holderRunId: null,
  };
  for (;;) {
    const lease = await reading.describeLease({ environment });
    if (lease.state === 'held' && lease.guardianRunId !== null) {
      const guardian = getExternalWorkflowHandle(guardianWorkflowId(environment), lease.guardianRunId);
      await guardian.signal(orderRollbackSignal, order);
      await watching.watchRun.executeWithOptions({ summary: 'waits for the guardian' }, [
        { workflowId: lease.workflowId, runId: lease.guardianRunId },
      ]);
      const record = await reading.readGuardianRollback({
        workflowId: lease.workflowId,
        runId: lease.guardianRunId,
      });
      if (record?.complete === false) throw incomplete(environment, record);
      return {
        by: 'guardian',
        rollback: record,
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
  const evidence = await opening.openEvidence({
    environment: plan.environment,
    runId,
    startedAt: plan.startedAt,
    tag: plan.tag,
  });
  const scope = { environment: plan.environment, evidence, tag: plan.tag };
  const { rollback: record } = await startOwedRollback({
    environment,
    scope,
    order,
    patienceMs: plan.rollbackPatienceMs,
  });
  if (record !== null) await keeping.sealRollback({ ...scope, rollback: record });
  if (record?.complete !== true) throw incomplete(environment, record);
  upsertKeyword('outcome', 'ROLLED_BACK');
  return {
    by: 'safe-values',
    rollback: record,
    detail: record.parts.map((part) => `${part.part}: ${part.detail}`).join('; '),
  };
}

function incomplete(environment: string, record: RollbackRecord | null): ApplicationFailure {
  const message = `The rollback of ${environment} is not complete.`;
  return ApplicationFailure.create({
    type: 'ROLLBACK_INCOMPLETE',
    message,
    details: [record],
    nonRetryable: true,
  });
}

function refuse(message: string): ApplicationFailure {
  return ApplicationFailure.create({ type: 'REFUSED', message, nonRetryable: true });
}

/** An emergency does not fail because a field was left out. */
function textOr(value: unknown, fallback: string): string {
  return typeof value === 'string' && value.trim() !== '' ? value.trim().slice(0, 500) : fallback;
}
