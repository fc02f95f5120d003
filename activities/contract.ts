/**
 * What workflows ask of the world: one interface a thing touched. Inputs and results are plain JSON and go into the
 * history, so they hold no secret and no bulk: bulk goes into the evidence folder, and the result names the file.
 * Every activity can run twice: doing a step again is the same as doing it once.
 */
import type { MeasuredOperationName } from '../procedure/latency/operations.js';
import type { DualWriteOperation, FlowNumber } from '../procedure/flows.js';
import type { FlagChange, FlagName } from '../procedure/flags.js';
import type { PrivilegeCapture } from '../procedure/failure-simulation.js';
import type { RunInput } from '../procedure/input.js';
import type {
  CopyObservation,
  DatabaseObservation,
  FlowObservation,
  LatencyObservation,
  LogObservation,
  Observation,
  QueriesObservation,
  ReportObservation,
  RestartsObservation,
  RolloutObservation,
  ServingFlagsObservation,
  ExpectedFlags,
  Side,
} from '../procedure/observations.js';
import type { EnvironmentRef, EvidenceFolder, Plan, SampleSettings } from '../procedure/plan.js';
import type { SecondBaseline } from '../procedure/latency/second-baseline.js';
import type { Problem } from '../procedure/problem.js';
import type { OutsideQueries } from '../procedure/query-counts.js';
import type { RowAudit } from '../procedure/row-audit.js';
import type { RollbackRecord, RunRecord } from '../procedure/run-record.js';

/** Given to every step: which environment, and where its evidence goes. */
export interface StepScope {
  readonly environment: EnvironmentRef;
  readonly evidence: EvidenceFolder;
  /** The tag in the names of the run's rows. */
  readonly tag: string;
}

// ---------------------------------------------------------------------------------------------------------- plan

export interface LoadPlanInput {
  readonly input: RunInput;
  readonly workflowId: string;
  readonly runId: string;
}
export type LoadPlanOutput =
  { readonly ok: true; readonly plan: Plan } | { readonly ok: false; readonly problems: readonly Problem[] };

export interface PlanActivities {
  /** Names of the environments whose files load on this worker. */
  listEnvironments(): Promise<readonly string[]>;
  /** Reads and checks the environment file and resolves the plan. Touches nothing but that file. */
  loadPlan(input: LoadPlanInput): Promise<LoadPlanOutput>;
}

// -------------------------------------------------------------------------------------------------- preconditions

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

// ---------------------------------------------------------------------------------------------------------- target

/** Where one variable stood before the run changed it. */
export interface CapturedVariable {
  readonly name: FlagName;
  readonly state: 'absent' | 'value' | 'reference';
  readonly value: string | null;
}
/** The captured state of the four variables in the place that the method writes (a file, an object). */
export interface FlagCapture {
  readonly place: string;
  /** SHA-256 of the whole place's content (a file's bytes, an object's data); proves what was there, does not restore it. */
  readonly digest: string;
  readonly variables: readonly CapturedVariable[];
  /** All four effective values were the safe baseline: restoring them is a rollback. */
  readonly safe: boolean;
  /**
   * Where variables and restart stand in one object: the restart annotation as it was, `null` = none. Put back too, the pods
   * are those of before again, and a change that brought up no pod is taken back without a new one.
   */
  readonly restartedAt?: string | null;
  readonly capturedAt: string;
}

/** Who asks for a change: the guardian hands out a permit only to the run that holds the environment. */
export interface ChangeAuthority {
  readonly guardianWorkflowId: string;
  readonly guardianRunId: string;
  readonly holderRunId: string;
}

export interface ReadServingFlagsInput extends StepScope {
  readonly observation: { readonly id: string; readonly expected: ExpectedFlags };
  /** Also make seed §1's own check (a new process, so evidence only). It takes seconds: not at every soak check. */
  readonly seedCheck: boolean;
}
export interface ChangeFlagsInput extends StepScope {
  readonly observationId: string;
  readonly change: FlagChange;
  /** `null` only for the guardian itself, which needs no permit. */
  readonly authority: ChangeAuthority | null;
}
export interface RestoreFlagsInput extends StepScope {
  readonly observationId: string;
  /** `null`: there is no captured state, or it was not safe: write ENABLED=false and STRICT=false (seed §7.1). */
  readonly capture: FlagCapture | null;
}
export interface ChangeFlagsOutput {
  /** False: everything stood as asked already, and nothing was restarted. */
  readonly changed: boolean;
  readonly restarted: boolean;
  readonly rollout: RolloutObservation;
}
export interface ManagementInput extends StepScope {
  readonly side: Side;
}
export interface CountQueriesInput extends StepScope {
  readonly observationId: string;
  readonly side: 'baseline' | 'after';
  /** What was counted with the flag off, for the table; `null` at the baseline itself. */
  readonly baseline: QueriesObservation | null;
  /** What the database told during the performance test, for the table. */
  readonly outside: { readonly off: OutsideQueries | null; readonly on: OutsideQueries | null };
}
export interface StaticFilesOutput {
  readonly ok: boolean;
  readonly detail: string;
}

export interface TargetActivities {
  /** Reads the four variables of every serving process (and, beside it, seed §1's own check as evidence). Never throws for a target that is down: status `unknown`. */
  readServingFlags(input: ReadServingFlagsInput): Promise<ServingFlagsObservation>;
  /** Where the four variables stand now, before the first change. Saved to the evidence too. */
  captureFlags(input: StepScope): Promise<FlagCapture>;
  /** Writes variables, restarts once, waits until complete. State decides, so a repetition does not restart again. */
  changeFlags(input: ChangeFlagsInput): Promise<ChangeFlagsOutput>;
  /** Puts the captured state back (absent ones absent again), restarts once, waits, verifies the serving processes. Throws until it is true. */
  restoreFlags(input: RestoreFlagsInput): Promise<ChangeFlagsOutput>;
  /** seed §8: the validation report in text and JSON, both saved whole. */
  runValidationReport(input: ManagementInput): Promise<ReportObservation>;
  /** seed §6.1: queries of three test requests inside the target, all rolled back. Never throws for a target that cannot: status `unknown`. */
  countQueries(input: CountQueriesInput): Promise<QueriesObservation>;
  /** seed §4: collectstatic, then 200 on the configured static file. */
  collectStatic(input: StepScope): Promise<StaticFilesOutput>;
}

// ------------------------------------------------------------------------------------------------------------- api

/** The team on which flows 2–5 work, as flow 1 made it. */
export interface FlowContext {
  readonly teamId: number;
  readonly teamSlug: string;
  readonly membershipId: number | null;
}
export interface RunFlowInput extends StepScope {
  readonly observationId: string;
  readonly side: Side;
  readonly flow: FlowNumber;
  /** Unique name of the team; known before the request, so that a create whose answer was lost is found. */
  readonly teamName: string;
  readonly gameId: number;
  readonly context: FlowContext | null;
}
export interface RunFlowOutput {
  readonly observation: FlowObservation;
  /** `null` when the flow failed. */
  readonly context: FlowContext | null;
  readonly correlationId: string | null;
  /** File in the evidence folder that holds request and response. */
  readonly file: string;
}
export interface MeasureLatencyInput extends StepScope {
  readonly observationId: string;
  readonly side: Side;
  readonly warmUp: number;
  readonly measured: number;
  /** What the times have to prove; absent in plans from before it was a setting. */
  readonly claim?: SampleSettings['claim'];
  /** Creates a second; absent likewise. */
  readonly ratePerSecond?: number;
  /** Also the queries that the database runs meanwhile; absent likewise. */
  readonly queryCounts?: boolean;
}
export interface MeasureLatencyOutput {
  readonly observation: LatencyObservation;
  /** Every team that the measurement created, warm-up included. */
  readonly teamIds: readonly number[];
  readonly file: string;
}
export interface MeasureWriteInput extends StepScope {
  readonly observationId: string;
  readonly side: 'baseline' | 'after';
  readonly operation: Exclude<MeasuredOperationName, 'team_create'>;
  /** So many, one a team; fewer when the creates made fewer. */
  readonly measured: number;
  readonly claim: SampleSettings['claim'];
  /** Writes that are due in a second. */
  readonly ratePerSecond: number;
}
export interface ApiActivities {
  /** One flow of seed §9. An HTTP error is a result (`failed`), not an exception; only an unreachable target throws. */
  runFlow(input: RunFlowInput): Promise<RunFlowOutput>;
  /** seed §6.3: creates teams one after another and times each; warm-up dropped, successes only. Resumes by name when repeated. */
  measureTeamCreate(input: MeasureLatencyInput): Promise<MeasureLatencyOutput>;
  /** seed §6.2: times one of flows 2 to 5 on the teams that the creates of this side made, one write each. */
  measureWrite(input: MeasureWriteInput): Promise<LatencyObservation>;
}

// -------------------------------------------------------------------------------------------------------- database

export interface FreeGamesInput {
  readonly environment: EnvironmentRef;
  /** How many free (owner, game) pairs are needed. */
  readonly count: number;
}
export interface FreeGamesOutput {
  /** Game ids at which the test user owns no team; mapped games first. Shorter than asked when there are not enough. */
  readonly gameIds: readonly number[];
}
export interface CompareCopiesInput extends StepScope {
  readonly observationId: string;
  readonly side: Side;
  readonly write: CopyObservation['write'];
  readonly teamIds: readonly number[];
  /** Compare at once and again after the lag budget while anything differs. */
  readonly lagBudgetMs: number;
}
export interface SeedQueriesInput extends StepScope {
  /** File name part: `before`, `after`, `soak-0001`. */
  readonly label: string;
  readonly observationId: string;
  /** Also all teams of both models beside each other. */
  readonly audit?: AuditInput;
}
export interface AuditInput {
  readonly side: 'baseline' | 'after';
  /** A difference that was not there at the baseline is read again when this has passed. */
  readonly lagBudgetMs: number;
  /** When the flag was on in every serving process, ISO 8601; `null` = it is off. */
  readonly flagOnSince: string | null;
  /** What the baseline found; `null` at the baseline itself, or when it found nothing out. */
  readonly baseline: RowAudit | null;
}
export interface CleanupRowsInput extends StepScope {
  readonly tag: string;
  readonly startedAt: string;
  /** Teams that the run recorded. What is found under the tag must be exactly these (or fewer, when cleaned before). */
  readonly teamIds: readonly number[];
  /** Nothing but the team of this name, and what hangs from it. */
  readonly onlyTeam?: string;
}
export interface CleanupRowsOutput {
  readonly status: 'deleted' | 'nothing-to-delete' | 'refused';
  /** Rows by table; on `refused` what was found and left alone. */
  readonly counts: Readonly<Record<string, number>>;
  readonly reason: string | null;
}
export interface RevokePrivilegeInput {
  readonly environment: EnvironmentRef;
  readonly capture: PrivilegeCapture;
  readonly authority: ChangeAuthority;
}
export interface DatabaseActivities {
  findFreeGames(input: FreeGamesInput): Promise<FreeGamesOutput>;
  /** Compares the new rows of the teams with their legacy twins; every difference goes to the evidence. */
  compareCopies(input: CompareCopiesInput): Promise<CopyObservation>;
  /** The three queries of seed §5.3, verbatim and corrected, each with its result or exact error; and our own counts. */
  runSeedQueries(input: SeedQueriesInput): Promise<DatabaseObservation>;
  /** seed §11.1 in one transaction: only rows of this run, counts checked against the record, else ROLLBACK. */
  cleanupRows(input: CleanupRowsInput): Promise<CleanupRowsOutput>;
}

/** What the failure simulation does as the role of `database.adminUrl`. */
export interface PrivilegeActivities {
  /** The right that the failure simulation is going to take away. Changes nothing. @throws UnexpectedAnswer, all problems. */
  capturePrivilege(input: { readonly environment: EnvironmentRef }): Promise<PrivilegeCapture>;
  /** Takes it away, under the guardian's permit. */
  revokePrivilege(input: RevokePrivilegeInput): Promise<{ readonly revoked: true }>;
  /** Gives it back and sees that it is there; needs no permit, and may run twice. */
  restorePrivilege(input: {
    readonly environment: EnvironmentRef;
    readonly capture: PrivilegeCapture;
  }): Promise<{ readonly restored: true }>;
}

// ------------------------------------------------------------------------------------------------------------ logs

/** A place in the target's log from which to read on. Opaque to workflows. */
export interface LogCursor {
  readonly source: string;
  /** Identity of the file or stream, so that a rotation is noticed. */
  readonly generation: string;
  readonly position: number;
  readonly at: string;
}
export interface ReadLogInput extends StepScope {
  readonly observationId: string;
  readonly side: Side;
  readonly write: LogObservation['write'];
  readonly from: LogCursor;
  /** Events of these teams and memberships are ours; `null` = count all. */
  readonly match: {
    readonly operation: DualWriteOperation | null;
    readonly teamIds: readonly number[];
    readonly membershipIds: readonly number[];
  } | null;
  /** How long to wait for the first matching event; 0 = read what is there. */
  readonly waitMs: number;
  /** Append the matched lines to `logs/<file>`. */
  readonly file: string;
}
export interface ReadLogOutput {
  readonly observation: LogObservation;
  readonly next: LogCursor;
}
export interface LogActivities {
  markLog(input: { readonly environment: EnvironmentRef }): Promise<LogCursor>;
  readDualWriteLog(input: ReadLogInput): Promise<ReadLogOutput>;
  /** The last dual-write lines as text, for `readiness logs`; at most 64 KiB, secrets masked. */
  tailLog(input: {
    readonly environment: EnvironmentRef;
    readonly from: LogCursor | null;
    readonly maxLines: number;
  }): Promise<{
    readonly lines: readonly string[];
    readonly next: LogCursor;
  }>;
}

// -------------------------------------------------------------------------------------------------------- watching

export interface FollowLogInput extends StepScope {
  readonly observationId: string;
  readonly from: LogCursor;
  readonly maxMs: number;
}
export interface FollowLogOutput {
  readonly observation: LogObservation;
  readonly next: LogCursor;
  /** `critical`: a critical line was read, just now; `blind`: not readable for a minute; `cancelled`: somebody asked for the end. */
  readonly ended: 'critical' | 'blind' | 'time' | 'cancelled';
}
export interface WatchStateInput extends StepScope {
  readonly observationId: string;
  readonly expected: 'enabled';
  readonly everyMs: number;
  readonly maxMs: number;
  /** Share of the usable connections over which it is told at once, 0…1. */
  readonly connectionShare: number;
  /** Serving processes as the former call saw them last; `null` at the beginning. */
  readonly known: readonly string[] | null;
  /** What the former call remembered of the target itself (`Target.readChanges`); absent = nothing yet. */
  readonly target?: string | null;
  /** When all of them were replaced, milliseconds since 1970, the last ten. */
  readonly restartTimes: readonly number[];
}
export interface WatchStateOutput {
  readonly flags: ServingFlagsObservation;
  /** Connections; `null` when they were never counted. */
  readonly database: DatabaseObservation | null;
  readonly restarts: RestartsObservation;
  readonly known: readonly string[] | null;
  readonly restartTimes: readonly number[];
  /** What somebody else did to the target, and containers that ended; and what is to be handed in the next time. */
  readonly changes?: readonly Observation[];
  readonly target?: string | null;
  /** `blind`: the target could not be asked for a minute. */
  readonly ended: 'changed' | 'drift' | 'restart' | 'connections' | 'blind' | 'time' | 'cancelled';
}
export interface WatchActivities {
  /** Follows the target's log. Returns at once after a critical line; heartbeats its cursor, so that no line is lost with a worker. */
  followLog(input: FollowLogInput): Promise<FollowLogOutput>;
  /** Looks at serving processes, their flags and the connections again and again; returns at once when something is wrong. */
  watchState(input: WatchStateInput): Promise<WatchStateOutput>;
}

// -------------------------------------------------------------------------------------------------------- evidence

export interface OpenEvidenceInput {
  readonly environment: EnvironmentRef;
  readonly runId: string;
  readonly startedAt: string;
  readonly tag: string;
}
export interface SealEvidenceOutput {
  /** The run that sealed, as Temporal knows it: recorded, so that after a reset it tells the former life from the new one. */
  readonly runId: string;
  /** SHA-256 of the manifest, hex: it changes when any byte of the folder changes. */
  readonly digest: string;
  readonly files: number;
}
export interface EvidenceActivities {
  /** Makes the folder of seed §3.2; taken by another run: `-<first 8 of run id>`. The same run gets the same folder again. */
  openEvidence(input: OpenEvidenceInput): Promise<EvidenceFolder>;
  /** Writes everything derived from the record (run.json, delta, SUMMARY.md …) and then the manifest over every file. */
  sealEvidence(input: StepScope & { readonly record: RunRecord }): Promise<SealEvidenceOutput>;
  /** For a run that is gone (terminated, timed out): puts its rollback and outcome into the last record and seals again. */
  sealRollback(input: StepScope & { readonly rollback: RollbackRecord }): Promise<SealEvidenceOutput>;
}

// ----------------------------------------------------------------------------------------------- lease and guardian

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

// ---------------------------------------------------------------------------------------------- telling and keeping

export interface NotifyInput {
  readonly environment: EnvironmentRef;
  readonly severity: 'INFO' | 'LOW' | 'MEDIUM' | 'HIGH' | 'CRITICAL';
  readonly title: string;
  readonly text: string;
  /** The same key is the same message: sent once. */
  readonly key: string;
}
export interface PublishStepOutput {
  readonly status: 'done' | 'not-configured' | 'failed';
  readonly detail: string;
}
export interface PublishActivities {
  notify(input: NotifyInput): Promise<PublishStepOutput>;
  /** Puts the block of seed §8.3 into the tracker file; found by the run's folder name, so a repetition adds nothing. */
  updateTracker(input: StepScope & { readonly block: string }): Promise<PublishStepOutput>;
  /** Commits the evidence folder to its repository; nothing to commit is `done`. */
  commitEvidence(input: StepScope & { readonly message: string }): Promise<PublishStepOutput>;
}

export type Activities = PlanActivities &
  PreconditionActivities &
  TargetActivities &
  ApiActivities &
  DatabaseActivities &
  PrivilegeActivities &
  LogActivities &
  EvidenceActivities &
  LeaseActivities &
  WatchActivities &
  PublishActivities;
