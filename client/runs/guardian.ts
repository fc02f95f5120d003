import { ApplicationFailure, WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import { exitCodeOf, type Outcome } from '../../procedure/outcome.js';
import type { RollbackRecord } from '../../procedure/run-record.js';
import { guardianWorkflowId } from '../../workflows/messages.js';
import { EXIT } from '../exit-codes.js';
import type { Session } from '../temporal/session.js';
import type { FoundRun } from './found-run.js';

/** What the guardian made of a run that could not end by itself. */
export interface GuardianAnswer {
  readonly outcome: Outcome | null;
  readonly rollback: RollbackRecord | null;
  readonly remark: string;
  readonly exitCode: number;
}

/** Waits for the guardian of a run that was ended from outside, and tells what it put back. */
export async function guardianRollback(
  session: Session,
  of: { readonly run: FoundRun; readonly environment: string | null },
  say: (text: string) => void,
): Promise<GuardianAnswer> {
  if (of.environment === null)
    return unknown('Whether anything was changed cannot be read any more: the run told no environment.');
  const workflowId = guardianWorkflowId(of.environment);
  try {
    const found = await session.client.workflow.getHandle(workflowId).describe();
    if (found.parentExecution?.runId !== of.run.runId) {
      return unknown(
        `The guardian of environment ${of.environment} belongs to another run now, so this run's is gone.`,
      );
    }
    if (found.status.name === 'RUNNING')
      say(`the run was ended from outside; waiting for its guardian ${workflowId} to put everything back`);
    const value: unknown = await session.client.workflow.getHandle(workflowId, found.runId).result();
    return answer(readRollback(value));
  } catch (error) {
    if (error instanceof WorkflowNotFoundError)
      return unknown('It held no environment, so nothing was changed.');
    if (error instanceof WorkflowFailedError) {
      const rollback =
        error.cause instanceof ApplicationFailure ? readRollback(error.cause.details?.[0]) : null;
      if (rollback !== null) return answer(rollback);
      return {
        ...unknown(
          `The guardian failed too: ${error.cause?.message ?? error.message}. Look at the flags by hand: ${session.settings.command} rollback --environment ${of.environment} --by NAME`,
        ),
        outcome: 'ROLLBACK_INCOMPLETE',
        exitCode: EXIT.rollbackIncomplete,
      };
    }
    throw error;
  }
}

function answer(rollback: RollbackRecord | null): GuardianAnswer {
  if (rollback === null) return unknown('Its guardian had nothing to put back.');
  const [outcome, remark] = rollback.complete
    ? (['ROLLED_BACK', 'Its guardian put everything back.'] as const)
    : (['ROLLBACK_INCOMPLETE', 'Its guardian could not put everything back.'] as const);
  return { outcome, rollback, remark, exitCode: exitCodeOf(outcome, 'NO_GO') };
}

function unknown(remark: string): GuardianAnswer {
  return { outcome: null, rollback: null, remark, exitCode: EXIT.failed };
}

/** A rollback's record, given by itself or as the `rollback` of a guardian's or workflow's result. */
export function readRollback(value: unknown): RollbackRecord | null {
  if (typeof value !== 'object' || value === null) return null;
  if (
    'complete' in value &&
    typeof value.complete === 'boolean' &&
    'parts' in value &&
    Array.isArray(value.parts)
  ) {
    return value as RollbackRecord;
  }
  return 'rollback' in value ? readRollback(value.rollback) : null;
}

/** How the environment's latest guardian ended. */
export type GuardianEnd =
  /** `null`: it had nothing to put back. */
  | { readonly known: true; readonly rollback: RollbackRecord | null }
  | { readonly known: false; readonly why: string };

/** Reads what the environment's latest guardian put back, without waiting for one that another run has by now. */
export async function lastGuardianEnd(session: Session, environment: string): Promise<GuardianEnd> {
  const workflowId = guardianWorkflowId(environment);
  try {
    const found = await session.client.workflow.getHandle(workflowId).describe();
    if (found.status.name === 'RUNNING') {
      return {
        known: false,
        why: `another run holds ${environment} by now, so look at the run that was rolled back`,
      };
    }
    const value: unknown = await session.client.workflow.getHandle(workflowId, found.runId).result();
    return { known: true, rollback: readRollback(value) };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError)
      return { known: false, why: 'its guardian is no longer there' };
    if (!(error instanceof WorkflowFailedError)) throw error;
    const rollback =
      error.cause instanceof ApplicationFailure ? readRollback(error.cause.details?.[0]) : null;
    return rollback === null
      ? {
          known: false,
          why: `its guardian ended before it was done: ${error.cause?.message ?? error.message}`,
        }
      : { known: true, rollback };
  }
}
