import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@temporalio/client';

const PATIENCE_MS = 60_000;
const POLL_MS = 200;

/**
 * An earlier demo that was killed left a run behind, which holds the environment. It is terminated: its guardian puts
 * everything back at once, without waiting for steps of a worker that is gone. Then nothing is held any more.
 */
export async function endLeftovers(
  client: Client,
  environment: string,
  say: (line: string) => unknown,
): Promise<void> {
  for await (const run of client.workflow.list({
    query: 'WorkflowType = "readinessRun" AND ExecutionStatus = "Running"',
  })) {
    say(`An earlier run, ${run.workflowId}, was still open: it is ended, and its guardian rolls back.`);
    await client.workflow.getHandle(run.workflowId, run.runId).terminate('left behind by an earlier demo');
  }
  if ((await guardianState(client, environment)) === 'COMPLETED') return;
  say(`The environment ${environment} was not given back: rolling back.`);
  await Promise.race([
    client.workflow.execute('rollback', {
      taskQueue: 'readiness',
      workflowId: `rollback-${environment}-${String(Date.now())}`,
      args: [{ environment, by: 'demo', reason: 'an earlier demo left the environment held' }],
    }),
    pause(PATIENCE_MS),
  ]);
}

/** Status of the environment's last guardian, as soon as it has ended; a guardian that never was counts as COMPLETED. */
async function guardianState(client: Client, environment: string): Promise<string> {
  const guardian = client.workflow.getHandle(`environment-${environment}`);
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const status = await guardian.describe().then(
      (found) => found.status.name,
      () => 'COMPLETED',
    );
    if (status !== 'RUNNING' || Date.now() > deadline) return status;
    await pause(POLL_MS);
  }
}
