import { MEASURED_OPERATIONS, type MeasuredOperation } from './latency/operations.js';
import { ratioBounds } from './latency/quantile-interval.js';
import { observationsOf, type CopyObservation, type Observation } from './observations.js';
import { describeCounts, type ClassCounts, type RowAudit } from './row-audit.js';
import { LATER_COPIES } from './rules/missing-latency.js';
import type { Judged } from './evaluation.js';

/** One line of a comparison: the same thing in both runs; `null` = this run does not have it. */
export interface ComparedValue {
  readonly what: string;
  readonly first: string | null;
  readonly second: string | null;
  /** What the difference is worth, where that can be said. */
  readonly note: string | null;
}

/** Two runs beside each other. Everything that is the same is left out, except the verdicts and the latency. */
export interface Comparison {
  readonly verdicts: ComparedValue;
  /** How they were planned: different plans explain different results. */
  readonly plan: readonly ComparedValue[];
  /** Findings that only one has, or that weigh differently. */
  readonly findings: readonly ComparedValue[];
  /** Flows that went differently, copies and counts. */
  readonly results: readonly ComparedValue[];
  readonly latency: readonly ComparedValue[];
}

/** Compares two records, the first as the older one. Pure. */
export function compareRecords(first: Judged, second: Judged): Comparison {
  return {
    verdicts: { what: 'verdict', first: first.verdict, second: second.verdict, note: null },
    plan: different(planOf(first), planOf(second)),
    findings: different(findingsOf(first), findingsOf(second)),
    results: different(resultsOf(first.observations), resultsOf(second.observations)),
    latency: MEASURED_OPERATIONS.flatMap((kind) =>
      (['baseline', 'after'] as const).map((side) => latencyOf(kind, side, [first, second])),
    ).filter((one) => one.first !== null || one.second !== null || one.what.startsWith('team create')),
  };
}

type Facts = ReadonlyMap<string, string>;

function different(first: Facts, second: Facts): ComparedValue[] {
  return [...new Set([...first.keys(), ...second.keys()])]
    .filter((what) => first.get(what) !== second.get(what))
    .map((what) => ({ what, first: first.get(what) ?? null, second: second.get(what) ?? null, note: null }));
}

/** Every limit and size that decides, by its path; what is of one run alone (ids, times, names) says nothing here. */
function planOf({ plan }: Judged): Facts {
  const { samples, thresholds, freshness, soak, environment, kind, method } = plan as Partial<Judged['plan']>;
  return new Map(leaves({ environment, kind, method, samples, soak, thresholds, freshness }, ''));
}

function leaves(value: unknown, path: string): [string, string][] {
  if (typeof value !== 'object' || value === null)
    return value === undefined ? [] : [[path, JSON.stringify(value)]];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, path === '' ? key : `${path}.${key}`));
}

function findingsOf({ findings }: Judged): Facts {
  return new Map(findings.map((one) => [one.rule, `${one.severity}, ${one.action}`]));
}

/** How each measurement ended; of a soak only its checks and what the look at all teams found at its end. */
function resultsOf(observations: readonly Observation[]): Facts {
  const copies = observationsOf(observations, 'copy').filter(
    (one) => one.side === 'after' && one.write !== 'soak',
  );
  const reports = observationsOf(observations, 'report').filter((one) => one.side === 'after');
  return new Map<string, string>([
    ...observationsOf(observations, 'flow').map(({ side, flow, status, http }): [string, string] => [
      `flow ${String(flow)}, ${side}`,
      http === null ? status : `${status} (${String(http)})`,
    ]),
    ...copies.map((one): [string, string] => [
      nameOfCopies(one),
      one.attempted === one.copied
        ? one.status
        : `${one.status}, ${String(one.copied)} of ${String(one.attempted)}`,
    ]),
    ...databasesOf(observations),
    ...reports.map((one): [string, string] => ['validation report, after', one.status]),
    ...observationsOf(observations, 'queries').flatMap(({ side, operations }) =>
      operations.map(({ operation, request }): [string, string] => [
        `queries of ${operation}, ${side}`,
        String(request),
      ]),
    ),
    ...observationsOf(observations, 'soak').flatMap(({ checks, gaps, longestGapIntervals }) =>
      leaves({ soak: { checks, gaps, longestGapIntervals } }, ''),
    ),
  ]);
}

/** The creates of the performance test and its other writes are two measurements of the same kind. */
function nameOfCopies({ id, write }: CopyObservation): string {
  if (typeof write === 'number') return `copies, flow ${String(write)}`;
  return id === LATER_COPIES ? 'copies, other writes of the performance test' : `copies, ${write}`;
}

/** Our own counts, and what all teams beside each other had that was not so at the baseline. */
function databasesOf(observations: readonly Observation[]): [string, string][] {
  const databases = observationsOf(observations, 'database');
  const atEnd = observationsOf(observations, 'soak')[0]?.lastAudit ?? null;
  const told = [
    { name: 'baseline', one: databases.find(({ id }) => id === 'baseline-database') },
    { name: 'after', one: databases.find(({ id }) => id === 'after-database') },
    { name: 'end of soak', one: databases.find(({ id }) => id === atEnd) },
  ];
  return told.flatMap(({ name, one }) => {
    if (one === undefined) return [];
    const { audit } = one;
    const found = name === 'baseline' ? audit?.differences : audit?.fresh;
    return [
      ...leaves({ orphanMappings: one.orphanMappings, duplicates: one.duplicateLegacyIds }, name),
      ...(audit === undefined
        ? []
        : [[`all teams, ${name}`, auditText(audit, found ?? {})] as [string, string]]),
    ];
  });
}

function auditText({ status, legacyWrites }: RowAudit, counts: ClassCounts): string {
  if (status !== 'complete') return status;
  const differences = describeCounts(counts) || 'no difference';
  const others = legacyWrites === null ? 0 : legacyWrites.teams + legacyWrites.memberships;
  return others === 0
    ? differences
    : `${differences}; ${String(others)} legacy rows that no mapping accounts for`;
}

function latencyOf(
  { operation, title }: MeasuredOperation,
  side: 'baseline' | 'after',
  [first, second]: readonly [Judged, Judged],
): ComparedValue {
  const [one, other] = [first, second].map(({ observations }) =>
    observationsOf(observations, 'latency').find(
      (candidate) => candidate.side === side && candidate.operation === operation,
    ),
  );
  const told = (latency: typeof one): string | null => {
    if (latency?.p95Ms == null) return null;
    const interval = latency.p95IntervalMs;
    const range = interval == null ? 'no interval' : `${String(interval[0])} to ${String(interval[1])}`;
    return `p95 ${String(latency.p95Ms)} ms (${range}; ${String(latency.samples)} samples)`;
  };
  const bounds = ratioBounds(other?.p95IntervalMs, one?.p95IntervalMs);
  return {
    what: `${title.toLowerCase()}, flag ${side === 'baseline' ? 'off' : 'on'}`,
    first: told(one),
    second: told(other),
    note: told(one) === null || told(other) === null ? null : changeOf(bounds),
  };
}

function changeOf(bounds: readonly [number, number] | null): string {
  if (bounds === null) return 'too few samples to tell';
  const range = `${bounds[0].toFixed(1)} to ${bounds[1].toFixed(1)} times`;
  if (bounds[0] > 1) return `slower: ${range}`;
  return bounds[1] < 1 ? `faster: ${range}` : `no proven difference: ${range}`;
}
