import type { Action, Severity } from '../../procedure/findings.js';
import type { Outcome, Verdict } from '../../procedure/outcome.js';
import type { Witness } from './witnesses.js';

/** One fault of the lab, and what a run has to make of it. `docs/detection.md` prints this table. */
export interface Detection {
  /** As `npm run lab -- fault` takes it, argument included. */
  readonly fault: string;
  /** In the words of somebody who runs such a system. */
  readonly what: string;
  /** Switched on only when the run waits at gate enable: before, it would end the run earlier. */
  readonly from?: 'gate-enable';
  readonly verdict: Verdict;
  readonly outcome: Outcome;
  /** The rule that has to be found; `null` where the verdict comes from what could not be measured. */
  readonly finding: { readonly rule: string; readonly severity: Severity; readonly action: Action } | null;
  /** Witnesses that show it in such a run; every other one that was asked does not. */
  readonly seenBy: readonly Witness[];
  /** Show it too when they are asked before the rollback, or by chance. */
  readonly maySee?: readonly Witness[];
  /** The run rolls back before it reads the second report. */
  readonly noReport?: true | 'maybe';
  /** It keeps the run from measuring something, so that another fault beside it may stay unseen. */
  readonly masks?: true;
  /** Beside this other fault nothing of it is there: the rows are right, and the lines that lie never reach the log. */
  readonly undoneBy?: string;
}

const disable = (rule: string, severity: Severity): Detection['finding'] => ({
  rule,
  severity,
  action: 'disable',
});
const proceed = (rule: string): Detection['finding'] => ({ rule, severity: 'LOW', action: 'continue' });
const NO_GO = { verdict: 'NO_GO', outcome: 'ROLLED_BACK' } as const;

export const DETECTIONS: readonly Detection[] = [
  {
    fault: 'copy-lost',
    what: 'the task that copies is lost: no row, no line',
    ...NO_GO,
    finding: disable('all-copies-failed', 'HIGH'),
    seenBy: ['log', 'rows'],
    noReport: true,
  },
  {
    fault: 'crash-at-start',
    what: 'the new process dies at its start',
    ...NO_GO,
    finding: disable('restart-loop', 'CRITICAL'),
    seenBy: ['metrics'],
    noReport: true,
  },
  {
    fault: 'dual-write-fails',
    what: 'every copy fails, and the log says so',
    ...NO_GO,
    finding: disable('all-copies-failed', 'HIGH'),
    seenBy: ['log', 'rows'],
    noReport: true,
  },
  {
    fault: 'dual-write-fails-sometimes:30',
    what: 'a share of the copies fails',
    ...NO_GO,
    finding: proceed('copy-failed'),
    seenBy: ['log', 'rows'],
    maySee: ['report'],
    // What fails first is chance: a wrong copy rolls back before the report is read.
    noReport: 'maybe',
  },
  {
    fault: 'duplicate-legacy-ids',
    what: 'one legacy team is mapped twice',
    ...NO_GO,
    finding: disable('wrong-copy', 'HIGH'),
    seenBy: ['rows'],
    noReport: true,
  },
  {
    fault: 'flow-broken:3',
    what: 'a flow fails whatever the flag says',
    verdict: 'INCONCLUSIVE',
    outcome: 'COMPLETED',
    finding: proceed('baseline-fault'),
    seenBy: ['response'],
    masks: true,
  },
  {
    fault: 'hangs:4',
    what: 'a request is never answered any more',
    verdict: 'INCONCLUSIVE',
    outcome: 'ROLLED_BACK',
    finding: { rule: 'unanswered-with-dual-write', severity: 'HIGH', action: 'ask' },
    seenBy: ['response'],
    noReport: true,
    masks: true,
  },
  {
    fault: 'leaks-connections:15',
    what: 'requests take connections and never give them back',
    ...NO_GO,
    finding: disable('pool-exhaustion', 'CRITICAL'),
    seenBy: ['log'],
    maySee: ['response', 'metrics'],
    noReport: true,
  },
  {
    fault: 'log-lines-missing',
    what: 'copies are made, their lines do not reach the log',
    verdict: 'GO',
    outcome: 'COMPLETED',
    finding: proceed('log-silent'),
    seenBy: ['log'],
  },
  {
    fault: 'log-says-failed',
    what: 'the log says that every copy failed, and all are there',
    undoneBy: 'log-lines-missing',
    ...NO_GO,
    finding: disable('all-copies-failed', 'HIGH'),
    seenBy: ['log'],
    noReport: true,
  },
  {
    fault: 'lying-log',
    what: 'the log says that a copy is complete, and there is none',
    ...NO_GO,
    finding: disable('all-copies-failed', 'HIGH'),
    seenBy: ['rows'],
    noReport: true,
  },
  {
    fault: 'lying-report',
    what: 'the validation report says that all is well, whatever is in the tables',
    verdict: 'INCONCLUSIVE',
    outcome: 'COMPLETED',
    finding: { rule: 'report-disagrees', severity: 'MEDIUM', action: 'investigate' },
    // The report itself looks fine; our own counts tell.
    seenBy: ['rows'],
  },
  {
    fault: 'old-flag-after-reload',
    what: 'the flag stands in the environment, old code serves without it',
    ...NO_GO,
    finding: disable('all-copies-failed', 'HIGH'),
    seenBy: ['log', 'rows'],
    noReport: true,
  },
  {
    fault: 'orphans-grow',
    what: 'every copy leaves a mapping without teams behind',
    verdict: 'INCONCLUSIVE',
    outcome: 'COMPLETED',
    finding: { rule: 'orphans-appeared', severity: 'MEDIUM', action: 'investigate' },
    seenBy: ['report', 'rows'],
  },
  {
    fault: 'removals-not-copied',
    what: 'who left a team stays in its copy',
    ...NO_GO,
    finding: disable('wrong-copy', 'HIGH'),
    seenBy: ['rows'],
    noReport: true,
  },
  {
    fault: 'slow:400',
    what: 'every request takes 400 ms longer',
    verdict: 'GO',
    outcome: 'COMPLETED',
    finding: proceed('p95-over-acceptable'),
    seenBy: ['metrics'],
  },
  {
    fault: 'strict-fails',
    what: 'a failing copy fails the request',
    ...NO_GO,
    finding: disable('broken-by-dual-write', 'CRITICAL'),
    seenBy: ['response'],
    maySee: ['log'],
    noReport: true,
  },
  {
    fault: 'throttled:0',
    what: 'the target refuses with 429 and a long Retry-After',
    from: 'gate-enable',
    verdict: 'INCONCLUSIVE',
    outcome: 'COMPLETED',
    finding: null,
    seenBy: ['response'],
    masks: true,
  },
  {
    fault: 'wrong-field:region',
    what: 'a field of the copy holds something else',
    ...NO_GO,
    finding: disable('wrong-copy', 'HIGH'),
    seenBy: ['rows'],
    noReport: true,
  },
  {
    fault: 'wrong-person',
    what: 'a copied membership belongs to somebody else',
    ...NO_GO,
    finding: disable('wrong-copy', 'HIGH'),
    seenBy: ['rows'],
    noReport: true,
  },
  {
    fault: 'wrong-role',
    what: 'a copied membership has another role',
    ...NO_GO,
    finding: disable('wrong-copy', 'HIGH'),
    seenBy: ['rows'],
    noReport: true,
  },
  {
    fault: 'wrong-team',
    what: 'members are copied into another team',
    ...NO_GO,
    finding: proceed('copy-failed'),
    seenBy: ['rows'],
  },
  {
    fault: 'write-undone:5',
    what: 'a request says done and changes nothing; both models stay alike',
    ...NO_GO,
    finding: disable('write-without-effect', 'HIGH'),
    seenBy: ['rows'],
    noReport: true,
  },
];

/** What a run of two faults at once may say: the worse of both, or nothing certain where one hides the other. Never more. */
export function verdictsOfPair(one: Detection, other: Detection): readonly Verdict[] {
  if (one.undoneBy === other.fault) return [other.verdict];
  if (other.undoneBy === one.fault) return [one.verdict];
  const verdicts = [one.verdict, other.verdict];
  const worst = (['NO_GO', 'INCONCLUSIVE', 'GO'] as const).find((verdict) => verdicts.includes(verdict));
  if (worst === undefined) throw new Error('no verdict');
  return one.masks === true || other.masks === true ? [worst, 'INCONCLUSIVE'] : [worst];
}
