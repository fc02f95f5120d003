import { activityInfo } from '@temporalio/activity';
import { isGrpcServiceError, WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { PayloadConverter } from '@temporalio/common';
import type proto from '@temporalio/proto';
import { RETRYABLE } from '../../procedure/failures.js';
import type { PermitRequest, RegisterUndoRequest } from '../../workflows/messages.js';
import type { LeaseActivities, OwedUndo } from '../contract.js';
import { failure, textOf } from '../support/failure.js';

type HistoryEvent = proto.temporal.api.history.v1.IHistoryEvent;

/** gRPC's status code of a workflow that is not there. */
const NOT_FOUND = 5;

/** A decision that was sent this long ago is not searched for further back. */
const EVENTS_SEARCHED = 3000;

/** Every event of a run; empty when Temporal does not know it (any more). */
async function historyOf(client: Client, workflowId: string, runId: string): Promise<HistoryEvent[]> {
  try {
    const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    return events ?? [];
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return [];
    // fetchHistory passes the server's own error on.
    if (isGrpcServiceError(error) && Number(error.code) === NOT_FOUND) return [];
    throw failure(
      RETRYABLE.temporalUnreachable,
      `The history of ${workflowId} could not be read: ${textOf(error)}`,
      error,
    );
  }
}

/** The first argument of a message, as JSON; `null` when it is none. */
function firstOf(
  converter: PayloadConverter,
  payloads: proto.temporal.api.common.v1.IPayloads | null | undefined,
): unknown {
  const first = payloads?.payloads?.[0];
  if (first === undefined) return null;
  try {
    return converter.fromPayload(first);
  } catch {
    return null;
  }
}

/** When Temporal has recorded it, milliseconds since 1970. */
function millisecondsOf({ eventTime }: HistoryEvent): number {
  return Number(eventTime?.seconds ?? 0) * 1000 + Math.ceil((eventTime?.nanos ?? 0) / 1e6);
}

function converterOf(client: Client): PayloadConverter {
  return client.options.loadedDataConverter.payloadConverter;
}

/** Updates that were accepted and then refused by their handler. */
function failedUpdates(events: readonly HistoryEvent[]): ReadonlySet<string> {
  return new Set(
    events.flatMap(({ workflowExecutionUpdateCompletedEventAttributes: completed }) =>
      completed?.outcome?.failure != null ? [completed.meta?.updateId ?? ''] : [],
    ),
  );
}

/** A guardian is started with the rollback that is owed; the first version of this product gave it a single one. */
function owedAtStart(argument: unknown): readonly OwedUndo[] {
  const { owed } = (argument ?? {}) as {
    owed?: {
      readonly undo?: readonly OwedUndo[] | OwedUndo['undo'];
      readonly scope?: OwedUndo['scope'];
    } | null;
  };
  const undo = owed?.undo;
  if (undo === undefined) return [];
  if (!('kind' in undo)) return undo;
  return owed?.scope === undefined ? [] : [{ undo, scope: owed.scope }];
}

/** An update or a signal as it came in. */
interface Message {
  readonly name: string;
  readonly identity: string;
  readonly input: unknown;
  /** Of an update. */
  readonly updateId: string | null;
}

function messageOf(converter: PayloadConverter, event: HistoryEvent): Message | null {
  const signal = event.workflowExecutionSignaledEventAttributes;
  if (signal != null)
    return {
      name: signal.signalName ?? '',
      identity: signal.identity ?? '',
      input: firstOf(converter, signal.input),
      updateId: null,
    };
  const request = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest;
  if (request == null) return null;
  return {
    name: request.input?.name ?? '',
    identity: request.meta?.identity ?? '',
    input: firstOf(converter, request.input?.args),
    updateId: request.meta?.updateId ?? null,
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
    const message = messageOf(converterOf(client), event);
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
 * (a rollback that was owed already) and as accepted updates. So do the permits that were out when it ended.
 */
export async function readOwedUndo(
  client: Client,
  input: { readonly workflowId: string; readonly runId: string },
): ReturnType<LeaseActivities['readOwedUndo']> {
  const undo = new Map<string, OwedUndo>();
  const permits = new Map<string, number>();
  const over = new Set<string>();
  const events = await historyOf(client, input.workflowId, input.runId);
  const failed = failedUpdates(events);
  for (const event of events) {
    const started = event.workflowExecutionStartedEventAttributes;
    if (started != null) {
      const argument = firstOf(converterOf(client), started.input);
      for (const one of owedAtStart(argument)) undo.set(one.undo.kind, one);
      const { owed } = (argument ?? {}) as { owed?: { readonly permitsUntil?: number } | null };
      if (owed?.permitsUntil !== undefined) permits.set('of the guardian before', owed.permitsUntil);
    }
    const message = messageOf(converterOf(client), event);
    if (message === null || message.input === null) continue;
    if (message.updateId !== null && failed.has(message.updateId)) continue;
    if (message.name === 'registerUndo') {
      const request = message.input as RegisterUndoRequest;
      undo.set(request.undo.kind, { undo: request.undo, scope: request.scope });
    }
    if (message.name === 'permit') {
      const { id, ttlMs } = message.input as PermitRequest;
      permits.set(id, millisecondsOf(event) + ttlMs);
    }
    if (message.name === 'permitDone') over.add((message.input as { readonly id: string }).id);
  }
  const open = [...permits].filter(([id]) => !over.has(id)).map(([, until]) => until);
  return { undo: [...undo.values()], permitsUntil: open.length === 0 ? null : Math.max(...open) };
}
