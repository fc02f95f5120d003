import { CancellationScope, condition } from '@temporalio/workflow';
import { formatDuration } from '../../procedure/durations.js';
import { act } from './acting.js';
import { tell } from './keeping.js';
import type { Mailbox } from './mailbox.js';
import type { Run } from './run.js';
import { REMINDERS } from './waiting.js';

/** A pause that goes on. */
export interface Paused {
  readonly by: string;
  readonly reason: string | null;
  readonly since: number;
  readonly deadline: number;
}

/**
 * Pauses the run: the step under way goes on to its end, no further one begins, gates and watching go on. When nobody
 * resumes in time, `onDeadline` ends the run.
 */
export function pauseRun(
  run: Run,
  who: { readonly by: string; readonly reason: string | null },
  onDeadline: (reason: string) => void,
): void {
  const since = Date.now();
  const paused: Paused = { ...who, since, deadline: since + run.plan.deadlines.pause };
  run.paused = paused;
  run.show();
  // The pause outlives the step in which it began; it ends with resume or with the run.
  void CancellationScope.nonCancellable(async () => {
    for (const share of [...REMINDERS, 1]) {
      const left = since + run.plan.deadlines.pause * share - Date.now();
      const over = await condition(() => run.paused !== paused, Math.max(1, left), {
        summary: `paused by ${who.by}`,
      });
      if (over) return;
      if (share < 1) await remind(run, paused);
    }
    run.paused = null;
    onDeadline(`paused by ${who.by} and not resumed within ${formatDuration(run.plan.deadlines.pause)}`);
  });
}

async function remind(run: Run, paused: Paused): Promise<void> {
  const rest = formatDuration(paused.deadline - Date.now());
  run.say(`Reminder: the pause has ${rest} left`);
  await tell(run, {
    severity: 'INFO',
    title: `Reminder: the run is paused by ${paused.by}, ${rest} left`,
    text: 'Then everything is rolled back. Send resume, or rollback.',
    key: `reminder-pause-${String(paused.since)}-${String(paused.deadline - Date.now())}`,
  });
}

/** Stands before every step: while the run is paused nothing new begins. */
export async function untilResumed(phase: { readonly run: Run; readonly mailbox: Mailbox }): Promise<void> {
  const { run } = phase;
  const { paused } = run;
  if (paused === null) return;
  run.say(`Paused by ${paused.by}${paused.reason === null ? '' : `: ${paused.reason}`}`);
  const payload = { by: 'YOUR NAME', reason: '' };
  while (run.paused === paused) {
    run.wait(null, {
      kind: 'pause',
      gate: null,
      title: `paused by ${paused.by}`,
      proof: [...(paused.reason === null ? [] : [paused.reason]), `The next step waits; watching goes on.`],
      paste: { resume: payload, rollback: payload },
      digest: null,
      since: new Date(paused.since).toISOString(),
      deadline: new Date(paused.deadline).toISOString(),
      onDeadline: run.flagsArmed
        ? 'everything is rolled back'
        : 'the run ends as REJECTED, nothing was changed',
    });
    await condition(() => run.paused !== paused || run.asked);
    if (run.asked) await act(phase);
  }
  run.wait(null, null);
}
