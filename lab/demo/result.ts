import {
  ApplicationFailure,
  CancelledFailure,
  WorkflowFailedError,
  WorkflowNotFoundError,
  type Client,
} from '@temporalio/client';
import type { RunResult } from '../../procedure/status.js';

/** Folder of a closed run's evidence on this machine; `null` when it has none. */
export async function evidenceOf(client: Client, workflowId: string): Promise<string | null> {
  try {
    const result = (await client.workflow.getHandle(workflowId).result()) as RunResult;
    return result.evidence?.path ?? null;
  } catch (error) {
    // The command line refused to start it, and has said why.
    if (error instanceof WorkflowNotFoundError) return null;
    if (!(error instanceof WorkflowFailedError)) throw error;
    if (error.cause instanceof CancelledFailure)
      return (
        (await client.workflow.getHandle(workflowId).query<RunResult | null>('result'))?.evidence?.path ??
        null
      );
    const details =
      error.cause instanceof ApplicationFailure
        ? (error.cause.details?.[0] as RunResult | undefined)
        : undefined;
    return details?.evidence?.path ?? null;
  }
}
