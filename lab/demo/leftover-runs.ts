import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@temporalio/client';

const PATIENCE_MS = 60_000;

/**
 * An earlier demo that was killed left a run behind, which holds the environment: it is cancelled, so that its guardian
 * puts everything back, and waited for. Then nothing is held any more.
 */
export async function endLeftovers(
  client: Client,
  environment: string,
  say: (line: string) => unknown,
): Promise<void> {
  for await (const run of client.workflow.list({
    query: 'WorkflowType = "readinessRun" AND ExecutionStatus = "Running"',
  })) {
    say(`An earlier run, ${run.workflowId}, was still open: it is cancelled and rolled back.`);
    await client.workflow.getHandle(run.workflowId, run.runId).cancel();
    await Promise.race([
      client.workflow
        .getHandle(run.workflowId, run.runId)
        .result()
        .catch(() => undefined),
      pause(PATIENCE_MS),
    ]);
  }
  const guardian = client.workflow.getHandle(`environment-${environment}`);
  const status = await guardian.describe().then(
    (found) => found.status.name,
    () => 'COMPLETED',
  );
  if (status === 'COMPLETED') return;
  say(`The environment ${environment} is not given back yet (guardian: ${status}): rolling back.`);
  await Promise.race([
    client.workflow.execute('rollback', {
      taskQueue: 'readiness',
      workflowId: `rollback-${environment}-${String(Date.now())}`,
      args: [{ environment, by: 'demo', reason: 'an earlier demo left the environment held' }],
    }),
    pause(PATIENCE_MS),
  ]);
}
