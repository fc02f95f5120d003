import type { Gate, Wait } from './phases.js';
import type { FlagName } from './flags.js';
import type { RunInput } from './input.js';

/** Names an environment file and the content that the run was planned with; a worker with another content refuses a step. */
export interface EnvironmentRef {
  readonly name: string;
  /** SHA-256 of the environment file, hex. */
  readonly digest: string;
}

/** Limits that the rules compare with; from the environment file, defaults from the seed. */
export interface Thresholds {
  /** seed §7, "100% failures": at least so many writes before "all of them" means anything. */
  readonly minimumEvents: number;
  /** seed §7, "p95 latency >2x baseline". */
  readonly p95Ratio: number;
  readonly minimumDeltaMs: number;
  /** Share of the usable connections, 0…1. */
  readonly connectionShare: number;
  /** Checks in a row over which orphan mappings must rise. */
  readonly orphanChecks: number;
  /** A difference counts when it still stands after this time. */
  readonly lagBudgetMs: number;
  /** seed §6.2, row `/api/vnext/teams/create/`, in milliseconds. */
  readonly createAcceptableP95Ms: number;
  readonly createAlertP95Ms: number;
  /** The other two rows; absent in plans from before they were measured. */
  readonly memberAddAcceptableP95Ms?: number;
  readonly memberAddAlertP95Ms?: number;
  readonly settingsAcceptableP95Ms?: number;
  readonly settingsAlertP95Ms?: number;
  /** Rules that only tell (`procedure/rules/shadow.ts`); absent in plans from before there were any. */
  readonly shadow?: readonly string[];
}

/** The writes of the performance test (seed §6.3), a side. */
export interface SampleSettings {
  readonly measured: number;
  readonly warmUp: number;
  /** `p95`: an interval for p95 is wanted, and too few samples for one are INCONCLUSIVE. `none`: point estimates do. */
  readonly claim: 'p95' | 'none';
  /** Creates that are due in a second, whether or not the ones before were answered. */
  readonly ratePerSecond: number;
  /** Of the other writes, each on a team of its own that the creates made; absent in plans from before they were measured. */
  readonly memberAdd?: number;
  readonly settings?: number;
  readonly roleUpdate?: number;
  readonly memberRemove?: number;
  /** Whether queries are counted (seed §6.1); absent in plans from before it was a setting: they are not. */
  readonly queryCounts?: boolean;
  /** Whether the creates are timed once more after a rollback; absent likewise. */
  readonly secondBaseline?: boolean;
}

/** How gates are decided, beside who may (`approvers`). */
export interface ApprovalRules {
  /** So many different people must approve; one reject is enough. */
  readonly quorum: Readonly<Record<Gate, number>>;
  /** False: the person in `startedBy` approves nothing, and a start must name one. */
  readonly starterMayApprove: boolean;
  /** `require`: a decision counts only when the identity that Temporal recorded matches its name. */
  readonly identity: 'record' | 'require';
}

/** What a run reads, changes and writes, told before anything happens (`readiness plan`, gate enable). */
export interface PlannedStep {
  readonly phase: string;
  readonly effect: 'read' | 'write-test-rows' | 'change-target' | 'write-evidence' | 'ask';
  readonly what: string;
}

/** The resolved plan of a run: everything that decides how it goes, without a single secret. */
export interface Plan {
  readonly environment: EnvironmentRef;
  readonly kind: 'lab' | 'staging';
  readonly input: RunInput;
  readonly runId: string;
  readonly workflowId: string;
  /** Eight hex digits in every name that the run makes. Recorded once: a reset run keeps it. */
  readonly tag: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** `A` … `E` of seed §2 and what it addresses, for people. */
  readonly method: { readonly letter: 'A' | 'B' | 'C' | 'D' | 'E'; readonly description: string };
  readonly soak: {
    readonly durationMs: number;
    readonly intervalMs: number;
    /** All teams are compared at every check whose number this divides, where that takes long; else at every check. Plans of versions whose soak did not do that have none. */
    readonly auditEvery?: number;
  };
  readonly samples: SampleSettings;
  readonly deadlines: Readonly<Record<Wait, number>>;
  readonly rollbackPatienceMs: number;
  readonly thresholds: Thresholds;
  readonly freshness: { readonly baselineMs: number; readonly proofsMs: number };
  /** Who may decide a gate; `*` = everybody. */
  readonly approvers: Readonly<Record<Gate, readonly string[]>>;
  readonly approval: ApprovalRules;
  readonly baselineFlags: Readonly<Record<FlagName, string>>;
  readonly steps: readonly PlannedStep[];
  /** Turned off in time-skipping tests of a lab only: time does not skip while the guardian watches. */
  readonly guardianWatch: boolean;
  /** SHA-256 over all of the above, hex. */
  readonly digest: string;
}

/** Where a run's evidence stands. */
export interface EvidenceFolder {
  /** `artifacts/p5_t6/20261123_1830`: the name that reports and trackers show. */
  readonly name: string;
  /** Where the worker writes it. */
  readonly path: string;
}
