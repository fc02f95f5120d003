import { QueryNotRegisteredError, WorkflowNotFoundError } from '@temporalio/client';
import type { RunStatus } from '../../procedure/status.js';
import { resultQuery, statusQuery } from '../../workflows/messages.js';
import { grpcStatus } from '../temporal/failures.js';
import type { Session } from '../temporal/session.js';

/** What came of asking a run for its status: only a worker can answer, Temporal alone cannot. */
export type StatusAnswer =
  | { readonly kind: 'status'; readonly status: RunStatus }
  /** No worker, or none that can go on with this run; `detail` says what Temporal said. */
  | { readonly kind: 'silent'; readonly detail: string }
  /** Temporal itself did not answer. */
  | { readonly kind: 'unreachable'; readonly detail: string };

/** Asks the query `status`, for at most `timeoutMs`. Throws only for what is no matter of waiting (no such run, refused credentials). */
export async function askStatus(
  session: Session,
  run: { readonly workflowId: string; readonly runId: string },
  timeoutMs = 5000,
): Promise<StatusAnswer> {
  const handle = session.client.workflow.getHandle(run.workflowId, run.runId);
  try {
    const answer: unknown = await session.client.withDeadline(Date.now() + timeoutMs, () =>
      handle.query(statusQuery),
    );
    const status = parseStatus(answer);
    return status === null
      ? {
          kind: 'silent',
          detail:
            'the worker answers in a form that this version of the program does not know; are both of the same version?',
        }
      : { kind: 'status', status };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw error;
    if (error instanceof QueryNotRegisteredError)
      return { kind: 'silent', detail: 'the run has not begun to answer yet' };
    return silence(error);
  }
}

function silence(error: unknown): StatusAnswer {
  const status = grpcStatus(error);
  switch (status?.reason) {
    case 'unavailable':
      return { kind: 'unreachable', detail: status.text };
    case 'deadlineExceeded':
    case 'cancelled':
      return { kind: 'silent', detail: 'no worker answered in time' };
    case 'failedPrecondition':
    case 'invalidArgument':
    case 'other':
      return { kind: 'silent', detail: status.text };
    case 'notFound':
    case 'permissionDenied':
    case 'unauthenticated':
    case undefined:
      throw error;
  }
}

/** The answer as a status when it has the parts that every command reads, else `null`. */
export function parseStatus(value: unknown): RunStatus | null {
  if (typeof value !== 'object' || value === null) return null;
  const lists = ['phases', 'findings', 'decisions', 'commands', 'journal', 'verdictReasons', 'nextSteps'];
  const fields = value as Readonly<Record<string, unknown>>;
  const whole =
    typeof fields['phase'] === 'string' &&
    typeof fields['verdict'] === 'string' &&
    lists.every((name) => Array.isArray(fields[name]));
  return whole ? (value as RunStatus) : null;
}

/**
 * The result that a run kept for itself: one that was canceled cannot return it. `null` when nobody answers or there is
 * none; the caller then falls back to the status.
 */
export async function askResult(
  session: Session,
  run: { readonly workflowId: string; readonly runId: string },
): Promise<unknown> {
  const handle = session.client.workflow.getHandle(run.workflowId, run.runId);
  try {
    return await session.client.withDeadline(Date.now() + 5000, () => handle.query(resultQuery));
  } catch {
    return null;
  }
}
