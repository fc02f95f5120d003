import type { NotCompared, RowDifference } from './observations.js';

/** Differences by class; a class that is not named was not met. */
export type ClassCounts = Readonly<Partial<Record<RowDifference['class'], number>>>;

/** Where the legacy tables ended at the baseline: what is newer was written during the run's window. */
export interface LegacyMarks {
  /** The database's clock, ISO 8601. */
  readonly at: string;
  /** Highest ids; 0 = an empty table. */
  readonly teamId: number;
  readonly membershipId: number;
}

/** Legacy rows that were written in the run's window although no mapping, and hence no dual-write, accounts for them. */
export interface LegacyWrites {
  readonly teams: number;
  readonly memberships: number;
  /** Up to ten, in words. */
  readonly examples: readonly string[];
  /** Writes that nobody could see with these tables, in words. */
  readonly unseen: readonly string[];
}

/** How long after the team its mapping appeared, of teams made with the flag on, milliseconds by the target's own clocks. */
export interface CopyLag {
  readonly measured: number;
  /** Later than the lag budget. */
  readonly late: number;
  readonly maxMs: number | null;
}

/** All teams of both models beside each other, whoever made them (docs/target.md, "All teams"). */
export interface RowAudit {
  /** `unknown`: not all of it could be read, or not be compared with the baseline; see `reason`. */
  readonly status: 'complete' | 'unknown';
  readonly reason: string | null;
  readonly notCompared?: NotCompared;
  /** How much was looked at. */
  readonly mappings: number;
  readonly newTeams: number;
  /** Every difference; the key of each stands in `file`. */
  readonly differences: ClassCounts;
  /** Those of teams that this run did not make, not there at the baseline, the same in two reads a lag budget apart. */
  readonly fresh: ClassCounts;
  /** Differences of the run's own teams: judged write by write (`copy`), not here. */
  readonly ofThisRun: number;
  /** New teams without a copy that were made before the flag was on: nobody was to copy them. */
  readonly madeWithFlagOff: number;
  /** Up to ten of `fresh`. */
  readonly examples: readonly RowDifference[];
  readonly lag: CopyLag | null;
  readonly legacyWrites: LegacyWrites | null;
  readonly marks: LegacyMarks | null;
  readonly ms: number;
  /** File of the evidence with one JSON line a difference. */
  readonly file: string;
}

/** Classes that have a rule of their own (`duplicates-appeared`), or one over the counts of the same observation. */
const JUDGED_ELSEWHERE: readonly RowDifference['class'][] = ['orphan-mapping', 'duplicate'];

/** How many differences the rules about the audit look at. */
export function judgedCount(counts: ClassCounts): number {
  return Object.entries(counts).reduce(
    (sum, [kind, count]) => (JUDGED_ELSEWHERE.includes(kind as RowDifference['class']) ? sum : sum + count),
    0,
  );
}

/** Whether there is something in it that the rules judge and that was not there at the baseline. */
export function tellsNew({ status, fresh, legacyWrites }: RowAudit): boolean {
  const writes = legacyWrites === null ? 0 : legacyWrites.teams + legacyWrites.memberships;
  return status === 'complete' && judgedCount(fresh) + (fresh.duplicate ?? 0) + writes > 0;
}

/** `wrong-role 2, missing-in-legacy 1`: the most first. */
export function describeCounts(counts: ClassCounts): string {
  return Object.entries(counts)
    .sort(([left, a], [right, b]) => b - a || left.localeCompare(right))
    .map(([kind, count]) => `${kind} ${String(count)}`)
    .join(', ');
}
