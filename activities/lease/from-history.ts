import { activityInfo } from '@temporalio/activity';
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import type proto from '@temporalio/proto';
import { RETRYABLE } from '../../procedure/failures.js';
import type { GuardianInput } from '../../workflows/guardian.js';
import type { RegisterUndoRequest } from '../../workflows/messages.js';
import type { LeaseActivities, OwedUndo } from '../contract.js';
import { failure, textOf } from '../support/failure.js';

type HistoryEvent = proto.temporal.api.history.v1.IHistoryEvent;

/** A decision that was sent this long ago is not searched for further back. */
const EVENTS_SEARCHED = 3000;

/** Every event of a run; empty when Temporal does not know it (any more). */
async function historyOf(client: Client, workflowId: string, runId: string): Promise<HistoryEvent[]> {
  try {
    const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    return events ?? [];
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return [];
    throw failure(
      RETRYABLE.temporalUnreachable,
      `The history of ${workflowId} could not be read: ${textOf(error)}`,
      error,
    );
  }
}

/** The first argument of a message, as JSON; `null` when it is none. */
function firstOf(payloads: proto.temporal.api.common.v1.IPayloads | null | undefined): unknown {
  const first = payloads?.payloads?.[0];
  if (first === undefined) return null;
  try {
    return defaultPayloadConverter.fromPayload(first);
  } catch {
    return null;
  }
}

/** An update or a signal as it came in. */
function messageOf(
  event: HistoryEvent,
): { readonly name: string; readonly identity: string; readonly input: unknown } | null {
  const signal = event.workflowExecutionSignaledEventAttributes;
  if (signal != null)
    return {
      name: signal.signalName ?? '',
      identity: signal.identity ?? '',
      input: firstOf(signal.input),
    };
  const request = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest;
  if (request == null) return null;
  return {
    name: request.input?.name ?? '',
    identity: request.meta?.identity ?? '',
    input: firstOf(request.input?.args),
  };
}

/** Who sent the newest command with this digest and this name, by Temporal's own record. */
export async function readDecisionIdentity(
  client: Client,
  input: Parameters<LeaseActivities['readDecisionIdentity']>[0],
): ReturnType<LeaseActivities['readDecisionIdentity']> {
  const runId = activityInfo().workflowExecution?.runId ?? input.runId;
  const events = await historyOf(client, input.workflowId, input.runId);
  for (const event of events.slice(-EVENTS_SEARCHED).reverse()) {
    const message = messageOf(event);
    if (message?.name !== input.command) continue;
    const payload = message.input as { digest?: unknown; by?: unknown } | null;
    if (payload?.digest !== input.digest) continue;
    if (typeof payload.by !== 'string' || payload.by.trim() !== input.by) continue;
    return { identity: message.identity === '' ? null : message.identity, found: true, runId };
  }
  return { identity: null, found: false, runId };
}

/**
 * Terminating a workflow deletes nothing: what was registered with a guardian stands in its history, as its own start
 * (a rollback that was owed already) and as accepted updates.
 */
export async function readOwedUndo(
  client: Client,
  input: { readonly workflowId: string; readonly runId: string },
): Promise<{ readonly undo: readonly OwedUndo[] }> {
  const undo = new Map<string, OwedUndo>();
  for (const event of await historyOf(client, input.workflowId, input.runId)) {
    const started = event.workflowExecutionStartedEventAttributes;
    if (started != null) {
      const { owed } = (firstOf(started.input) ?? { owed: null }) as Partial<GuardianInput>;
      for (const one of owed?.undo ?? []) undo.set(one.undo.kind, one);
    }
    const message = messageOf(event);
    if (message?.name !== 'registerUndo') continue;
    const request = message.input as RegisterUndoRequest | null;
    if (request !== null) undo.set(request.undo.kind, { undo: request.undo, scope: request.scope });
  }
  return { undo: [...undo.values()] };
}
