import {
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  type Client,
  type WorkflowHandle,
} from '@temporalio/client';
import { RETRYABLE, TERMINAL } from '../../procedure/failures.js';
import { permitDoneSignal, permitUpdate } from '../../workflows/messages.js';
import type { ChangeAuthority } from '../contract.js';
import { failure, textOf } from '../support/failure.js';

/** One change for which the guardian is asked. */
export interface PermitOptions {
  /** Unique for every try: a change of a killed attempt may still be at work under its own permit. */
  readonly id: string;
  /** How long the change may take. The guardian waits for it that long before it looks at the target again. */
  readonly ttlMs: number;
}

/** The time that is left for a change that was allowed; at 0 it must not begin any more. */
export interface PermitBudget {
  leftMs(): number;
}

/** Clocks and the way of the answer: a change ends this much before the guardian stops waiting for it. */
export const PERMIT_MARGIN_MS = 2000;

/**
 * Runs one change of the target under the guardian's permit, so that a late or revived step of an old run changes nothing.
 * The time counts from before the question, on this worker's own monotonic clock; `change` must bound itself by
 * `leftMs()` and look at it right before it acts.
 * @throws PermitRefused (terminal) when this run does not hold the environment, a rollback has begun, or the guardian is
 * gone; NotYet (retryable) when the permit came too late to be used; TemporalUnreachable (retryable).
 */
export async function withPermit<T>(
  deps: { readonly client: Client; readonly authority: ChangeAuthority },
  options: PermitOptions,
  change: (budget: PermitBudget) => Promise<T>,
): Promise<T> {
  const { client, authority } = deps;
  const until = performance.now() + options.ttlMs - PERMIT_MARGIN_MS;
  const guardian = client.workflow.getHandle(authority.guardianWorkflowId, authority.guardianRunId);
  await ask(guardian, authority, options);
  const budget: PermitBudget = { leftMs: () => Math.max(0, until - performance.now()) };
  try {
    if (budget.leftMs() <= 0) {
      throw failure(
        RETRYABLE.notYet,
        `The permit for ${options.id} came when its ${String(options.ttlMs)} ms were nearly over; nothing was changed, it is asked for again.`,
      );
    }
    return await change(budget);
  } finally {
    // When this gets lost the guardian waits until the permit has run out: slower, not wrong.
    await guardian.signal(permitDoneSignal, { id: options.id }).catch(() => undefined);
  }
}

async function ask(
  guardian: WorkflowHandle,
  authority: ChangeAuthority,
  options: PermitOptions,
): Promise<void> {
  try {
    await guardian.executeUpdate(permitUpdate, {
      args: [{ id: options.id, holderRunId: authority.holderRunId, ttlMs: options.ttlMs }],
    });
  } catch (error) {
    throw refusal(error, authority, options);
  }
}

function refusal(error: unknown, authority: ChangeAuthority, options: PermitOptions): Error {
  const { guardianWorkflowId } = authority;
  if (error instanceof WorkflowUpdateFailedError) {
    const reason = textOf(error.cause ?? error);
    return failure(
      TERMINAL.permitRefused,
      `The guardian ${guardianWorkflowId} refused the change ${options.id}: ${reason}. Nothing was changed by it.`,
      error,
    );
  }
  if (error instanceof WorkflowNotFoundError) {
    return failure(
      TERMINAL.permitRefused,
      `The guardian ${guardianWorkflowId} has ended, so nobody could take the change ${options.id} back; it was not made.`,
      error,
    );
  }
  return failure(
    RETRYABLE.temporalUnreachable,
    `The guardian ${guardianWorkflowId} could not be asked for the change ${options.id}: ${textOf(error)}. Nothing was changed; it is tried again.`,
    error,
  );
}
