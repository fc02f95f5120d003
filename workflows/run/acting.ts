import { adviceLines, type Finding } from '../../procedure/findings.js';
import { EndRun } from './ending.js';
import { tell } from './keeping.js';
import type { Mailbox } from './mailbox.js';
import type { Run } from './run.js';
import { attention } from './waiting.js';

/** Findings that nobody was told of and nothing was done about. */
export function unsettled(run: Run): Finding[] {
  return run.findings.filter((finding) => !run.settled.has(finding.rule));
}

/** The strongest thing that a fresh finding can ask for: the end of the run with a rollback. */
export function disablingFinding(run: Run): EndRun | null {
  const finding = unsettled(run).find(({ action }) => action === 'disable');
  return finding === undefined ? null : EndRun.back('finding', `${finding.symptom}: ${finding.because}`);
}

/** Tells people of the fresh findings; each once. */
export async function tellFindings(run: Run): Promise<Finding[]> {
  const fresh = unsettled(run);
  for (const { rule } of fresh) run.settled.add(rule);
  for (const finding of fresh) {
    await tell(run, {
      severity: finding.severity,
      title: `${finding.severity}: ${finding.symptom}`,
      text: [finding.because, ...adviceLines(finding)].join('\n'),
      key: `finding-${finding.rule}`,
    });
  }
  return fresh;
}

/**
 * Does what the strongest action of the fresh findings says: nothing, wait for a person, or end the run with a rollback.
 * Called after every measurement, so that a CRITICAL finding does not wait for the rest of its phase.
 */
export async function act({ run, mailbox }: { readonly run: Run; readonly mailbox: Mailbox }): Promise<void> {
  run.asked = false;
  const end = disablingFinding(run);
  if (end !== null) throw end;
  const fresh = await tellFindings(run);
  for (const finding of fresh.filter(({ action }) => action === 'pause' || action === 'ask'))
    await askAbout(run, mailbox, finding);
}

/** Waits for a person's answer to a finding. @throws EndRun when nobody answers in time. */
export async function askAbout(run: Run, mailbox: Mailbox, finding: Finding): Promise<'retry' | 'skip'> {
  const answer = await attention(run, mailbox, {
    title: finding.symptom,
    problems: [finding.because, ...adviceLines(finding)],
    skippable: true,
    patienceMs: run.plan.deadlines[finding.action === 'ask' ? 'ask' : 'attention'],
    onDeadline: run.flagsArmed
      ? 'dual-write is rolled back'
      : 'the run ends as REJECTED, nothing was changed',
  });
  if (answer === 'deadline')
    throw EndRun.back('finding', `${finding.symptom}: ${finding.because} Nobody answered in time.`);
  return answer;
}
