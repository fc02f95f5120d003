import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import { RETRYABLE } from '../../procedure/failures.js';
import { failure, textOf } from '../support/failure.js';

const NOT_FOUND = 5;

export interface WaitForClose {
  readonly workflowId: string;
  readonly runId: string;
  readonly signal: AbortSignal;
}

/**
 * Resolves when one execution has closed, by a long poll on its close event: nothing is asked in vain, and the answer is
 * there within milliseconds. An execution that does not exist counts as closed. Throws when cancelled.
 */
export async function waitForClose(
  client: Client,
  { workflowId, runId, signal }: WaitForClose,
): Promise<void> {
  let nextPageToken: Uint8Array | null = null;
  for (;;) {
    signal.throwIfAborted();
    const token: Uint8Array | null = nextPageToken;
    try {
      const response: proto.temporal.api.workflowservice.v1.IGetWorkflowExecutionHistoryResponse =
        await client.connection.withAbortSignal(signal, () =>
          client.workflowService.getWorkflowExecutionHistory({
            namespace: client.options.namespace,
            execution: { workflowId, runId },
            waitNewEvent: true,
            historyEventFilterType:
              proto.temporal.api.enums.v1.HistoryEventFilterType.HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT,
            ...(token === null ? {} : { nextPageToken: token }),
          }),
        );
      if ((response.history?.events?.length ?? 0) > 0) return;
      nextPageToken =
        response.nextPageToken != null && response.nextPageToken.length > 0 ? response.nextPageToken : null;
    } catch (error) {
      signal.throwIfAborted();
      if (typeof error === 'object' && error !== null && 'code' in error && error.code === NOT_FOUND) return;
      throw failure(
        RETRYABLE.temporalUnreachable,
        `The end of ${workflowId} could not be waited for: ${textOf(error)}`,
        error,
      );
    }
  }
}
