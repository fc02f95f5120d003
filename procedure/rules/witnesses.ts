import { observationsOf, type CopyObservation, type LogObservation } from '../observations.js';
import type { RuleView } from './rule.js';

/** One write of the run with the flag on, as rows and log tell of it together. */
export interface WriteSeen {
  readonly what: string;
  readonly attempted: number;
  readonly failed: number;
  readonly wrong: boolean;
  readonly proof: readonly string[];
  readonly because: readonly string[];
}

/** The copies of writes made with the flag on. */
export function copiesAfter(view: RuleView): CopyObservation[] {
  return observationsOf(view.observations, 'copy').filter((one) => one.side === 'after' && one.attempted > 0);
}

export function logsAfter(view: RuleView): LogObservation[] {
  return observationsOf(view.observations, 'log').filter((one) => one.side === 'after');
}

/** What a copy is called in a sentence. */
export function nameOfWrite(write: CopyObservation['write']): string {
  switch (write) {
    case 'performance':
      return 'performance test';
    case 'probe':
      return 'probe write';
    case 'soak':
      return 'soak check';
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
      const log = logs.find((one) => one.write === copy.write && one.status === 'failed');
      const byRows = copy.attempted - copy.copied;
      const byLog = log === undefined ? 0 : Math.min(copy.attempted, Math.max(1, log.counts.failed));
      const name = nameOfWrite(copy.write);
      return {
        what: name,
        attempted: copy.attempted,
        failed: Math.max(byRows, byLog),
        wrong: copy.status === 'wrong',
        proof: [copy.id, ...(log === undefined ? [] : [log.id])],
        because: [
          ...(byRows > 0
            ? [`${name}: ${String(byRows)} of ${String(copy.attempted)} not copied rightly`]
            : []),
          ...(log === undefined
            ? []
            : [
                `${name}: the log says that dual-write failed${log.reason === null ? '' : ` (${log.reason})`}`,
              ]),
        ],
      };
    });
}
