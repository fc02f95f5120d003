import { ApplicationFailure, WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { CancellationScope, workflowInfo } from '@temporalio/workflow';
import { parseInput } from '../procedure/input.js';
import type { Plan } from '../procedure/plan.js';
import type { RollbackRecord } from '../procedure/run-record.js';
import type { LeaseState, OwedUndo } from '../activities/contract.js';
import { keeping, opening, reading } from './activities.js';
import type { RollbackOrder, RollbackWorkflowInput } from './messages.js';
import { rollbackByGuardian, startOwedRollback } from './run/owed.js';
import { upsertKeyword } from './run/search-attributes.js';

export interface RollbackOutput {
  /**
   * `guardian` = a run held the environment and its guardian did it; `owed` = run and guardian were gone, and what was
   * registered was taken back; `safe-values` = nobody held it.
   */
  readonly by: 'guardian' | 'owed' | 'safe-values';
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
      const record = await rollbackByGuardian(environment, lease.guardianRunId, order);
      // It was released in the same instant, or ended from outside: then there is another way.
      if (record === null) continue;
      if (!record.complete) throw incomplete(environment, record);
      return {
        by: 'guardian',
        rollback: record,
        detail: `rolled back by the guardian of run ${lease.holderWorkflowId ?? 'unknown'}`,
      };
    }
    try {
      return await CancellationScope.nonCancellable(() =>
        alone(environment, order, { lease, onlyOwed: input.onlyOwed === true }),
      );
    } catch (error) {
      // A run took the environment between the look and the start: its guardian is the one to ask.
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
  }
}

/** Nobody holds the environment: what an ended guardian still owed is taken back, or the safe values are written. */
async function alone(
  environment: string,
  order: RollbackOrder,
  { lease, onlyOwed }: { readonly lease: LeaseState; readonly onlyOwed: boolean },
): Promise<RollbackOutput> {
  const { workflowId, runId } = workflowInfo();
  const { input } = parseInput({ environment });
  if (input === undefined) throw refuse('no environment');
  const loaded = await reading.loadPlan({ input, workflowId, runId });
  if (!loaded.ok)
    throw refuse(loaded.problems.map((problem) => `${problem.path}: ${problem.message}`).join('\n'));
  const { plan } = loaded;
  const { undo: owed, permitsUntil = null } =
    lease.state === 'lost' && lease.guardianRunId !== null
      ? await reading.readOwedUndo({ workflowId: lease.workflowId, runId: lease.guardianRunId })
      : { undo: [] };
  const flagsOwed = owed.some(({ undo }) => undo.kind === 'flags');
  const undo = flagsOwed || onlyOwed ? owed : [...owed, await safeValues(plan)];
  const { rollback: record } = await startOwedRollback({
    environment,
    undo,
    permitsUntil,
    order,
    patienceMs: plan.rollbackPatienceMs,
  });
  // Into the evidence of the run that is gone, where there was one.
  const scope = undo[0]?.scope;
  if (record !== null && scope !== undefined) await keeping.sealRollback({ ...scope, rollback: record });
  if (record?.complete !== true) throw incomplete(environment, record);
  upsertKeyword('outcome', 'ROLLED_BACK');
  const parts = record.parts.map((part) => `${part.part}: ${part.detail}`).join('; ');
  return {
    by: owed.length > 0 || onlyOwed ? 'owed' : 'safe-values',
    rollback: record,
    detail: parts === '' ? 'nothing had been changed; the environment is free again' : parts,
  };
}

/** seed §7.1, with an evidence folder of its own. */
async function safeValues(plan: Plan): Promise<OwedUndo> {
  const evidence = await opening.openEvidence({
    environment: plan.environment,
    runId: plan.runId,
    startedAt: plan.startedAt,
    tag: plan.tag,
  });
  return {
    undo: { kind: 'flags', capture: null },
    scope: { environment: plan.environment, evidence, tag: plan.tag },
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
