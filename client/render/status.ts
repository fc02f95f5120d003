import { PHASES } from '../../procedure/phases.js';
import { actionText, adviceLines, type Finding, type Severity } from '../../procedure/findings.js';
import type { Verdict } from '../../procedure/outcome.js';
import type { PhaseRecord } from '../../procedure/run-record.js';
import { identityText } from '../../procedure/identity.js';
import type { JournalLine, RunStatus } from '../../procedure/status.js';
import type { Paint } from '../terminal/paint.js';
import { clock, clockOfDay } from '../terminal/time.js';
import { indentRest, renderWaiting, type RenderContext } from './waiting.js';

/** Words for what is known of the target's dual-write flag. */
const FLAG: Readonly<Record<RunStatus['flag'], string>> = {
  unknown: 'not read yet',
  baseline: 'at its baseline value',
  enabling: 'being set',
  on: 'ON',
  'taking-back': 'being put back',
  'off-again': 'off again',
};

/** A run as it stands: the whole answer of `readiness status`. */
export function renderStatus(status: RunStatus, context: RenderContext): string[] {
  const { paint } = context;
  const facts: [string, string | null][] = [
    ['Environment', status.environment],
    ['Phase', `${phaseTitle(status.phase)}${status.progress === null ? '' : `: ${status.progress}`}`],
    ['Dual-write flag', FLAG[status.flag]],
    [
      'Verdict',
      [paintVerdict(status.verdict, paint), ...status.verdictReasons]
        .map((line) => indentRest(line, 19))
        .join(`\n${' '.repeat(19)}`),
    ],
    ['Outcome', status.outcome],
    ['Evidence', status.evidence],
    ['Page', context.page],
  ];
  return [
    `${paint.bold(status.workflowId)}  ${paint.dim(`run ${status.runId}`)}`,
    ...facts.flatMap(([name, value]) => (value === null ? [] : [`  ${`${name}:`.padEnd(17)}${value}`])),
    ...section(
      'Phases',
      status.phases.map((phase) => renderPhase(phase, paint)),
    ),
    ...section(
      'Findings',
      status.findings.flatMap((finding) => renderFinding(finding, paint)),
    ),
    ...section(
      'Decisions',
      status.decisions.map(
        (one) =>
          `  ${clock(one.at)}  gate ${one.gate} ${one.decision} by ${one.by} (${identityText(one.identity)})${one.reason === null ? '' : `: ${one.reason}`}`,
      ),
    ),
    ...section(
      'Without effect',
      status.commands
        .filter((one) => !one.accepted)
        .map((one) => `  ${clock(one.at)}  ${one.name} by ${one.by ?? 'nobody'}: ${one.message}`),
    ),
    ...(status.waiting === null ? [] : ['', ...renderWaiting(status.waiting, status.workflowId, context)]),
  ];
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', `${title}:`, ...lines];
}

function phaseTitle(id: string): string {
  const phase = PHASES.find((one) => one.id === id);
  return phase === undefined ? id : `${String(phase.number)} of ${String(PHASES.length)}, ${phase.title}`;
}

function renderPhase(record: PhaseRecord, paint: Paint): string {
  const mark = {
    running: paint.yellow('…'),
    done: paint.green('✓'),
    skipped: paint.dim('-'),
    'ended-run': paint.red('✗'),
  }[record.status];
  const phase = PHASES.find((one) => one.id === record.phase);
  const span = `${clockOfDay(record.startedAt)}${record.endedAt === null ? '' : ` to ${clockOfDay(record.endedAt)}`}`;
  const title = (phase?.title ?? record.phase).padEnd(23);
  return `  ${mark} ${String(phase?.number ?? '').padStart(2)} ${title} ${span}${record.note === null ? '' : `  ${record.note}`}`.trimEnd();
}

/** A finding with its severity, what was seen and what to do. */
export function renderFinding(finding: Finding, paint: Paint): string[] {
  return [
    `  ${paintSeverity(finding.severity, paint)} ${finding.symptom} (${finding.rule}, ${finding.source}${finding.shadow === undefined ? '' : `; ${actionText(finding)}`}): ${indentRest(finding.because, 4)}`,
    ...adviceLines(finding).map((advice) => `      ${paint.dim('→')} ${indentRest(advice, 8)}`),
  ];
}

export function renderJournalLine(line: JournalLine, paint: Paint): string {
  return `${paint.dim(clockOfDay(line.at))}  ${indentRest(line.text, 10)}`;
}

/** One line on what goes on now, for the foot of `watch`. */
export function progressLine(status: RunStatus): string {
  const what = status.waiting === null ? (status.progress ?? 'working') : `waiting: ${status.waiting.title}`;
  return `${phaseTitle(status.phase)}: ${what}  [flag ${FLAG[status.flag]}]`;
}

export function paintVerdict(verdict: Verdict, paint: Paint): string {
  return { GO: paint.green, NO_GO: paint.red, INCONCLUSIVE: paint.yellow }[verdict](verdict);
}

function paintSeverity(severity: Severity, paint: Paint): string {
  return (severity === 'LOW' ? paint.dim : severity === 'MEDIUM' ? paint.yellow : paint.red)(severity);
}
