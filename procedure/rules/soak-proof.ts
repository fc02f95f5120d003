import { observationsOf, type Observation, type SoakObservation } from '../observations.js';

/** Good observations of a soak that a run keeps beside its counts: the newest six checks of four measurements. */
export const SOAK_KEPT = 24;
const MEASUREMENTS = ['flags', 'rows', 'database', 'log'] as const;
/** So many checks these are. */
const NEWEST = SOAK_KEPT / MEASUREMENTS.length;
const TOLERANCE_MS = 5 * 60_000;

/**
 * What a GO still needs of the soak (docs/soak.md): 5 % of it in gaps, or one gap of more than 3 intervals, is too
 * much; and the counts alone are no proof: the newest checks must be there with everything that each of them measured.
 */
export function missingSoak(observations: readonly Observation[]): string[] {
  const soak = observationsOf(observations, 'soak')[0];
  if (soak === undefined || soak.plannedMs <= 0) return ['There was no soak.'];
  const total = soak.checks + soak.gaps;
  const kept = observations.filter((one) => one.id.startsWith('soak-') && isMeasured(one));
  const from = newestProof(observations);
  const until = Date.parse(soak.at) + TOLERANCE_MS;
  // Of the newest checks alone: what is kept of older ones proves a finding, not that the soak went on.
  const since = Math.max(0, total - soak.gaps - NEWEST);
  const inTime = kept.filter(
    (one) => numberOf(one) > since && Date.parse(one.at) >= from && Date.parse(one.at) <= until,
  );
  const wanted = Math.min(SOAK_KEPT, MEASUREMENTS.length * soak.checks);
  const newest = String(total).padStart(4, '0');
  const last = MEASUREMENTS.filter((name) => !inTime.some((one) => one.id === `soak-${newest}-${name}`));
  return [
    ...(soak.elapsedMs < soak.plannedMs ? ['The soak was shorter than planned.'] : []),
    ...(soak.checks === 0 ? ['The soak made no check.'] : []),
    ...(soak.longestGapIntervals > 3
      ? [`For ${String(soak.longestGapIntervals)} intervals in a row the soak could not look.`]
      : []),
    ...(soak.gaps > 0 && soak.gaps / Math.max(1, total) > 0.05
      ? [`${String(soak.gaps)} of ${String(total)} soak checks could not be made.`]
      : []),
    ...(inTime.length < wanted
      ? [
          `Of the newest soak checks only ${String(inTime.length)} of ${String(wanted)} measurements are there, whole and of the soak's own time.`,
        ]
      : []),
    ...missingLastAudit(observations, soak),
    // A last check that was a gap is counted above.
    ...(last.length > 0 && soak.gaps === 0 && soak.checks > 0
      ? [`The last soak check lacks: ${last.join(', ')}.`]
      : []),
  ];
}

/** A soak ends with a look at all teams, however short it is; one of an older version did not. */
function missingLastAudit(observations: readonly Observation[], soak: SoakObservation): string[] {
  if (soak.lastAudit === undefined) return [];
  const last = observationsOf(observations, 'database').find(({ id }) => id === soak.lastAudit);
  const { audit } = last ?? {};
  const what = 'All teams were not compared at the end of the soak';
  if (last === undefined || audit === undefined) return [`${what}.`];
  if (audit.status !== 'complete') return [`${what}: ${audit.reason ?? 'no reason known'}.`];
  if (audit.mappings === 0 || audit.newTeams === 0)
    return ['The look at all teams at the end of the soak found no mapped team at all.'];
  if (audit.legacyWrites === null)
    return ['Whether something else writes the legacy tables was not looked at at the end of the soak.'];
  // Beside the checks, whose times are of the same clock: an old look says nothing of the soak's end.
  const checks = observations.filter((one) => numberOf(one) > 0).map(({ at }) => Date.parse(at));
  const at = Date.parse(last.at);
  return at >= Math.max(...checks) - TOLERANCE_MS && at <= Date.parse(soak.at) + TOLERANCE_MS
    ? []
    : [`${what}: ${last.id} is of ${last.at}.`];
}

/** The soak begins when the proofs of the verdict are complete. */
function newestProof(observations: readonly Observation[]): number {
  const report = observationsOf(observations, 'report').find((one) => one.side === 'after');
  return report === undefined ? 0 : Date.parse(report.at) - TOLERANCE_MS;
}

/** Which check an observation belongs to (`soak-0012-rows`); 0 = none. */
function numberOf({ id }: Observation): number {
  return Number(/^soak-(\d+)-/.exec(id)?.[1] ?? 0);
}

/** An observation without content is no measurement, whatever its status says. */
function isMeasured(one: Observation): boolean {
  switch (one.kind) {
    case 'copy':
      return one.attempted > 0 && one.status !== 'unknown' && one.status !== 'none';
    case 'serving-flags':
      return one.processes.length > 0 && one.status !== 'unknown';
    case 'database':
      return (
        one.orphanMappings !== null &&
        one.duplicateLegacyIds !== null &&
        one.connections !== null &&
        one.usableConnections !== null
      );
    case 'log':
      return one.status !== 'unreadable' && one.lost !== true && !saysNothing(one);
    default:
      return true;
  }
}

/** `seen` with nothing seen contradicts itself. */
export function saysNothing(log: Extract<Observation, { kind: 'log' }>): boolean {
  const { scheduled, completed, failed, critical } = log.counts;
  return log.status === 'seen' && scheduled + completed + failed + critical === 0;
}
