import type { Finding } from './findings.js';
import type { Outcome, Verdict } from './outcome.js';
import type { Gate } from './phases.js';
import type { CommandRecord, DecisionRecord, NextStep, PhaseRecord, RollbackRecord } from './run-record.js';

/** One line of a run's story, for `watch`: what happened when. */
export interface JournalLine {
  readonly at: string;
  readonly text: string;
}

/** What the run waits for, ready to be shown and pasted. */
export interface WaitingStatus {
  readonly kind: 'gate' | 'attention' | 'pause';
  readonly gate: Gate | null;
  readonly title: string;
  /** What a person should look at before deciding, one line each. */
  readonly proof: readonly string[];
  /** The exact JSON for the commands that fit now, by command name; `by` is left as the example. */
  readonly paste: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly digest: string | null;
  readonly since: string;
  /** ISO 8601; what happens then stands in `onDeadline`. */
  readonly deadline: string;
  readonly onDeadline: string;
}

/** Answer of the query `status`: everything that `status`, `watch` and the run's page show. */
export interface RunStatus {
  readonly workflowId: string;
  readonly runId: string;
  readonly environment: string | null;
  readonly phase: string;
  readonly phases: readonly PhaseRecord[];
  readonly progress: string | null;
  /** What is known of the target's dual-write flag. */
  readonly flag: 'unknown' | 'baseline' | 'enabling' | 'on' | 'taking-back' | 'off-again';
  readonly waiting: WaitingStatus | null;
  readonly findings: readonly Finding[];
  readonly verdict: Verdict;
  readonly verdictReasons: readonly string[];
  readonly decisions: readonly DecisionRecord[];
  readonly commands: readonly CommandRecord[];
  readonly rollback: RollbackRecord | null;
  readonly evidence: string | null;
  readonly nextSteps: readonly NextStep[];
  readonly outcome: Outcome | null;
  readonly journal: readonly JournalLine[];
}

/** What the workflow returns, or carries as its failure's details. */
export interface RunResult {
  readonly outcome: Outcome;
  readonly verdict: Verdict;
  readonly reason: string;
  readonly environment: string | null;
  /** Folder name, and its manifest's digest after the last seal; `null` when no folder could be written. */
  readonly evidence: {
    readonly folder: string;
    readonly path: string;
    readonly digest: string | null;
  } | null;
  readonly findings: readonly Finding[];
  readonly verdictReasons: readonly string[];
  readonly rollback: RollbackRecord | null;
  readonly summary: string | null;
  readonly problems: readonly { readonly path: string; readonly message: string }[];
  /** What a person should do now. */
  readonly next: readonly string[];
}
