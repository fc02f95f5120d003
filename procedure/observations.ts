import type { DualWriteOperation, FlowNumber } from './flows.js';
import type { FlagValues } from './flags.js';
import type { ApplicationConnections } from './connections.js';
import type { LogClock } from './log-clock.js';
import type { MeasuredOperationName } from './latency/operations.js';
import type { OperationQueries, OutsideQueries, QueryOperation } from './query-counts.js';
import type { ReportRecount } from './report-recount.js';
import type { RowAudit } from './row-audit.js';

/** `baseline` = before enabling, `after` = with the flag on, `strict` = with strict mode on besides, `simulation` = while a copy had to fail, `rollback` = after the flag was taken back. */
export type Side = 'baseline' | 'after' | 'strict' | 'simulation' | 'rollback';

interface Common {
  /** Stable within a run: made of the step that measured it, so that a repeated step replaces and does not add. */
  readonly id: string;
  /** When it was measured, ISO 8601, UTC. */
  readonly at: string;
  /** Where the number comes from: `api`, `rows`, `log`, `processes`, `report`, `supervisor` … */
  readonly source: string;
}

/** One request of the smoke test. `skipped` = a flow that it needs had failed. */
export interface FlowObservation extends Common {
  readonly kind: 'flow';
  readonly side: Side;
  readonly flow: FlowNumber;
  readonly status: 'ok' | 'failed' | 'throttled' | 'skipped';
  readonly http: number | null;
  readonly ms: number | null;
  readonly reason: string | null;
  /**
   * The request was sent and not answered: within `api.requestTimeout` (then it failed), or because its connection broke (then
   * its row was found by a later try). Absent where it was answered, and in older records.
   */
  readonly unanswered?: 'time-limit' | 'connection-lost';
  /** Whether its new rows are what it asked for; absent where no success was answered, and in older records. */
  readonly effect?: 'as-asked' | 'not-as-asked';
  readonly notCompared?: NotCompared;
}

/** Fields that were to be compared and have no column, as `table.column`; absent = none, or an older record. */
export type NotCompared = readonly string[];

export interface RowDifference {
  readonly class:
    | 'missing-in-legacy'
    | 'missing-in-new'
    | 'surplus-in-legacy'
    | 'orphan-mapping'
    | 'duplicate'
    | 'field-differs'
    | 'wrong-person'
    | 'wrong-role'
    | 'wrong-status';
  /** `team 12`, `membership 34 (player3)`. */
  readonly row: string;
  readonly field: string | null;
  readonly expected: string | null;
  readonly found: string | null;
}

/** Whether what one write made stands rightly in the legacy tables. `unknown` = the comparison could not be made. */
export interface CopyObservation extends Common {
  readonly kind: 'copy';
  readonly side: Side;
  /** The write whose copy is looked at; `performance` for the creates of the performance test, `soak` for all teams of the run. */
  readonly write: FlowNumber | 'performance' | 'probe' | 'soak' | 'strict';
  readonly teamIds: readonly number[];
  readonly status: 'copied' | 'missing' | 'wrong' | 'none' | 'unknown';
  readonly attempted: number;
  readonly copied: number;
  readonly differences: readonly RowDifference[];
  /** True when a second read after the lag budget showed the same. */
  readonly confirmed: boolean;
  readonly lagMs: number | null;
  readonly reason: string | null;
  readonly notCompared?: NotCompared;
}

/** What the target's log said about one write. */
export interface LogObservation extends Common {
  readonly kind: 'log';
  readonly side: Side;
  /** `watch` = nothing of ours in particular: all that was logged meanwhile. */
  readonly write: FlowNumber | 'performance' | 'probe' | 'soak' | 'strict' | 'watch';
  readonly operation: DualWriteOperation | null;
  readonly status: 'seen' | 'failed' | 'silent' | 'unreadable';
  readonly counts: Readonly<Record<'scheduled' | 'completed' | 'failed' | 'critical', number>>;
  /** Distinct critical texts, a few of each kind; absent when there was none, and in older records. */
  readonly criticalTexts?: readonly string[];
  /** What the times of the matched lines mean; absent when none was matched, and in older records. */
  readonly clock?: LogClock;
  /** Lines were there that nobody can read any more, whatever else was found; `reason` says which. Absent = none that anybody knows of. */
  readonly lost?: true;
  readonly reason: string | null;
}

/** How the four variables are meant to stand: as before the run, with dual-write on, with strict mode on besides. */
export type ExpectedFlags = 'baseline' | 'enabled' | 'strict';

/** The four variables in every serving process. */
export interface ServingFlagsObservation extends Common {
  readonly kind: 'serving-flags';
  readonly expected: ExpectedFlags;
  readonly processes: readonly { readonly id: string; readonly values: FlagValues }[];
  readonly status: 'as-expected' | 'differs' | 'unknown';
  readonly reason: string | null;
}

/**
 * Over successful requests, each from when it was due. The percentiles are point estimates by nearest rank. What stands
 * after `p95Ms` is absent in records from before it was measured.
 */
export interface LatencyObservation extends Common {
  readonly kind: 'latency';
  readonly side: Side;
  readonly operation: MeasuredOperationName;
  readonly samples: number;
  /** Refused, failed or not answered, also while warming up; a 429 is none. */
  readonly failures: number;
  /** Those of the failures that were answered with HTTP 5xx; absent in older records. */
  readonly serverErrors?: number;
  /** Those of the failures that got no answer within `api.requestTimeout`; absent in older records. */
  readonly unanswered?: number;
  /** Those of the failures whose connection broke before the answer was whole; absent in older records. */
  readonly connectionsLost?: number;
  /** Measured ones without a time because our own worker died meanwhile; neither successes nor failures. Absent in older records. */
  readonly leftOut?: number;
  readonly averageMs: number | null;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms?: number | null;
  readonly maxMs?: number | null;
  /** Two-sided 95 % confidence interval of p95, whatever the distribution; `null` = too few samples. */
  readonly p95IntervalMs?: readonly [number, number] | null;
  /** So many successes would have an interval. */
  readonly samplesNeeded?: number;
  /** So many creates the plan asked for. */
  readonly samplesWanted?: number;
  readonly claim?: 'p95' | 'none';
  /** The whole histogram among the evidence. */
  readonly histogramFile?: string;
  /** Answered well (or standing without an answer), warm-up included, but the new rows are not what was asked for; among `failures`. Absent in older records. */
  readonly withoutEffect?: number;
  readonly notCompared?: NotCompared;
  /** Where queries are counted (`samples.queryCounts`). */
  readonly outsideQueries?: OutsideQueries;
}

/** Counts by our own SQL. `null` = the query failed, with the reason. */
export interface DatabaseObservation extends Common {
  readonly kind: 'database';
  readonly orphanMappings: number | null;
  readonly duplicateLegacyIds: number | null;
  /** New teams that more than one mapping names; absent in older records, whose duplicates are judged as they were then. */
  readonly duplicateNewIds?: number | null;
  readonly connections: number | null;
  readonly usableConnections: number | null;
  /** Those with the most connections, largest first; absent in older records. */
  readonly applications?: readonly ApplicationConnections[];
  /** All teams, at the baseline and before the verdict; older records have none. */
  readonly audit?: RowAudit;
  readonly reason: string | null;
}

/** Whether a restart of the target came to its end. */
export interface RolloutObservation extends Common {
  readonly kind: 'rollout';
  readonly change: 'enable' | 'disable';
  readonly status: 'complete' | 'failed';
  readonly restartLoop: boolean;
  readonly durationMs: number;
  readonly reason: string | null;
}

/** Restarts of the target that this run did not make, since watching began. */
export interface RestartsObservation extends Common {
  readonly kind: 'restarts';
  /** How often all serving processes were replaced. */
  readonly count: number;
  readonly windowMs: number;
  /** Three or more within two minutes, or nothing serves any more. */
  readonly loop: boolean;
  readonly reason: string | null;
}

/** What the validation report itself says (seed §8); evidence, never the only witness. */
export interface ReportObservation extends Common {
  readonly kind: 'report';
  readonly side: Side;
  readonly status: 'read' | 'unreadable';
  readonly numbers: Readonly<Record<string, number | null>>;
  /** The same counted by our own SQL, before and after the report; older records have none. */
  readonly recount?: ReportRecount;
  readonly reason: string | null;
}

/** Queries of test requests (seed §6.1), counted by the framework in a transaction that was rolled back. Decides nothing. */
export interface QueriesObservation extends Common {
  readonly kind: 'queries';
  readonly side: Side;
  /** `unknown` = nothing could be counted. */
  readonly status: 'counted' | 'unknown';
  /** ENABLED as the counting process read it: a new process, so the env file's value; `null` = it did not say. */
  readonly dualWrite: boolean | null;
  /** What was counted; an operation that is missing stands in `reason`. */
  readonly operations: readonly OperationQueries[];
  /** Those whose request is outside the range of seed §6.1. Absent = counted by a version that did not tell. */
  readonly outsideRange?: readonly QueryOperation[];
  readonly reason: string | null;
}

/** seed §4, when the run asked for it. */
export interface StaticFilesObservation extends Common {
  readonly kind: 'static-files';
  /** `failed` also when a person skipped the step: nothing shows then that the files are served. */
  readonly status: 'ok' | 'failed';
  readonly reason: string;
}

/** One create while its copy had to fail, when the run asked for it. */
export interface SimulationObservation extends Common {
  readonly kind: 'simulation';
  /** What was taken away. */
  readonly what: string;
  readonly request: 'ok' | 'failed' | 'unknown';
  readonly http: number | null;
  /** `missing` is as it should be: the copy failed. */
  readonly rows: 'missing' | 'copied' | 'unknown';
  /** `failed` is as it should be: the log tells the failure. */
  readonly log: 'failed' | 'silent' | 'seen' | 'unknown';
  /** The right is back, and the database says so. */
  readonly restored: boolean;
  readonly reason: string | null;
}

/** What somebody else did to the target; by methods that can tell. */
export interface DriftObservation extends Common {
  readonly kind: 'drift';
  /** Between the baseline and the first change of this run; absent = while dual-write was on. */
  readonly before?: 'enabling';
  readonly changes: readonly { readonly kind: 'scaled' | 'edited'; readonly text: string }[];
}

/** The soak as a whole. */
export interface SoakObservation extends Common {
  readonly kind: 'soak';
  readonly plannedMs: number;
  readonly elapsedMs: number;
  readonly checks: number;
  readonly gaps: number;
  readonly longestGapIntervals: number;
  /** The observation of the look at all teams that ended it; `null` = it could not be made. Absent = an older version made none. */
  readonly lastAudit?: string | null;
}

export type Observation =
  | FlowObservation
  | CopyObservation
  | LogObservation
  | ServingFlagsObservation
  | LatencyObservation
  | DatabaseObservation
  | RolloutObservation
  | RestartsObservation
  | ReportObservation
  | StaticFilesObservation
  | QueriesObservation
  | SimulationObservation
  | DriftObservation
  | SoakObservation;

export type ObservationKind = Observation['kind'];
export type ObservationOf<K extends ObservationKind> = Extract<Observation, { kind: K }>;

export function observationsOf<K extends ObservationKind>(
  all: readonly Observation[],
  kind: K,
): ObservationOf<K>[] {
  return all.filter((one): one is ObservationOf<K> => one.kind === kind);
}

/** Adds observations; one with an id that is there already takes its place, so a repeated step counts once. */
export function mergeObservations(
  known: readonly Observation[],
  fresh: readonly Observation[],
): Observation[] {
  const replaced = new Set(fresh.map((one) => one.id));
  return [...known.filter((one) => !replaced.has(one.id)), ...fresh];
}
