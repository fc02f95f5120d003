import type { AuditInput, LogCursor } from '../activities/contract.js';
import type { Observation } from '../procedure/observations.js';
import { tellsNew } from '../procedure/row-audit.js';
import { SOAK_KEPT } from '../procedure/rules/soak-proof.js';

/** All teams are compared, as `input` says, at every check whose number `every` divides. */
export interface SoakAudit {
  readonly every: number;
  readonly input: AuditInput;
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
  /** The newest look at all teams that was due came to nothing, so the next check makes it. */
  readonly auditMissed?: boolean;
  /** The newest observations, and every one that was not good. */
  readonly kept: readonly Observation[];
}

const KEPT_BAD = 60;

/**
 * What the check of this number compares all teams with; `null` = it does not. A look that came to nothing is made again
 * once, at the next check: one that fails every time must not read the whole database at every check.
 */
export function auditDue(audit: SoakAudit | undefined, state: SoakState, number: number): AuditInput | null {
  if (audit === undefined) return null;
  const again = state.auditMissed === true && (number - 1) % audit.every === 0;
  return number % audit.every === 0 || again ? audit.input : null;
}

/** One more check that could not be made, or not in full. */
export function gap(state: SoakState): SoakState {
  const gapRun = state.gapRun + 1;
  return { ...state, gaps: state.gaps + 1, gapRun, longestGap: Math.max(state.longestGap, gapRun) };
}

function isBad(one: Observation): boolean {
  switch (one.kind) {
    case 'copy':
      return one.status !== 'copied';
    case 'serving-flags':
      return one.status === 'differs';
    case 'log':
      return one.status === 'failed' || one.counts.critical > 0;
    case 'database':
      return one.audit !== undefined && tellsNew(one.audit);
    default:
      return false;
  }
}

/** A check that could not be made is a gap, counted; it is no observation of the target. */
export function keep(known: readonly Observation[], fresh: readonly Observation[]): Observation[] {
  const seen = fresh.filter(
    (one) =>
      !('status' in one && (one.status === 'unknown' || one.status === 'unreadable')) &&
      !(one.kind === 'database' && one.orphanMappings === null),
  );
  const all = [...known, ...seen];
  return [...all.filter(isBad).slice(0, KEPT_BAD), ...all.filter((one) => !isBad(one)).slice(-SOAK_KEPT)];
}
