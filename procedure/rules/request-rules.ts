import { tellsStrict } from '../critical-lines.js';
import { measuredOperation } from '../latency/operations.js';
import { observationsOf, type FlowObservation, type LatencyObservation } from '../observations.js';
import { ADVICE } from './advice.js';
import { together, type Rule, type RuleView } from './rule.js';
import { criticalLines } from './state-rules.js';

/** Flows that were good with the flag off and are like this with it on. */
function changedFlows(view: RuleView, broken: (one: FlowObservation) => boolean): FlowObservation[] {
  const flows = observationsOf(view.observations, 'flow');
  return flows.filter(
    (one) =>
      one.side === 'after' &&
      broken(one) &&
      flows.some(
        (before) => before.side === 'baseline' && before.flow === one.flow && before.status === 'ok',
      ),
  );
}

interface Changed {
  readonly before: LatencyObservation;
  readonly after: LatencyObservation;
  readonly count: number;
}

/** Timed writes of which some go wrong in this way with the flag on, and none did with it off. */
function changedWrites(view: RuleView, wrong: (one: LatencyObservation) => number): Changed[] {
  const all = observationsOf(view.observations, 'latency');
  return all.flatMap((after) => {
    const before = all.find((one) => one.side === 'baseline' && one.operation === after.operation);
    const count = wrong(after);
    // A baseline without a single success says nothing of what was fine.
    if (after.side !== 'after' || count === 0 || before === undefined || before.samples === 0) return [];
    return wrong(before) === 0 ? [{ before, after, count }] : [];
  });
}

const serverErrors = (one: LatencyObservation): number => one.serverErrors ?? 0;

/** Rules about how requests are answered. */
export const REQUEST_RULES: readonly Rule[] = [
  {
    id: 'strict-mode-fails-requests',
    symptom: 'vNext requests failing (strict mode ON)',
    source: 'seed §7',
    severity: 'CRITICAL',
    action: 'disable',
    urgency: 'Emergency',
    verdict: 'NO_GO',
    advice: ADVICE.highFailureRate,
    matches: (view) => {
      const lines = criticalLines(view, tellsStrict);
      const flows = observationsOf(view.observations, 'flow').filter(
        (one) => one.side === 'strict' && one.status === 'failed' && (one.http ?? 0) >= 500,
      );
      if (lines.length + flows.length === 0) return null;
      return {
        because: [
          ...lines
            .slice(0, 1)
            .map(
              (one) =>
                `The log holds the strict-mode line: a failing copy made a request fail (${one.text}).`,
            ),
          ...flows.map(
            (one) =>
              `Flow ${String(one.flow)} answers ${String(one.http)} in strict mode (${one.reason ?? 'no reason given'}).`,
          ),
        ].join(' '),
        proof: [...lines, ...flows].map((one) => one.id),
      };
    },
  },
  {
    id: 'broken-by-dual-write',
    symptom: 'A request that was fine before enabling answers with a server error now (strict mode OFF)',
    source: 'own',
    severity: 'CRITICAL',
    action: 'disable',
    urgency: 'Emergency',
    verdict: 'NO_GO',
    advice: ADVICE.highFailureRate,
    matches: (view) =>
      together([
        ...changedFlows(view, (one) => one.status === 'failed' && (one.http ?? 0) >= 500).map((one) => ({
          because: `Flow ${String(one.flow)} worked with the flag off and answers ${String(one.http)} with it on (${one.reason ?? 'no reason given'}).`,
          proof: [one.id],
        })),
        ...changedWrites(view, serverErrors).map(({ before, after, count }) => ({
          because: `${measuredOperation(after.operation).title}: ${String(count)} of ${String(after.samples + after.failures)} timed requests answer with HTTP 5xx with the flag on, none of ${String(before.samples + before.failures)} did with it off.`,
          proof: [before.id, after.id],
        })),
      ]),
  },
  {
    id: 'unanswered-with-dual-write',
    symptom: 'Requests that were answered before enabling get no answer within the time limit now',
    source: 'own',
    severity: 'HIGH',
    action: 'ask',
    urgency: 'High',
    verdict: 'INCONCLUSIVE',
    advice: ADVICE.highFailureRate,
    // People are asked, as what lies between us and the target can be silent too; a 5xx is the target's own word.
    matches: (view) =>
      together([
        ...changedFlows(view, (one) => one.unanswered === 'time-limit').map((one) => ({
          because: `Flow ${String(one.flow)} was answered with the flag off and is not with it on (${one.reason ?? 'no reason given'}).`,
          proof: [one.id],
        })),
        ...changedWrites(view, ({ unanswered }) => unanswered ?? 0).map(({ before, after, count }) => ({
          because: `${measuredOperation(after.operation).title}: ${String(count)} of ${String(after.samples + after.failures)} timed requests got no answer with the flag on, each of ${String(before.samples + before.failures)} was answered in time with it off.`,
          proof: [before.id, after.id],
        })),
      ]),
  },
  {
    id: 'baseline-fault',
    symptom: 'A flow was broken before dual-write was enabled',
    source: 'own',
    severity: 'LOW',
    action: 'continue',
    urgency: 'Normal',
    verdict: 'INCONCLUSIVE',
    advice: ADVICE.none,
    matches: (view) => {
      const faults = observationsOf(view.observations, 'flow').filter(
        (one) => one.side === 'baseline' && one.status === 'failed',
      );
      if (faults.length === 0) return null;
      return {
        because: faults
          .map(
            (one) =>
              `Flow ${String(one.flow)} failed with the flag off already (${one.http === null ? 'no answer' : String(one.http)}: ${one.reason ?? 'no reason given'}): a fault of the baseline, not of dual-write.`,
          )
          .join(' '),
        proof: faults.map((one) => one.id),
      };
    },
  },
];
