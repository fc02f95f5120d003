import { observationsOf, type CopyObservation, type LogObservation } from '../observations.js';
import type { RuleView } from './rule.js';

/** One write of the run with the flag on, as rows and log tell of it together. */
export interface WriteSeen {
  readonly what: string;
  readonly attempted: number;
  readonly failed: number;
  /** The rows say so. */
  readonly byRows: boolean;
  /** The log says so; `reason` = what it said, where it said more than that. */
  readonly byLog: boolean;
  readonly reason: string | null;
  readonly proof: readonly string[];
}

/** The copies of writes made with the flag on. */
export function copiesAfter(view: RuleView): CopyObservation[] {
  return observationsOf(view.observations, 'copy').filter((one) => one.side === 'after' && one.attempted > 0);
}

export function logsAfter(view: RuleView): LogObservation[] {
  return observationsOf(view.observations, 'log').filter((one) => one.side === 'after');
}

/** What a copy is called in a sentence. */
export function nameOfWrite(write: LogObservation['write']): string {
  switch (write) {
    case 'performance':
      return 'performance test';
    case 'probe':
      return 'probe write';
    case 'watch':
      return 'watching';
    case 'soak':
      return 'soak check';
    case 'strict':
      return 'strict pass';
    default:
      return `flow ${String(write)}`;
  }
}

/** Joins the two witnesses: a write failed when its rows are missing or wrong, or when the log says that it failed. */
export function writesSeen(view: RuleView): WriteSeen[] {
  const logs = logsAfter(view);
  return copiesAfter(view)
    .filter((copy) => copy.status !== 'unknown' && copy.status !== 'none')
    .map((copy) => {
      const log = logs.find((one) => one.status === 'failed' && ofSameStep(one, copy));
      const missing = copy.attempted - copy.copied;
      const told = log === undefined ? 0 : Math.min(copy.attempted, Math.max(1, log.counts.failed));
      return {
        what: nameOfWrite(copy.write),
        attempted: copy.attempted,
        failed: Math.max(missing, told),
        byRows: missing > 0,
        byLog: told > 0,
        reason: log?.reason ?? null,
        proof: [copy.id, ...(log === undefined ? [] : [log.id])],
      };
    });
}

/**
 * Logs of watching and soak that tell of failed copies without a row check beside them: other people's writes, or the
 * run's own, seen once more.
 */
export function otherFailuresLogged(view: RuleView): LogObservation[] {
  const copies = copiesAfter(view);
  return logsAfter(view).filter(
    (one) =>
      one.status === 'failed' &&
      one.counts.failed > 0 &&
      (one.write === 'watch' || one.write === 'soak') &&
      !copies.some((copy) => ofSameStep(one, copy)),
  );
}

/** One step looks at rows and log of one write (`after-flow1-rows`, `after-flow1-log`); of soak and strict pass there are several. */
export function ofSameStep(log: LogObservation, copy: CopyObservation): boolean {
  if (log.write !== copy.write) return false;
  const manySteps = log.write === 'soak' || log.write === 'strict';
  return !manySteps || log.id.replace(/-log$/, '') === copy.id.replace(/-rows$/, '');
}

/** What failed, by which witness, in one sentence. */
export function describeFailures(writes: readonly WriteSeen[]): string {
  const named = (those: readonly WriteSeen[]): string =>
    [...new Set(those.map((one) => one.what))].join(', ');
  const rows = writes.filter((one) => one.byRows);
  const log = writes.filter((one) => one.byLog);
  const error = log.find((one) => one.reason !== null)?.reason;
  return [
    ...(rows.length > 0 ? [`what ${named(rows)} wrote does not stand rightly in the legacy tables`] : []),
    ...(log.length > 0
      ? [
          `the log says that dual-write failed for ${named(log)}${error === undefined || error === null ? '' : ` (${error})`}`,
        ]
      : []),
  ].join('; ');
}
