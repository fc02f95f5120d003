import type { Client } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import { BUNDLE_PATH } from '../../worker/bundle-path.js';

/**
 * Replays the history of every workflow of the namespace through the packed workflow code. A test that started none has
 * nothing to prove here, and says so.
 */
export async function replayAll(client: Client): Promise<number> {
  const histories: {
    workflowId: string;
    history: Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['fetchHistory']>>;
  }[] = [];
  for await (const found of client.workflow.list()) {
    const history = await client.workflow.getHandle(found.workflowId, found.runId).fetchHistory();
    histories.push({ workflowId: found.workflowId, history });
  }
  for await (const { workflowId, error } of Worker.runReplayHistories(
    { workflowBundle: { codePath: BUNDLE_PATH } },
    histories,
  )) {
    if (error !== undefined)
      throw new Error(`the history of ${workflowId} does not replay: ${error.message}`);
  }
  return histories.length;
}
