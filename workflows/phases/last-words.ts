import { patched } from '@temporalio/workflow';
import { EndRun } from '../run/ending.js';
import { blindLog } from '../watch-seen.js';
import { act, type Phase } from './context.js';

const UNHEARD = 'the watch did not end in time, so what it saw last is not known';

/**
 * What the watch saw and did not tell yet is taken in, before people decide by the verdict: a round of following the log
 * tells of failed copies only when it ends. What does not come in time comes with `endWatching`.
 */
export async function hearWatch({ run }: Phase): Promise<void> {
  if (run.watch === null || !patched('hear-watch')) return;
  if (!(await run.watch.hear())) run.say('The watch did not tell in time what it saw last');
}

/**
 * Watching ends, and what its last round saw counts before the outcome is decided: it is acted on, and a NO_GO rolls
 * back. To be called while the flags are as they were watched. @throws EndRun
 */
export async function endWatching(phase: Phase): Promise<void> {
  const { run } = phase;
  if (run.watch === null) return;
  if (!patched('last-round-counts')) {
    await run.watch.stop();
    return;
  }
  if (!(await run.watch.stopAndHear())) run.observe(blindLog(UNHEARD));
  await act(phase);
  if (run.verdict === 'NO_GO')
    throw EndRun.back('finding', `the verdict is NO_GO: ${run.verdictReasons.join(' ')}`);
}
