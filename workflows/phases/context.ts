import { ActivityFailure, isCancellation } from '@temporalio/workflow';
import { messageOf } from '../run/message-of.js';
import type { Run } from '../run/run.js';
import type { Mailbox } from '../run/mailbox.js';
import { untilResumed } from '../run/pause.js';
import { attention, attentionOver } from '../run/waiting.js';

export { act } from '../run/acting.js';

/** What a phase works with. */
export interface Phase {
  readonly run: Run;
  readonly mailbox: Mailbox;
}

/**
 * Does a step; when it fails for a reason outside the rules, the run waits at attention and does what a person says.
 * `fallback` = what skipping gives, where skipping is safe.
 */
export async function step<T>(
  phase: Phase,
  what: string | { readonly title: string; readonly fallback: T },
  act: () => Promise<T>,
): Promise<T> {
  const title = typeof what === 'string' ? what : what.title;
  for (;;) {
    await untilResumed(phase);
    phase.run.doing(title);
    try {
      return await act();
    } catch (error) {
      if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
      const problem = messageOf(error);
      phase.run.say(`${title} failed: ${problem}`);
      const answer = await attention(phase.run, phase.mailbox, {
        title: `${title} failed`,
        problems: [problem],
        skippable: typeof what !== 'string',
        patienceMs: phase.run.plan.deadlines.attention,
        onDeadline: 'everything is rolled back',
      });
      if (answer === 'deadline') throw attentionOver(title);
      if (answer === 'skip' && typeof what !== 'string') return what.fallback;
    }
  }
}
