import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { executeChild, ParentClosePolicy, workflowInfo } from '@temporalio/workflow';
import { reading } from './activities.js';
import { WORKFLOW } from './messages.js';
import { messageOf } from './run/message-of.js';
import type { rollback } from './rollback.js';

/** What a sweep found in one environment; environments in order are not told. */
export interface SweptEnvironment {
  readonly environment: string;
  readonly what: 'rolled-back' | 'failed';
  readonly detail: string;
}

/**
 * Looks at every environment of this worker for a guardian that was ended from outside while it still had something to
 * take back, and takes it back. Started by a schedule and by every worker that starts.
 */
export async function sweep(): Promise<readonly SweptEnvironment[]> {
  const found: SweptEnvironment[] = [];
  for (const environment of await reading.listEnvironments()) {
    const lease = await reading.describeLease({ environment });
    if (lease.state !== 'lost') continue;
    try {
      const { detail } = await executeChild<typeof rollback>(WORKFLOW.rollback, {
        // One at a time for each lost guardian, whoever sweeps.
        workflowId: `sweep-${environment}-${(lease.guardianRunId ?? workflowInfo().runId).slice(-12)}`,
        args: [
          {
            environment,
            by: 'sweep',
            reason: 'run and guardian were both ended from outside',
            onlyOwed: true,
          },
        ],
        parentClosePolicy: ParentClosePolicy.ABANDON,
        staticSummary: `takes back what was left in ${environment}`,
      });
      found.push({ environment, what: 'rolled-back', detail });
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) continue;
      found.push({ environment, what: 'failed', detail: messageOf(error) });
    }
  }
  return found;
}
