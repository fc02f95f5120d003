import { formatDuration } from '../../procedure/durations.js';
import { EndRun } from './ending.js';
import { seal, tell } from './keeping.js';
import type { Answer, Mailbox } from './mailbox.js';
import type { Run } from './run.js';

/** Shares of a deadline at which people are reminded. */
export const REMINDERS = [0.5, 0.9] as const;

export interface Patience {
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly patience: number;
  readonly title: string;
  /** Ends the waiting early, with `null`. */
  readonly otherwise?: () => boolean;
}

/** Waits for an answer, reminding people; `null` when the deadline came first. */
export async function untilAnswered(
  run: Run,
  mailbox: Mailbox,
  { since, patience, title, otherwise = () => false }: Patience,
): Promise<Answer | null> {
  for (const share of [...REMINDERS, 1]) {
    const left = since + patience * share - Date.now();
    const answer = await mailbox.next(
      Math.max(0, left),
      'waiting for approval: see User Metadata',
      otherwise,
    );
    if (answer !== null || otherwise()) return answer;
    if (share < 1) {
      const rest = formatDuration(since + patience - Date.now());
      run.say(`Reminder: ${title} has ${rest} left`);
      await tell(run, {
        severity: 'INFO',
        title: `Reminder: ${title} waits, ${rest} left`,
        text: 'See the page of the run.',
        key: `reminder-${title}-${String(share)}-${String(since)}`,
      });
    }
  }
  run.say(`Deadline: nobody answered ${title}`);
  return null;
}

export interface AttentionOptions {
  readonly title: string;
  readonly problems: readonly string[];
  readonly skippable: boolean;
  readonly patienceMs: number;
  readonly onDeadline: string;
}

/** Waits for a person after a failure outside the rules. `deadline` when nobody came in time. */
export async function attention(
  run: Run,
  mailbox: Mailbox,
  options: AttentionOptions,
): Promise<'retry' | 'skip' | 'deadline'> {
  const since = Date.now();
  mailbox.clear();
  await seal(run);
  run.say(`Attention: ${options.title}`);
  const payload = { by: 'YOUR NAME', reason: '' };
  run.wait(
    { kind: 'attention', skippable: options.skippable },
    {
      kind: 'attention',
      gate: null,
      title: options.title,
      proof: options.problems,
      paste: { retry: payload, ...(options.skippable ? { skip: payload } : {}), rollback: payload },
      digest: null,
      since: new Date(since).toISOString(),
      deadline: new Date(since + options.patienceMs).toISOString(),
      onDeadline: options.onDeadline,
    },
  );
  await tell(run, {
    severity: 'HIGH',
    title: `Attention: ${options.title}`,
    text: options.problems.join('\n'),
    key: `attention-${String(since)}`,
  });
  const answer = await untilAnswered(run, mailbox, {
    since,
    patience: options.patienceMs,
    title: 'attention',
  });
  run.wait(null, null);
  if (answer === null) return 'deadline';
  return answer.effect.do === 'skip' ? 'skip' : 'retry';
}

/** The usual end of an attention that nobody answered. */
export function attentionOver(title: string): EndRun {
  return EndRun.back('attention', `nobody answered at attention: ${title}`);
}
