import { nextStepsOf, trackerBlock } from '../../procedure/summary.js';
import { keeping } from '../activities.js';
import { messageOf } from '../run/message-of.js';
import { seal, tell } from '../run/keeping.js';
import type { Run } from '../run/run.js';

/**
 * Phase 14, and the end of every other outcome: tracker, next steps, sealed evidence, git commit, message. A failed step
 * is told and changes neither verdict nor outcome.
 */
export async function publish(run: Run): Promise<void> {
  if (!run.planned || run.evidence === null) return;
  const tracker = run.flagsArmed
    ? await kept(run, 'tracker', () =>
        keeping.updateTracker.executeWithOptions({ summary: 'tracker' }, [
          { ...run.scope, block: trackerBlock(run.record()) },
        ]),
      )
    : null;
  run.nextSteps = nextStepsOf(run.record(), {
    tracker,
    commit: 'committed with this folder, unless the run says otherwise',
  });
  await seal(run);
  const message = `P5-T6 ${run.environment ?? ''}: ${run.outcome ?? 'unfinished'}, verdict ${run.verdict}`;
  const commit = await kept(run, 'git commit', () =>
    keeping.commitEvidence.executeWithOptions({ summary: 'git commit of the evidence' }, [
      { ...run.scope, message },
    ]),
  );
  if (commit === null) {
    run.nextSteps = nextStepsOf(run.record(), { tracker, commit: null });
    await seal(run);
  }
  await tell(run, {
    severity: run.outcome === 'COMPLETED' ? 'INFO' : 'HIGH',
    title: message,
    text: run.outcomeReason ?? '',
    key: 'end',
  });
}

async function kept(
  run: Run,
  what: string,
  act: () => Promise<{ readonly status: string; readonly detail: string }>,
): Promise<string | null> {
  try {
    const { status, detail } = await act();
    if (status === 'done') return detail;
    run.say(`${what}: ${status === 'failed' ? `failed, ${detail}` : detail}`);
  } catch (error) {
    run.say(`${what} failed: ${messageOf(error)}`);
  }
  return null;
}
