import type { Finding } from '../findings.js';
import { FLOWS } from '../flows.js';
import { observationsOf, type Observation } from '../observations.js';
import { worstVerdict, type Verdict } from '../outcome.js';

export interface VerdictInput {
  readonly observations: readonly Observation[];
  readonly findings: readonly Finding[];
  /** Samples a side that the plan asked for. */
  readonly samples: number;
  /** `validation` = before the soak; `final` = the soak counts too. */
  readonly stage: 'validation' | 'final';
}

export interface VerdictOutput {
  readonly verdict: Verdict;
  /** Why it is not GO, or the one sentence that says why it is. */
  readonly reasons: readonly string[];
}

/**
 * GO needs every measurement of the procedure to be there and good; one that is missing, short or empty is
 * INCONCLUSIVE. A finding can only make it worse.
 */
export function verdictOf(input: VerdictInput): VerdictOutput {
  const missing = missingMeasurements(input);
  const bad = input.findings.filter((finding) => finding.verdict !== null);
  const verdict = worstVerdict([
    'GO',
    ...bad.map((finding): Verdict => finding.verdict ?? 'GO'),
    ...missing.map((): Verdict => 'INCONCLUSIVE'),
  ]);
  const reasons = [...bad.map((finding) => `${finding.symptom}: ${finding.because}`), ...missing];
  return {
    verdict,
    reasons:
      reasons.length > 0
        ? reasons
        : [
            'Every write that this run made with dual-write on was copied rightly, and every measurement is there.',
          ],
  };
}

/** Everything that GO needs and that is not there, in words. */
export function missingMeasurements(input: VerdictInput): string[] {
  return [
    ...missingFlows(input),
    ...missingCopies(input),
    ...missingLatency(input),
    ...missingState(input),
    ...missingSoak(input),
  ];
}

function missingFlows({ observations }: VerdictInput): string[] {
  const flows = observationsOf(observations, 'flow');
  return FLOWS.flatMap((flow) => {
    const after = flows.find((one) => one.side === 'after' && one.flow === flow.number);
    const logs = observationsOf(observations, 'log').find(
      (one) => one.side === 'after' && one.write === flow.number,
    );
    const before = flows.find((one) => one.side === 'baseline' && one.flow === flow.number);
    return [
      ...(before === undefined
        ? [`Flow ${String(flow.number)} (${flow.title}) was not tried with the flag off.`]
        : []),
      ...(after === undefined
        ? [`Flow ${String(flow.number)} (${flow.title}) was not tried with the flag on.`]
        : []),
      ...(after !== undefined && after.status !== 'ok'
        ? [
            `Flow ${String(flow.number)} (${flow.title}) was ${after.status} with the flag on: ${after.reason ?? 'no reason known'}.`,
          ]
        : []),
      ...(after?.status === 'ok' && logs === undefined
        ? [`The log was not read for flow ${String(flow.number)}.`]
        : []),
      ...(logs?.status === 'unreadable'
        ? [`The log could not be read for flow ${String(flow.number)}: ${logs.reason ?? 'no reason known'}.`]
        : []),
    ];
  });
}

function missingCopies({ observations, samples }: VerdictInput): string[] {
  const copies = observationsOf(observations, 'copy').filter((one) => one.side === 'after');
  const flowProblems = FLOWS.flatMap((flow) => {
    const copy = copies.find((one) => one.write === flow.number);
    if (copy === undefined) return [`The rows of flow ${String(flow.number)} were not compared.`];
    return copy.status === 'unknown' || copy.status === 'none' || copy.attempted === 0
      ? [
          `The rows of flow ${String(flow.number)} could not be compared: ${copy.reason ?? 'nothing to compare'}.`,
        ]
      : [];
  });
  const performance = copies.find((one) => one.write === 'performance');
  if (performance === undefined || performance.status === 'unknown' || performance.status === 'none') {
    return [
      ...flowProblems,
      `The teams of the performance test were not compared: ${performance?.reason ?? 'no measurement'}.`,
    ];
  }
  return performance.attempted < samples
    ? [
        ...flowProblems,
        `Only ${String(performance.attempted)} of ${String(samples)} teams of the performance test were compared.`,
      ]
    : flowProblems;
}

function missingLatency({ observations, samples }: VerdictInput): string[] {
  const all = observationsOf(observations, 'latency');
  return (['baseline', 'after'] as const).flatMap((side) => {
    const one = all.find((candidate) => candidate.side === side);
    const name = side === 'baseline' ? 'off' : 'on';
    if (one === undefined || one.p95Ms === null) return [`Latency was not measured with the flag ${name}.`];
    return one.samples < samples
      ? [`Only ${String(one.samples)} of ${String(samples)} latency samples with the flag ${name}.`]
      : [];
  });
}

function missingState({ observations }: VerdictInput): string[] {
  const flags = observationsOf(observations, 'serving-flags').filter((one) => one.expected === 'enabled');
  const last = [...flags].sort((left, right) => left.at.localeCompare(right.at)).at(-1);
  const reports = observationsOf(observations, 'report');
  const databases = observationsOf(observations, 'database');
  const counted = databases.filter(
    (one) => one.orphanMappings !== null && one.duplicateLegacyIds !== null && one.connections !== null,
  );
  return [
    ...(last === undefined || last.processes.length === 0
      ? ['The flags of the serving processes were not read while dual-write was on.']
      : []),
    ...(last?.status === 'unknown'
      ? [`The flags of the serving processes could not be read: ${last.reason ?? 'no reason known'}.`]
      : []),
    ...(['baseline', 'after'] as const).flatMap((side) =>
      reports.some((one) => one.side === side && one.status === 'read')
        ? []
        : [
            `The validation report ${side === 'baseline' ? 'before' : 'after'} enabling is missing or unreadable.`,
          ],
    ),
    ...(counted.length < 2
      ? ['The checks of mappings and connections were not made both before and after enabling.']
      : []),
    ...databases
      .filter((one) => one.reason !== null && !counted.includes(one))
      .map((one) => `A check of the database failed: ${one.reason ?? ''}.`),
  ];
}

/** 5 % of a soak in gaps, or one gap of more than 3 intervals, is too much (docs/soak.md). */
function missingSoak({ observations, stage }: VerdictInput): string[] {
  if (stage === 'validation') return [];
  const soak = observationsOf(observations, 'soak')[0];
  if (soak === undefined || soak.plannedMs <= 0) return ['There was no soak.'];
  return [
    ...(soak.elapsedMs < soak.plannedMs ? ['The soak was shorter than planned.'] : []),
    ...(soak.checks === 0 ? ['The soak made no check.'] : []),
    ...(soak.longestGapIntervals > 3
      ? [`For ${String(soak.longestGapIntervals)} intervals in a row the soak could not look.`]
      : []),
    ...(soak.gaps > 0 && soak.gaps / Math.max(1, soak.checks + soak.gaps) > 0.05
      ? [`${String(soak.gaps)} of ${String(soak.checks + soak.gaps)} soak checks could not be made.`]
      : []),
  ];
}
