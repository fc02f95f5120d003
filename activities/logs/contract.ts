import type { DualWriteOperation } from '../../procedure/flows.js';
import type { LogObservation, Side } from '../../procedure/observations.js';
import type { EnvironmentRef } from '../../procedure/plan.js';
import type { StepScope } from '../scope.js';

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
