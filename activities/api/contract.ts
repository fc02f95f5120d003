import type { FlowNumber } from '../../procedure/flows.js';
import type { MeasuredOperationName } from '../../procedure/latency/operations.js';
import type { FlowObservation, LatencyObservation, Side } from '../../procedure/observations.js';
import type { SampleSettings } from '../../procedure/plan.js';
import type { StepScope } from '../scope.js';

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
  /** `null` = there is no team to go on with; a flow whose rows are not as asked still names its team. */
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
