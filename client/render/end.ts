import type { RollbackRecord } from '../../procedure/run-record.js';
import type { RunEnd } from '../runs/end-of-run.js';
import type { Paint } from '../terminal/paint.js';
import { clock } from '../terminal/time.js';
import { paintVerdict, renderFinding } from './status.js';
import { indentRest } from './waiting.js';

/** How a run ended: outcome, verdict, reasons, what was put back, where the evidence is, what to do now. */
export function renderEnd(
  end: RunEnd,
  context: { readonly paint: Paint; readonly page: string | null; readonly command: string },
): string[] {
  const { paint } = context;
  const outcome = end.outcome ?? `ended (${end.run.closedAs})`;
  const good = end.exitCode === 0 ? paint.green : end.exitCode === 3 ? paint.yellow : paint.red;
  const findings = end.result?.findings ?? end.status?.findings ?? [];
  const reasons = end.result?.verdictReasons ?? end.status?.verdictReasons ?? [];
  return [
    `${paint.bold(end.run.workflowId)}  ${paint.dim(`run ${end.run.runId}`)}`,
    `${good(paint.bold(outcome))}${end.verdict === null ? '' : `, verdict ${paintVerdict(end.verdict, paint)}`}`,
    ...(end.result === null ? [] : [indentRest(end.result.reason, 0)]),
    ...(end.remark === null || end.remark === '' ? [] : [end.remark]),
    ...reasons.map((reason) => `  - ${indentRest(reason, 4)}`),
    ...(end.result?.problems ?? []).map(
      (problem) => `  - ${problem.path}: ${indentRest(problem.message, 4)}`,
    ),
    ...list(
      'Findings',
      findings.flatMap((finding) => renderFinding(finding, paint)),
    ),
    ...(end.rollback === null ? [] : ['', ...renderRollback(end.rollback, paint)]),
    ...list(
      'What to do now',
      nextSteps(end).map((step) => `  - ${indentRest(step, 4)}`),
    ),
    ...list('Where to look', evidence(end, context)),
  ];
}

function list(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', `${title}:`, ...lines];
}

function nextSteps(end: RunEnd): readonly string[] {
  if (end.result !== null) return end.result.next;
  return (end.status?.nextSteps ?? [])
    .filter((step) => step.state === 'open')
    .map((step) => `${step.title}: ${step.detail}`);
}

function evidence(
  end: RunEnd,
  context: { readonly page: string | null; readonly command: string },
): string[] {
  const found = end.result?.evidence ?? null;
  const folder = found?.folder ?? end.status?.evidence ?? null;
  return [
    ...(folder === null ? [] : [`  Evidence: ${found?.path ?? folder}`]),
    ...(found?.digest == null
      ? []
      : [`  Verify:   ${context.command} verify ${found.path} --digest ${found.digest}`]),
    ...(context.page === null ? [] : [`  Page:     ${context.page}`]),
  ];
}

/** What a rollback did, part by part. */
export function renderRollback(rollback: RollbackRecord, paint: Paint): string[] {
  const state = rollback.complete ? paint.green('complete') : paint.red('NOT complete');
  const marks = {
    done: paint.green('✓'),
    failed: paint.red('✗'),
    'not-needed': paint.dim('-'),
    unknown: paint.yellow('?'),
  };
  return [
    `Rollback ${state}, ${clock(rollback.startedAt)} to ${clock(rollback.endedAt)}, cause: ${rollback.cause}${rollback.by === null ? '' : ` by ${rollback.by}`}${rollback.reason === '' ? '' : `: ${rollback.reason}`}`,
    ...(rollback.parts.length === 0
      ? ['  Nothing of the target had been changed, so nothing had to be put back.']
      : []),
    ...rollback.parts.map((part) => `  ${marks[part.status]} ${part.part}: ${indentRest(part.detail, 4)}`),
  ];
}
