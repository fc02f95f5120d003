import {
  observationsOf,
  type LogObservation,
  type Observation,
  type ReportObservation,
} from '../../procedure/observations.js';

/** Who can tell that something is wrong. */
export const WITNESSES = ['response', 'log', 'report', 'rows', 'metrics'] as const;
export type Witness = (typeof WITNESSES)[number];

/** Which witnesses show something wrong in these observations, each looked at alone. Pure. */
export function witnessesOf(observations: readonly Observation[]): Witness[] {
  const sees: Record<Witness, (all: readonly Observation[]) => boolean> = {
    response: byResponse,
    log: byLog,
    report: byReport,
    rows: byRows,
    metrics: byMetrics,
  };
  return WITNESSES.filter((witness) => sees[witness](observations));
}

/** An answer that is not as it should be; one that says done while the rows are not so looks fine. */
function byResponse(all: readonly Observation[]): boolean {
  return observationsOf(all, 'flow').some(
    (one) =>
      one.status === 'throttled' ||
      (one.status === 'failed' && (one.effect === undefined || (one.http ?? 0) >= 300)),
  );
}

/** A failure, a critical line, or silence after a write. */
function byLog(all: readonly Observation[]): boolean {
  const written = (write: LogObservation['write']): boolean =>
    observationsOf(all, 'copy').some(
      (one) => one.write === 'performance' && one.write === write && one.attempted > 0,
    ) ||
    observationsOf(all, 'flow').some(
      (one) => one.side === 'after' && one.flow === write && one.status === 'ok',
    );
  return observationsOf(all, 'log').some(
    (one) =>
      one.side === 'after' &&
      (one.status === 'failed' || one.counts.critical > 0 || (one.status === 'silent' && written(one.write))),
  );
}

/** Its own faults went up, or what was created since is not mapped. */
function byReport(all: readonly Observation[]): boolean {
  const reports = observationsOf(all, 'report');
  const before = reports.find((one) => one.side === 'baseline');
  const after = reports.find((one) => one.side === 'after');
  if (before === undefined || after === undefined) return false;
  const rise = (name: string): number => numberOf(after, name) - numberOf(before, name);
  return (
    ['orphan_mappings', 'duplicate_legacy', 'duplicate_vnext', 'member_mismatches'].some(
      (name) => rise(name) > 0,
    ) || rise('total_mappings') < createdBetween(all)
  );
}

/** Teams that the run created with dual-write on. */
function createdBetween(all: readonly Observation[]): number {
  const copies = observationsOf(all, 'copy').filter(
    (one) => one.side === 'after' && (one.write === 1 || one.write === 'performance'),
  );
  return copies.reduce((sum, one) => sum + one.attempted, 0);
}

function numberOf(report: ReportObservation, name: string): number {
  return report.numbers[name] ?? 0;
}

/** The rows side by side and beside what was asked for, and our own counts beside the report's. */
function byRows(all: readonly Observation[]): boolean {
  const [first, ...later] = observationsOf(all, 'database').filter((one) => one.orphanMappings !== null);
  return (
    observationsOf(all, 'flow').some((one) => one.effect === 'not-as-asked') ||
    observationsOf(all, 'latency').some((one) => (one.withoutEffect ?? 0) > 0) ||
    observationsOf(all, 'copy').some((one) => one.status === 'missing' || one.status === 'wrong') ||
    later.some(
      (one) =>
        (one.orphanMappings ?? 0) > (first?.orphanMappings ?? 0) ||
        (one.duplicateLegacyIds ?? 0) > (first?.duplicateLegacyIds ?? 0),
    ) ||
    observationsOf(all, 'report').some((one) => (one.recount?.disagreements.length ?? 0) > 0)
  );
}

/** Latency, connections, restarts, the flags of the serving processes. */
function byMetrics(all: readonly Observation[]): boolean {
  const latency = observationsOf(all, 'latency');
  // The middle one: of half a dozen samples on a busy machine one or two are slow by themselves.
  const median = latency.find((one) => one.side === 'after' && one.operation === 'team_create')?.p50Ms ?? 0;
  return (
    median > 300 ||
    observationsOf(all, 'database').some(
      (one) => (one.connections ?? 0) > 0.8 * (one.usableConnections ?? Infinity),
    ) ||
    observationsOf(all, 'rollout').some((one) => one.change === 'enable' && one.status === 'failed') ||
    observationsOf(all, 'restarts').some((one) => one.count > 0) ||
    observationsOf(all, 'serving-flags').some((one) => one.status === 'differs')
  );
}
