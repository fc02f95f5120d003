import { readFile } from 'node:fs/promises';
import type { Client } from '@temporalio/client';
import { workerLogFile } from '../../lab/worker.js';
import type { RunStatus } from '../../procedure/status.js';

const LOG_LINES = 40;

/**
 * What a test that ran out of time leaves to look at: every run that is still open, with what it waits for and says, what
 * its server has under way, and the worker's last lines. Goes to stderr; nothing when all runs are over.
 */
export async function tellOpenRuns(client: Client, labFolder: string): Promise<void> {
  let open = 0;
  const query = `WorkflowType = 'readinessRun' AND ExecutionStatus = 'Running'`;
  for await (const { workflowId, runId } of client.workflow.list({ query })) {
    open += 1;
    const run = client.workflow.getHandle(workflowId, runId);
    const { raw } = await run.describe();
    // A worker that hangs answers no query: what the server knows is told all the same.
    const status = await client
      .withDeadline(Date.now() + 5000, () => run.query<RunStatus>('status'))
      .catch((error: unknown) => ({ unanswered: String(error) }));
    const told = {
      run: workflowId,
      events: Number(raw.workflowExecutionInfo?.historyLength ?? 0),
      pendingTask: raw.pendingWorkflowTask,
      pendingActivities: raw.pendingActivities,
      ...('journal' in status
        ? { phase: status.phase, waiting: status.waiting, journal: status.journal.slice(-5) }
        : status),
    };
    process.stderr.write(`still open when its staging closes: ${JSON.stringify(told)}\n`);
  }
  if (open === 0) return;
  const log = await readFile(workerLogFile(labFolder), 'utf8').catch(() => '');
  process.stderr.write(`the worker's last lines:\n${log.split('\n').slice(-LOG_LINES).join('\n')}\n`);
}
