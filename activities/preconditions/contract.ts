import type { EnvironmentRef, Plan } from '../../procedure/plan.js';

/** One box of seed §3 (or of our own). `unknown` = could not be checked, with the reason; it counts as not met. */
export interface PreconditionCheck {
  readonly id: string;
  readonly title: string;
  readonly seed: string | null;
  readonly status: 'ok' | 'failed' | 'unknown';
  /** What was found, on what. */
  readonly detail: string;
  /** What to do next; `null` when the check is ok. */
  readonly advice: string | null;
  /** What whoever approves has to know, although it keeps nobody from the run; shown at gate `enable`. Absent = nothing. */
  readonly notice?: string;
}

export interface CheckPreconditionsInput {
  readonly environment: EnvironmentRef;
  readonly plan: Plan;
}
export interface CheckPreconditionsOutput {
  readonly checks: readonly PreconditionCheck[];
  /** Clock difference target database minus worker, in milliseconds; `null` when unknown. */
  readonly clockDifferenceMs: number | null;
}

export interface PreconditionActivities {
  /** Makes all checks of seed §3, changing nothing, and tells every result, not only the first failure. */
  checkPreconditions(input: CheckPreconditionsInput): Promise<CheckPreconditionsOutput>;
}
