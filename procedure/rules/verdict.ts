import type { Finding } from '../findings.js';
import { FLOWS } from '../flows.js';
import { observationsOf, type Observation, type ReportObservation } from '../observations.js';
import { worstVerdict, type Verdict } from '../outcome.js';
import type { Plan } from '../plan.js';
import { missingAudit } from './audit-rules.js';
import { missingEffects, missingFields } from './effect-rules.js';
import { isCompared, ROWS_AGAIN, staleMeasurements } from './freshness.js';
import { missingLatency, missingLaterCopies } from './missing-latency.js';
import { missingSimulation } from './simulation-rules.js';
import { missingStrict } from './strict-pass.js';
import { missingSoak, saysNothing } from './soak-proof.js';

/** Numbers of the validation report without which it proves nothing (docs/target.md). */
const NEEDED_NUMBERS = ['legacy_teams', 'vnext_teams', 'mapped_teams', 'total_mappings', 'orphan_mappings'];

export interface VerdictInput {
  readonly observations: readonly Observation[];
  readonly findings: readonly Finding[];
  /** The performance test as it was planned. */
  readonly samples: Plan['samples'];
  /** How old a proof may be. */
  readonly freshness: Plan['freshness'];
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
    ...missingEffects(input.observations),
    ...missingFields(input.observations),
    ...missingCopies(input),
    ...lostLines(input.observations),
    ...missingLatency(input),
    ...missingStrict(input.observations),
    ...missingSimulation(input.observations),
    ...missingLaterCopies(input),
    ...missingState(input),
    ...missingAudit(input),
    ...staleMeasurements(input.observations, input.freshness),
    ...(input.stage === 'final' ? missingSoak(input.observations) : []),
  ];
}

/**
 * A line that is lost may be the one that told of a failure. Of a soak check it is a gap; of watching it is told, and the
 * rows of all teams are the witness.
 */
function lostLines(observations: readonly Observation[]): string[] {
  return observationsOf(observations, 'log')
    .filter(
      ({ side, write, lost }) => lost === true && side === 'after' && write !== 'soak' && write !== 'watch',
    )
    .map(({ id, reason }) => `Lines of the log were lost (${id}): ${reason ?? 'no reason known'}.`);
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
      // One that failed is `baseline-fault`.
      ...(before !== undefined && before.status !== 'ok' && before.status !== 'failed'
        ? [
            `Flow ${String(flow.number)} (${flow.title}) was ${before.status} with the flag off: ${before.reason ?? 'no reason known'}.`,
          ]
        : []),
      ...(after === undefined
        ? [`Flow ${String(flow.number)} (${flow.title}) was not tried with the flag on.`]
        : []),
      ...(after !== undefined && after.status !== 'ok'
        ? [
            `Flow ${String(flow.number)} (${flow.title}) was ${after.status} with the flag on: ${after.reason ?? 'no reason known'}.`,
          ]
        : []),
      ...[before, after].flatMap((one) =>
        one?.status === 'ok' && one.http === null && one.reason === null
          ? [`The answer of flow ${String(flow.number)} (${flow.title}, ${one.side}) is not recorded.`]
          : [],
      ),
      ...[before, after].flatMap((one) =>
        one?.unanswered === undefined || (one.side === 'after' && one.status !== 'ok')
          ? []
          : [
              `Flow ${String(flow.number)} (${flow.title}, ${one.side}) got no answer: ${one.reason ?? 'no reason known'}.`,
            ],
      ),
      ...(after?.status === 'ok' && (logs === undefined || saysNothing(logs))
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
  flowProblems.push(
    ...observationsOf(observations, 'copy')
      .filter((one) => one.id === ROWS_AGAIN && !isCompared(one))
      .map(
        ({ reason }) =>
          `The rows of every team could not be compared again when the proofs had aged: ${reason ?? 'nothing to compare'}.`,
      ),
  );
  const performance = copies.find((one) => one.write === 'performance');
  const log = observationsOf(observations, 'log').find(
    (one) => one.side === 'after' && one.write === 'performance',
  );
  if (log === undefined || log.status === 'unreadable' || saysNothing(log))
    flowProblems.push(`The log was not read for the performance test: ${log?.reason ?? 'no measurement'}.`);
  if (performance === undefined || performance.status === 'unknown' || performance.status === 'none') {
    return [
      ...flowProblems,
      `The teams of the performance test were not compared: ${performance?.reason ?? 'no measurement'}.`,
    ];
  }
  return performance.attempted < samples.measured
    ? [
        ...flowProblems,
        `Only ${String(performance.attempted)} of ${String(samples.measured)} teams of the performance test were compared.`,
      ]
    : flowProblems;
}

function missingState({ observations }: VerdictInput): string[] {
  const flags = observationsOf(observations, 'serving-flags').filter((one) => one.expected === 'enabled');
  const read = (id: string): boolean =>
    flags.some((one) => one.id === id && one.processes.length > 0 && one.status !== 'unknown');
  const last = [...flags].sort((left, right) => left.at.localeCompare(right.at)).at(-1);
  const reports = observationsOf(observations, 'report');
  const databases = observationsOf(observations, 'database');
  const counted = databases.filter(
    (one) =>
      one.orphanMappings !== null &&
      one.duplicateLegacyIds !== null &&
      one.connections !== null &&
      // A number of connections without what the server allows is no share of it.
      one.usableConnections !== null,
  );
  return [
    ...(read('enable-flags')
      ? []
      : ['The flags of the serving processes were not read after dual-write was turned on.']),
    ...(read('validation-flags')
      ? []
      : ['The flags of the serving processes were not read when the verdict was made.']),
    ...(last?.status === 'unknown'
      ? [`The flags of the serving processes could not be read: ${last.reason ?? 'no reason known'}.`]
      : []),
    ...(['baseline', 'after'] as const).flatMap((side) =>
      reports.some((one) => one.side === side && one.status === 'read' && hasNumbers(one))
        ? []
        : [
            `The validation report ${side === 'baseline' ? 'before' : 'after'} enabling is missing, unreadable or without its numbers${whyUnread(reports, side)}.`,
          ],
    ),
    ...reports
      .filter(({ recount }) => recount !== undefined && recount.compared === 0)
      .map(
        ({ side, recount }) =>
          `The numbers of the validation report ${side === 'baseline' ? 'before' : 'after'} enabling could not be counted again: ${recount?.reason ?? 'none of them stands on both sides'}.`,
      ),
    ...(['baseline-database', 'after-database'].every((id) => counted.some((one) => one.id === id))
      ? []
      : ['The checks of mappings and connections were not made both before and after enabling.']),
    ...databases
      .filter((one) => one.reason !== null && !counted.includes(one))
      .map((one) => `A check of the database failed: ${one.reason ?? ''}.`),
  ];
}

/** What is known of it, as the end of a sentence. */
function whyUnread(reports: readonly ReportObservation[], side: 'baseline' | 'after'): string {
  const reason = reports.findLast((one) => one.side === side)?.reason ?? null;
  return reason === null ? '' : `: ${reason.replace(/\.+$/, '')}`;
}

/** A report that was read but says nothing of teams and mappings is none. */
function hasNumbers({ numbers }: ReportObservation): boolean {
  return NEEDED_NUMBERS.every((name) => typeof numbers[name] === 'number');
}
