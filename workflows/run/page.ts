import { setCurrentDetails } from '@temporalio/workflow';
import { phaseOf, PHASES } from '../../procedure/phases.js';
import type { WaitingStatus } from '../../procedure/status.js';
import type { Run } from './run.js';

/** The pane is sent in a URL: above about 3 KB a proxy in front of the UI may refuse it. */
const LIMIT = 2900;
const cut = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, length - 1)}…`;

/** Puts the run's state on its page in the Temporal UI ("User Metadata" tab). What a person must do stands first. */
export function showPage(run: Run): void {
  setCurrentDetails(renderPage(run));
}

/** Markdown of the page. The last line may be cut by the UI's frame, so it holds nothing. */
export function renderPage(run: Run): string {
  const blocks = [
    headline(run),
    ...(run.waitingStatus === null ? [] : [waitingBlock(run.waitingStatus)]),
    ...findingsBlock(run),
    facts(run),
    commandsBlock(run),
    journalBlock(run),
  ];
  let text = '';
  for (const block of blocks.filter((one) => one !== '')) {
    if (byteLength(text) + byteLength(block) > LIMIT) break;
    text += `${block}\n\n`;
  }
  return `${text}---\n\n`;
}

/** Bytes of a text in UTF-8; workflow code has no Buffer. */
function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

function headline(run: Run): string {
  const phase = phaseOf(run.phase);
  if (run.outcome !== null)
    return `## ${run.outcome}, verdict ${run.verdict}\n\n${cut(run.outcomeReason ?? '', 500)}`;
  const where = `phase ${String(phase.number)} of ${String(PHASES.length)}, ${phase.title}`;
  if (run.rollbackIncomplete)
    return `## ROLLBACK INCOMPLETE\n\nThe flags could not be taken back yet; it is tried again and again. ${cut(run.progress ?? '', 300)}`;
  if (run.rollingBack) return `## Rolling back\n\n${cut(run.progress ?? '', 300)}`;
  if (run.waitingStatus !== null) return `## Waiting for you: ${run.waitingStatus.title}\n\n${where}`;
  return `## Running: ${where}\n\n${cut(run.progress ?? '', 300)}`;
}

function waitingBlock(waiting: WaitingStatus): string {
  const proof = waiting.proof.map((line) => `- ${cut(line, 220)}`).join('\n');
  const pastes = Object.entries(waiting.paste)
    .filter(([name]) => name !== 'reject')
    .map(([name, payload]) => `Update \`${name}\`:\n\n\`\`\`\n${JSON.stringify(payload, null, 2)}\n\`\`\``)
    .join('\n\n');
  const others =
    waiting.paste['reject'] === undefined
      ? ''
      : '\n\nTo refuse: update `reject` with the same `gate`, `digest`, `by`, `reason`.';
  return [
    proof,
    `**Decide by ${waiting.deadline.slice(0, 16).replace('T', ' ')} UTC**; then: ${waiting.onDeadline}.`,
    `More Actions, *Send an Update*, choose the name, paste (with your name in \`by\`):`,
    `${pastes}${others}`,
  ].join('\n\n');
}

function findingsBlock(run: Run): string[] {
  if (run.findings.length === 0) return [];
  const lines = run.findings.map(
    (one) => `- **${one.severity}** ${one.symptom}: ${cut(one.because, 240)} (action: ${one.action})`,
  );
  return [`### Findings\n\n${lines.join('\n')}`];
}

function facts(run: Run): string {
  const rows = [
    ['Environment', run.environment ?? 'unknown'],
    ['Dual-write flag', run.flag],
    ['Verdict so far', run.verdict],
    ['Evidence', run.evidence === null ? 'none yet' : `\`${run.evidence.name}\``],
    ['Teams made', String(run.teams.length)],
    ...(run.paused === null
      ? []
      : [['Paused by', `${cut(run.paused.by, 60)}; no further step begins until \`resume\``]]),
  ];
  const reasons =
    run.verdict === 'GO' ? '' : `\n\nWhy not GO: ${cut(run.verdictReasons.slice(0, 3).join(' '), 400)}`;
  return `| | |\n|---|---|\n${rows.map(([name, value]) => `| ${name ?? ''} | ${value ?? ''} |`).join('\n')}${reasons}`;
}

function commandsBlock(run: Run): string {
  const refused = run.commands.filter((one) => !one.accepted).slice(-3);
  if (refused.length === 0) return '';
  return `### Commands without effect\n\n${refused.map((one) => `- \`${cut(one.name, 40)}\` (${one.via}): ${cut(one.message, 200)}`).join('\n')}`;
}

function journalBlock(run: Run): string {
  return `### Last steps\n\n${run.journal
    .slice(-5)
    .map((line) => `- \`${line.at.slice(11, 19)}\` ${cut(line.text, 160)}`)
    .join('\n')}`;
}
