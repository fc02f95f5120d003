import type { FlagChange, FlagName } from '../../procedure/flags.js';
import type {
  DriftObservation,
  ExpectedFlags,
  QueriesObservation,
  ReportObservation,
  RolloutObservation,
  ServingFlagsObservation,
  Side,
} from '../../procedure/observations.js';
import type { OutsideQueries } from '../../procedure/query-counts.js';
import type { StepScope } from '../scope.js';

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
   * Methods A and B: the restart annotation of the pod template as it was, `null` = none. Put back too, the pods are those of
   * before again, and a change that brought up no pod is taken back without a new one. Absent in captures of older versions of B.
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
  /** What the target was at the baseline (`ValidationReportOutput.target`), to be compared with what it is now; absent = nothing is. */
  readonly since?: string;
}
/** The processes' flags; compared with a former state, what somebody else changed meanwhile, and the state to be compared with from now on. */
export interface ReadServingFlagsOutput extends ServingFlagsObservation {
  readonly drift?: { readonly changes: DriftObservation['changes']; readonly target: string };
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
  /** Of a rollback: why it did not write what was captured; absent = it did. */
  readonly note?: string;
}
export interface ManagementInput extends StepScope {
  readonly side: Side;
}
/** At the baseline also what the target is then (`Target.readChanges`), where its method can tell. */
export interface ValidationReportOutput extends ReportObservation {
  readonly target?: string;
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
  readServingFlags(input: ReadServingFlagsInput): Promise<ReadServingFlagsOutput>;
  /** Where the four variables stand now, before the first change. Saved to the evidence too. */
  captureFlags(input: StepScope): Promise<FlagCapture>;
  /** Writes variables, restarts once, waits until complete. State decides, so a repetition does not restart again. */
  changeFlags(input: ChangeFlagsInput): Promise<ChangeFlagsOutput>;
  /** Puts the captured state back (absent ones absent again), restarts once, waits, verifies the serving processes. Throws until it is true. */
  restoreFlags(input: RestoreFlagsInput): Promise<ChangeFlagsOutput>;
  /** seed §8: the validation report in text and JSON, both saved whole. */
  runValidationReport(input: ManagementInput): Promise<ValidationReportOutput>;
  /** seed §6.1: queries of three test requests inside the target, all rolled back. Never throws for a target that cannot: status `unknown`. */
  countQueries(input: CountQueriesInput): Promise<QueriesObservation>;
  /** seed §4: collectstatic, then 200 on the configured static file. */
  collectStatic(input: StepScope): Promise<StaticFilesOutput>;
}
