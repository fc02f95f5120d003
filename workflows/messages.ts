import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { LogCursor, StepScope, Undo } from '../activities/contract.js';
import type { CommandName } from '../procedure/commands.js';
import type { Observation } from '../procedure/observations.js';
import type { RollbackCause } from '../procedure/outcome.js';
import type { RollbackRecord } from '../procedure/run-record.js';
import type { RunResult, RunStatus } from '../procedure/status.js';

/** Workflow types, by the names that people type into the Temporal UI. */
export const WORKFLOW = {
  run: 'readinessRun',
  guardian: 'environmentGuardian',
  soak: 'soak',
  watch: 'targetWatch',
  sweep: 'sweep',
  rollback: 'rollback',
  preflight: 'preflight',
  targetLog: 'targetLog',
} as const;

/** Where everything of this product listens unless an environment says otherwise. */
export const TASK_QUEUE = 'readiness';

export const guardianWorkflowId = (environment: string): string => `environment-${environment}`;

// ------------------------------------------------------------------------------------------------ run, for people
export const statusQuery = defineQuery<RunStatus>('status');
export const resultQuery = defineQuery<RunResult | null>('result');
export const commandUpdate = (name: CommandName) => defineUpdate<string, [unknown]>(name);
export const commandSignal = (name: CommandName) => defineSignal<[unknown]>(name);

// ------------------------------------------------------------------------------------- run, for its own children
export interface RollbackProgress {
  /** The rollback has been failing for longer than its patience; it goes on. */
  readonly incomplete: boolean;
  readonly detail: string;
  /** Set when a rollback that keeps the environment held is over. */
  readonly record: RollbackRecord | null;
}
export const rollbackProgressSignal = defineSignal<[RollbackProgress]>('rollbackProgress');
export interface SoakProgress {
  readonly checks: number;
  readonly gaps: number;
  readonly text: string;
}
/** From the run to its soak child: the whole new length, or the order to end it now. */
export interface SoakSteering {
  readonly durationMs: number;
  readonly finish: boolean;
}
export const soakSteeringSignal = defineSignal<[SoakSteering]>('soakSteering');
export const soakProgressSignal = defineSignal<[SoakProgress]>('soakProgress');

/** From the watch to the run: what was seen. */
export const watchSawSignal = defineSignal<[{ readonly observations: readonly Observation[] }]>('watchSaw');
/** From the run to its watch: the flag is on everywhere; and: enough. */
export const watchOnSignal = defineSignal('watchOn');
/** The run restarts the target itself: its processes are not looked at until `watchOn` comes again. */
export const watchHoldSignal = defineSignal('watchHold');
/** The run is about to make the target log what is meant: the log is not followed until it is told from where to go on. */
export const watchLogHoldSignal = defineSignal('watchLogHold');
/** `null`: from where it was. */
export const watchLogFromSignal = defineSignal<[{ readonly from: LogCursor | null }]>('watchLogFrom');
/** From the watch to the run: the log is held, and was read up to here. */
export const watchLogHeldSignal = defineSignal<[{ readonly at: LogCursor }]>('watchLogHeld');
export const watchStopSignal = defineSignal('watchStop');

/** To the guardian: where the run keeps its evidence, so that it is closed even when the run is gone before anything was changed. */
export const evidenceSignal =
  defineSignal<[{ readonly scope: StepScope; readonly holderRunId: string }]>('evidence');

// ----------------------------------------------------------------------------------------------------- guardian
export interface PermitRequest {
  readonly id: string;
  readonly holderRunId: string;
  /** How long the change may take, milliseconds. */
  readonly ttlMs: number;
}
export interface RegisterUndoRequest {
  readonly holderRunId: string;
  readonly undo: Undo;
  readonly scope: StepScope;
}
export interface RollbackOrder {
  readonly cause: RollbackCause;
  readonly by: string | null;
  readonly reason: string;
  /** True: only the flags are taken back, and the environment stays held (gate finish with `disable`). */
  readonly thenHold: boolean;
  /** The run that orders it, so that a late order cannot hit the next holder; `null` = a person, whoever holds. */
  readonly holderRunId: string | null;
}
export interface GuardianState {
  readonly state: 'holding' | 'rolling-back' | 'released';
  readonly holderRunId: string;
  readonly undo: readonly string[];
  readonly incomplete: boolean;
}
/** A person leaves an incomplete rollback as it is. */
export interface Acknowledgement {
  readonly by: string;
  readonly reason: string;
  readonly holderRunId: string;
}
/** How a guardian ends. */
export interface GuardianResult {
  readonly ended: 'released' | 'rolled-back';
  readonly rollback: RollbackRecord | null;
}
export const registerUndoUpdate = defineUpdate<boolean, [RegisterUndoRequest]>('registerUndo');
export const permitUpdate = defineUpdate<boolean, [PermitRequest]>('permit');
export const permitDoneSignal = defineSignal<[{ readonly id: string }]>('permitDone');
export const orderRollbackSignal = defineSignal<[RollbackOrder]>('orderRollback');
export const releaseSignal = defineSignal<[{ readonly holderRunId: string }]>('release');
export const acknowledgeSignal = defineSignal<[Acknowledgement]>('acknowledge');
export const guardianStateQuery = defineQuery<GuardianState>('guardianState');

// --------------------------------------------------------------------------------------------- small workflows
export interface PreflightInput {
  readonly input: unknown;
  /** Also make all checks of phase 2, which only read. */
  readonly check: boolean;
}
export interface RollbackWorkflowInput {
  readonly environment: string;
  readonly by: string;
  readonly reason: string;
  /** Only what an ended guardian still had to take back; nothing is written when it had changed nothing. */
  readonly onlyOwed?: boolean;
}
export interface TargetLogInput {
  readonly environment: string;
  readonly maxLines: number;
  /** Read on from here; `null` = the last lines. */
  readonly from: LogCursor | null;
}
