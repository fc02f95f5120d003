import type { Choice } from './commands.js';
import type { Finding } from './findings.js';
import type { LatencyObservation, Observation } from './observations.js';
import type { Outcome, RollbackCause, Verdict } from './outcome.js';
import type { Gate, PhaseId } from './phases.js';
import type { EvidenceFolder, Plan } from './plan.js';

/** How one phase of a run went. */
export interface PhaseRecord {
  readonly phase: PhaseId;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly status: 'running' | 'done' | 'skipped' | 'ended-run';
  readonly note: string | null;
}

/** A person's (or a deadline's, or an automatic) decision at a gate. Names are claims unless Temporal authenticates. */
export interface DecisionRecord {
  readonly gate: Gate;
  readonly decision: 'approved' | 'rejected' | 'deadline';
  readonly by: string;
  /**
   * What Temporal recorded of the sender, compared with `by`: `matched`, `differs` (another one), `absent` (none, as from
   * the Temporal UI without sign-in), `unknown` (could not be read), `automatic`, `none` (a deadline).
   */
  readonly identity: 'matched' | 'differs' | 'absent' | 'unknown' | 'automatic' | 'none';
  readonly reason: string | null;
  /** What gate finish decided beside yes or no. */
  readonly choice: Choice | null;
  /** The digest that was shown at the gate and came back with the decision. */
  readonly digest: string;
  /** Manifest digest of the evidence folder as it stood at the gate. */
  readonly proof: string;
  readonly at: string;
}

/** Every command that reached the run, also the ones that had no effect. */
export interface CommandRecord {
  readonly name: string;
  readonly via: 'update' | 'signal';
  readonly by: string | null;
  readonly accepted: boolean;
  readonly message: string;
  readonly at: string;
}

export interface RollbackPart {
  readonly part: string;
  readonly status: 'done' | 'failed' | 'not-needed' | 'unknown';
  readonly detail: string;
}

export interface RollbackRecord {
  readonly cause: RollbackCause;
  readonly by: string | null;
  readonly reason: string;
  readonly complete: boolean;
  readonly parts: readonly RollbackPart[];
  /** The creates of the baseline once more, after the flags were put back; absent where they were not measured. */
  readonly secondBaseline?: LatencyObservation;
  readonly startedAt: string;
  readonly endedAt: string;
}

/** A team that this run created, with the rows that followed from it. */
export interface CreatedTeam {
  readonly id: number;
  readonly purpose: 'smoke' | 'performance' | 'probe';
  readonly side: 'baseline' | 'after' | 'rollback';
}

export interface NextStep {
  /** 1–7 of seed §12. */
  readonly number: number;
  readonly title: string;
  readonly state: 'done' | 'open' | 'not-applicable';
  readonly detail: string;
}

/** Everything that a run is, as it stands at one moment; the evidence's run.json. */
export interface RunRecord {
  readonly format: 1;
  readonly workflowId: string;
  readonly runId: string;
  readonly plan: Plan;
  readonly evidence: EvidenceFolder;
  readonly phases: readonly PhaseRecord[];
  readonly preconditions: readonly {
    readonly id: string;
    readonly title: string;
    readonly status: string;
    readonly detail: string;
  }[];
  readonly observations: readonly Observation[];
  readonly findings: readonly Finding[];
  readonly verdict: Verdict;
  readonly verdictReasons: readonly string[];
  readonly decisions: readonly DecisionRecord[];
  readonly commands: readonly CommandRecord[];
  readonly teams: readonly CreatedTeam[];
  readonly skippedFlows: readonly { readonly side: string; readonly flow: number; readonly reason: string }[];
  readonly rollback: RollbackRecord | null;
  readonly cleanup: {
    readonly status: string;
    readonly counts: Readonly<Record<string, number>>;
    readonly reason: string | null;
  } | null;
  readonly nextSteps: readonly NextStep[];
  /** `null` while the run goes on. */
  readonly outcome: Outcome | null;
  readonly outcomeReason: string | null;
  readonly recordedAt: string;
}
