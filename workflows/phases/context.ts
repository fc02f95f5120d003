import { ActivityFailure, isCancellation } from '@temporalio/workflow';
import type { Finding } from '../../procedure/findings.js';
import { messageOf } from '../run/message-of.js';
import { EndRun } from '../run/ending.js';
import { tell } from '../run/keeping.js';
import type { Run } from '../run/run.js';
import { attention, attentionOver, type Mailbox } from '../run/waiting.js';

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

/**
 * Does what the strongest action of all findings says: nothing, wait for a person, or end the run with a rollback.
 * Called after every measurement, so that a CRITICAL finding does not wait for the rest of its phase.
 */
export async function act(phase: Phase): Promise<void> {
  const { settled } = phase.run;
  const fresh = phase.run.findings.filter((finding) => !settled.has(finding.rule));
  for (const finding of fresh) {
    settled.add(finding.rule);
    await tell(phase.run, {
      severity: finding.severity,
      title: `${finding.severity}: ${finding.symptom}`,
      text: [finding.because, ...finding.advice].join('\n'),
      key: `finding-${finding.rule}`,
    });
  }
  const disabling = fresh.find((finding) => finding.action === 'disable');
  if (disabling !== undefined) throw EndRun.back('finding', `${disabling.symptom}: ${disabling.because}`);
  for (const finding of fresh.filter((one) => one.action === 'pause' || one.action === 'ask'))
    await askAbout(phase, finding);
}

const ASK_MS = 15 * 60_000;

async function askAbout(phase: Phase, finding: Finding): Promise<void> {
  const answer = await attention(phase.run, phase.mailbox, {
    title: finding.symptom,
    problems: [finding.because, ...finding.advice],
    skippable: true,
    patienceMs: finding.action === 'ask' ? ASK_MS : phase.run.plan.deadlines.attention,
    onDeadline: 'dual-write is rolled back',
  });
  if (answer === 'deadline')
    throw EndRun.back('finding', `${finding.symptom}: ${finding.because} Nobody answered in time.`);
}
