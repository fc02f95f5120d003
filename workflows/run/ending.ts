import type { RollbackCause } from '../../procedure/outcome.js';
import type { Problem } from '../../procedure/problem.js';

/**
 * Thrown by a phase to end the run. It never leaves the workflow: the main function turns it into an outcome, after
 * whatever was changed has been put back.
 */
export class EndRun extends Error {
  override readonly name = 'EndRun';

  constructor(
    readonly ending:
      | { readonly kind: 'refuse'; readonly problems: readonly Problem[] }
      | {
          readonly kind: 'back';
          readonly cause: RollbackCause;
          readonly by: string | null;
          readonly reason: string;
        },
  ) {
    super(
      ending.kind === 'refuse' ? ending.problems.map((problem) => problem.message).join('; ') : ending.reason,
    );
  }

  static refuse(problems: readonly Problem[]): EndRun {
    return new EndRun({ kind: 'refuse', problems });
  }

  static back(cause: RollbackCause, reason: string, by: string | null = null): EndRun {
    return new EndRun({ kind: 'back', cause, by, reason });
  }
}
