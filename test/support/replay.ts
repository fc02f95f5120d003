import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { BUNDLE_PATH } from '../../worker/bundle-path.js';

/**
 * Replays the history of every workflow of the namespace through the packed workflow code. A test that started none has
 * nothing to prove here, and says so.
 */
export async function replayAll(client: Client): Promise<number> {
  const histories: { workflowId: string; history: History }[] = [];
  for await (const found of client.workflow.list()) {
    const history = await client.workflow.getHandle(found.workflowId, found.runId).fetchHistory();
    histories.push({ workflowId: found.workflowId, history });
  }
  for await (const { workflowId, runId, error } of Worker.runReplayHistories(
    { workflowBundle: { codePath: BUNDLE_PATH } },
    histories,
  )) {
    if (error === undefined) continue;
    const folder = process.env['READINESS_FAILED_HISTORIES'];
    const found = histories.find(({ history }) => runIdOf(history) === runId);
    if (folder !== undefined && found !== undefined)
      await writeFile(join(folder, `${workflowId}-${runId}.json`), historyToJSON(found.history));
    throw new Error(`the history of ${workflowId} does not replay: ${error.message}`);
  }
  return histories.length;
}

type History = Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['fetchHistory']>>;

function runIdOf(history: History): string | null | undefined {
  return history.events?.[0]?.workflowExecutionStartedEventAttributes?.originalExecutionRunId;
}
