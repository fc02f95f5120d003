import { workflowInfo } from '@temporalio/workflow';
import { ApplicationFailure } from '@temporalio/common';
import type { LogCursor } from '../activities/contract.js';
import { parseInput } from '../procedure/input.js';
import { reading } from './activities.js';
import type { TargetLogInput } from './messages.js';

/** The newest dual-write lines of the target's log, for `readiness logs`. Reads only. */
export async function targetLog(
  request: TargetLogInput,
): Promise<{ readonly lines: readonly string[]; readonly next: LogCursor }> {
  const { input, problems } = parseInput({ environment: request.environment });
  const { workflowId, runId } = workflowInfo();
  const loaded =
    input === undefined
      ? { ok: false as const, problems }
      : await reading.loadPlan({ input, workflowId, runId });
  if (!loaded.ok) {
    const message = loaded.problems.map((problem) => `${problem.path}: ${problem.message}`).join('\n');
    throw ApplicationFailure.create({ type: 'REFUSED', message, nonRetryable: true });
  }
  return reading.tailLog({
    environment: loaded.plan.environment,
    from: request.from,
    maxLines: request.maxLines,
  });
}
