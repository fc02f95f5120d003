/** The judgement over the target. The worst wins: NO_GO, then INCONCLUSIVE, then GO. */
export type Verdict = 'GO' | 'NO_GO' | 'INCONCLUSIVE';

/** How a run ended. Everything but COMPLETED closes the workflow as Failed (or Canceled after a cancel). */
export type Outcome = 'COMPLETED' | 'REFUSED' | 'REJECTED' | 'ROLLED_BACK' | 'ROLLBACK_INCOMPLETE';
export const OUTCOMES: readonly Outcome[] = [
  'COMPLETED',
  'REFUSED',
  'REJECTED',
  'ROLLED_BACK',
  'ROLLBACK_INCOMPLETE',
];

/** What started a rollback. `lease` = the run that held the environment could not go on by itself (failure, reset, timeout). */
export type RollbackCause =
  'finding' | 'reject' | 'deadline' | 'cancel' | 'terminate' | 'command' | 'attention' | 'lease';

const ORDER: readonly Verdict[] = ['GO', 'INCONCLUSIVE', 'NO_GO'];

/** The worst of the given verdicts; nothing to judge is INCONCLUSIVE, never GO. */
export function worstVerdict(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.length === 0) return 'INCONCLUSIVE';
  return verdicts.reduce((worst, next) => (ORDER.indexOf(next) > ORDER.indexOf(worst) ? next : worst), 'GO');
}

/** Exit codes of `watch` and `start --wait` (see docs/commands.md). A NO_GO never ends COMPLETED. */
export function exitCodeOf(outcome: Outcome, verdict: Verdict): number {
  switch (outcome) {
    case 'COMPLETED':
      return verdict === 'GO' ? 0 : 3;
    case 'ROLLED_BACK':
    case 'REJECTED':
      return 1;
    case 'REFUSED':
      return 2;
    case 'ROLLBACK_INCOMPLETE':
      return 5;
  }
}
