import type { AuditInput, LogCursor } from '../activities/contract.js';
import { observationsOf, type Observation } from '../procedure/observations.js';
import type { Plan, Thresholds } from '../procedure/plan.js';
import type { RowAudit } from '../procedure/row-audit.js';
import { orphanProofs } from '../procedure/rules/mapping-rules.js';
import { SOAK_KEPT } from '../procedure/rules/soak-proof.js';
import { findingsOf } from '../procedure/rules/table.js';

/** All teams are compared, as `input` says, at every check whose number `every` divides. */
export interface SoakAudit {
  readonly every: number;
  readonly input: AuditInput;
}

/** A look at all teams that takes no more of an interval than this is made at every check. */
const QUICK = 1 / 20;

/**
 * Every how many checks all teams are compared; `undefined` = never, in plans of earlier versions. What the plan says is
 * for databases where that takes long: where the same look at the baseline was quick, no check goes without it, so that
 * teams which others make or change meanwhile are seen as soon as the run's own.
 */
export function auditEvery(
  { auditEvery: planned, intervalMs }: Plan['soak'],
  baseline: Pick<RowAudit, 'status' | 'ms'> | undefined,
): number | undefined {
  if (planned === undefined) return undefined;
  return baseline?.status === 'complete' && baseline.ms <= intervalMs * QUICK ? 1 : planned;
}

/** Carried over when the soak continues as new: bounded, whatever its length. */
export interface SoakState {
  readonly startedAt: number;
  readonly number: number;
  readonly checks: number;
  readonly gaps: number;
  readonly gapRun: number;
  readonly longestGap: number;
  readonly cursor: LogCursor;
  /** Until then the newest check may have been at work, milliseconds since 1970. A soak of an earlier version has none. */
  readonly busyUntil?: number;
  /** The newest look at all teams that was due came to nothing, so the next check makes it. */
  readonly auditMissed?: boolean;
  /** The newest check compared all teams to the end. */
  readonly audited?: boolean;
  /** The newest observations, those that were not good, and the largest counts of orphans. */
  readonly kept: readonly Observation[];
}

/** Of the observations that were not good so many are kept from the beginning, and so many of the newest. */
const KEPT_BAD = 30;

/**
 * What the check of this number compares all teams with; `null` = it does not. A look that came to nothing is made again
 * once, at the next check: one that fails every time must not read the whole database at every check.
 */
export function auditDue(audit: SoakAudit | undefined, state: SoakState, number: number): AuditInput | null {
  if (audit === undefined) return null;
  const again = state.auditMissed === true && (number - 1) % audit.every === 0;
  return number % audit.every === 0 || again ? audit.input : null;
}

/** A check ends within this time, however it ends: no step of it may take longer (`reading`). */
export const LONGEST_CHECK_MS = 6 * 60_000;
/** A worker that is replaced takes that long; nothing is unseen because of that. */
const REPLACED_MS = 60_000;

/** When the check of the next number is due: on time, or at the end of the soak. */
export function dueOf(state: SoakState, { end, intervalMs }: { end: number; intervalMs: number }): number {
  return Math.min(end, state.startedAt + (state.number + 1) * intervalMs);
}

/**
 * Checks that were due while nobody was there are gaps. Made afterwards, all at once, they would see one moment and count for
 * hours. `now` = when the next check begins.
 */
export function countUnseen(
  state: SoakState,
  { now, end, intervalMs }: { readonly now: number; readonly end: number; readonly intervalMs: number },
): SoakState {
  const from = Math.max(dueOf(state, { end, intervalMs }), state.busyUntil ?? 0);
  const missed = Math.floor((Math.min(now, end) - from) / intervalMs);
  if (now - from < REPLACED_MS || missed < 1) return state;
  const gapRun = state.gapRun + missed;
  return {
    ...state,
    ...{ number: state.number + missed, gaps: state.gaps + missed },
    ...{ gapRun, longestGap: Math.max(state.longestGap, gapRun) },
  };
}

/** One more check that could not be made, or not in full. */
export function gap(state: SoakState): SoakState {
  const gapRun = state.gapRun + 1;
  return { ...state, gaps: state.gaps + 1, gapRun, longestGap: Math.max(state.longestGap, gapRun) };
}

/** It tells of something by itself: a rule that does not stop the soak, or is in shadow, has its proof at the end too. */
function isBad(one: Observation, thresholds: Thresholds): boolean {
  switch (one.kind) {
    case 'copy':
      return one.status !== 'copied';
    case 'serving-flags':
      return one.status === 'differs';
    case 'log':
      return one.status === 'failed' || one.counts.critical > 0;
    case 'database':
      return findingsOf({ observations: [one], thresholds }).some(({ verdict }) => verdict !== null);
    default:
      return false;
  }
}

/** A check that could not be made is a gap, counted; it is no observation of the target. Bounded, and forgets no proof. */
export function keep(
  known: readonly Observation[],
  fresh: readonly Observation[],
  thresholds: Thresholds,
): Observation[] {
  const seen = fresh.filter(
    (one) =>
      !('status' in one && (one.status === 'unknown' || one.status === 'unreadable')) &&
      !(one.kind === 'database' && one.orphanMappings === null),
  );
  const all = [...known, ...seen];
  const orphans = new Set<Observation>(
    orphanProofs(observationsOf(all, 'database'), thresholds.orphanChecks),
  );
  const bad = all.filter((one) => isBad(one, thresholds));
  const newest = all.filter((one) => !bad.includes(one)).slice(-SOAK_KEPT);
  const kept = new Set([...bad.slice(0, KEPT_BAD), ...bad.slice(-KEPT_BAD), ...orphans, ...newest]);
  return all.filter((one) => kept.has(one));
}
