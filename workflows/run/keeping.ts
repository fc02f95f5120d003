import type { NotifyInput } from '../../activities/contract.js';
import { CancellationScope, isCancellation } from '@temporalio/workflow';
import { keeping } from '../activities.js';
import { messageOf } from './message-of.js';
import type { Run } from './run.js';

/**
 * Writes the evidence as it stands and its manifest. Returns the manifest's digest; `null` when it could not be
 * written, which is said and never ends a run.
 */
export async function seal(run: Run): Promise<string | null> {
  if (!run.planned || run.evidence === null) return null;
  try {
    const { digest, runId } = await keeping.sealEvidence.executeWithOptions(
      { summary: 'evidence: write and seal' },
      [{ ...run.scope, record: run.record() }],
    );
    run.sealed = digest;
    run.sealedBy = runId;
    return digest;
  } catch (error) {
    if (isCancellation(error)) throw error;
    run.sealed = null;
    run.say(`Evidence could not be sealed: ${messageOf(error)}`);
    return null;
  }
}

/** Tells people. A dead notification service changes nothing. */
export async function tell(run: Run, message: Omit<NotifyInput, 'environment'>): Promise<void> {
  if (!run.planned) return;
  try {
    await keeping.notify.executeWithOptions({ summary: `tell: ${message.title}` }, [
      { ...message, key: `${run.workflowId}/${message.key}`, environment: run.plan.environment },
    ]);
  } catch (error) {
    if (isCancellation(error)) throw error;
    run.say(`Nobody could be told "${message.title}": ${messageOf(error)}`);
  }
}

/** The same, whatever happens to the run meanwhile. */
export function shielded<T>(step: () => Promise<T>): Promise<T> {
  return CancellationScope.nonCancellable(step);
}
