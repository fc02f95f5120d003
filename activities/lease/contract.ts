import type { PrivilegeCapture } from '../../procedure/failure-simulation.js';
import type { SecondBaseline } from '../../procedure/latency/second-baseline.js';
import type { RollbackRecord } from '../../procedure/run-record.js';
import type { StepScope } from '../scope.js';
import type { ChangeAuthority, FlagCapture } from '../targets/contract.js';

/** How the last guardian of an environment stands. */
export interface LeaseState {
  readonly state: 'free' | 'held' | 'lost';
  readonly workflowId: string;
  readonly guardianRunId: string | null;
  readonly holderWorkflowId: string | null;
  readonly holderRunId: string | null;
}
export type Undo =
  | {
      readonly kind: 'flags';
      readonly capture: FlagCapture | null;
      /** What is measured once they are back. */
      readonly again?: SecondBaseline;
    }
  /** `null`: it was given back already. */
  | { readonly kind: 'privileges'; readonly capture: PrivilegeCapture | null }
  | {
      readonly kind: 'rows';
      readonly tag: string;
      readonly startedAt: string;
      /** False: once flags were changed, test rows stay for inspection (`cleanupAfterRollback`). */
      readonly evenAfterEnabling: boolean;
    };
/** An undo with the run's scope in which it was registered. */
export interface OwedUndo {
  readonly undo: Undo;
  readonly scope: StepScope;
}
export interface LeaseActivities {
  /** Looks at `environment-<name>`; `lost` = it ended without release, so a rollback is owed. */
  describeLease(input: { readonly environment: string }): Promise<LeaseState>;
  /** Hands the guardian an undo before the act. Refused when the caller is not the holder or a rollback has begun. */
  registerUndo(input: {
    readonly authority: ChangeAuthority;
    readonly undo: Undo;
    readonly scope: StepScope;
  }): Promise<{ readonly registered: true }>;
  /** How a run stands: `RUNNING`, `COMPLETED`, `FAILED`, `CANCELED`, `TERMINATED`, `TIMED_OUT`, `NOT_FOUND`. */
  describeRun(input: {
    readonly workflowId: string;
    readonly runId: string;
  }): Promise<{ readonly status: string }>;
  /** Who, by Temporal's own record, sent the command with this digest and name; `null` = it recorded nobody. */
  readDecisionIdentity(input: {
    readonly workflowId: string;
    readonly runId: string;
    readonly command: string;
    readonly digest: string;
    readonly by: string;
  }): Promise<{
    readonly identity: string | null;
    readonly found: boolean;
    /** The run that asked; see SealEvidenceOutput. */
    readonly runId: string;
  }>;
  /** What was registered with a guardian that was ended from outside, newest of each kind; read from its history. */
  readOwedUndo(input: { readonly workflowId: string; readonly runId: string }): Promise<{
    readonly undo: readonly OwedUndo[];
    /** Until then a change may still land that had its permit when the guardian ended, milliseconds since 1970; `null` = none can. */
    readonly permitsUntil?: number | null;
  }>;
  /** What a guardian that has ended undid; `null` when it undid nothing or was ended from outside. */
  readGuardianRollback(input: {
    readonly workflowId: string;
    readonly runId: string;
  }): Promise<RollbackRecord | null>;
  /** Returns when the run has closed in any way but continue-as-new; heartbeats while it waits. */
  watchRun(input: {
    readonly workflowId: string;
    readonly runId: string;
  }): Promise<{ readonly status: string }>;
}
