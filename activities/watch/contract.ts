import type {
  DatabaseObservation,
  LogObservation,
  Observation,
  RestartsObservation,
  ServingFlagsObservation,
} from '../../procedure/observations.js';
import type { LogCursor } from '../logs/contract.js';
import type { StepScope } from '../scope.js';

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
  /** The same from before the run's own change, for the first look; absent = there was none. */
  readonly reference?: string | null;
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
