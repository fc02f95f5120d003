import { ScheduleAlreadyRunning, ScheduleOverlapPolicy, type Client } from '@temporalio/client';
import { WORKFLOW } from '../workflows/messages.js';

export interface SweepSettings {
  readonly taskQueue: string;
  /** Milliseconds between two sweeps; `null` = none by this worker. */
  readonly everyMs: number | null;
}

/**
 * Sees to it that the sweep runs: one schedule a task queue, and once now, because what a dead worker left is looked for
 * when the next one starts. A server without schedules is told about and does not stop the worker.
 */
export async function scheduleSweep(
  client: Client,
  { taskQueue, everyMs }: SweepSettings,
  say: (line: string) => void,
): Promise<void> {
  if (everyMs === null) return;
  const scheduleId = `readiness-sweep-${taskQueue}`;
  const spec = { intervals: [{ every: everyMs }] };
  const handle = client.schedule.getHandle(scheduleId);
  try {
    await client.schedule
      .create({
        scheduleId,
        spec,
        policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 minute' },
        action: {
          type: 'startWorkflow',
          workflowType: WORKFLOW.sweep,
          workflowId: scheduleId,
          taskQueue,
          args: [],
          workflowExecutionTimeout: '1 hour',
        },
      })
      .catch(async (error: unknown) => {
        if (!(error instanceof ScheduleAlreadyRunning)) throw error;
        await handle.update((before) => ({ ...before, spec }));
      });
    await handle.trigger();
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    say(
      `No sweep is scheduled (${reason}): a run whose guardian is terminated too is then found by the next run.`,
    );
  }
}
