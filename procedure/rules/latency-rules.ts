import { MEASURED_OPERATIONS, measuredOperation, type MeasuredOperation } from '../latency/operations.js';
import { slownessOf, type Slowness } from '../latency/slowness.js';
import { observationsOf, type LatencyObservation } from '../observations.js';
import { ADVICE } from './advice.js';
import { together, type Match, type Rule, type RuleView } from './rule.js';

type Measured = LatencyObservation & { readonly p95Ms: number };

interface Pair extends Slowness {
  readonly before: Measured;
  readonly after: Measured;
}

function measured(
  view: RuleView,
  side: 'baseline' | 'after',
  { operation }: MeasuredOperation,
): Measured | null {
  const one = observationsOf(view.observations, 'latency').find(
    (candidate) => candidate.side === side && candidate.operation === operation,
  );
  return one?.p95Ms == null ? null : { ...one, p95Ms: one.p95Ms };
}

function pairsOf(view: RuleView): Pair[] {
  return MEASURED_OPERATIONS.flatMap((operation) => {
    const before = measured(view, 'baseline', operation);
    const after = measured(view, 'after', operation);
    if (before === null || after === null) return [];
    const slowness = slownessOf(before, after, view.thresholds);
    return slowness === null ? [] : [{ before, after, ...slowness }];
  });
}

function tellRatio({ before, after, ratio, bounds }: Pair): Match {
  const interval =
    bounds === null
      ? `point estimates of ${String(after.samples)} and ${String(before.samples)} requests, too few for an interval`
      : `95 % bounds ${rounded(bounds[0])} to ${rounded(bounds[1])}`;
  return {
    because: `${measuredOperation(after.operation).title}: p95 ${rounded(after.p95Ms)} ms with the flag on, ${rounded(before.p95Ms)} ms off: ${rounded(ratio)} times (${interval}).`,
    proof: [before.id, after.id],
  };
}

interface Level {
  readonly after: Measured;
  readonly acceptable: number;
  readonly alert: number;
}

/** The operations that have a row in seed §6.2. */
function levelsOf(view: RuleView): Level[] {
  return MEASURED_OPERATIONS.flatMap((operation) => {
    const after = measured(view, 'after', operation);
    const limits = operation.limits(view.thresholds);
    return after === null || limits === null ? [] : [{ after, ...limits }];
  });
}

function tellLevel({ after, acceptable, alert }: Level): Match {
  const interval =
    after.p95IntervalMs == null
      ? 'a point estimate'
      : `95 % confidence: ${rounded(after.p95IntervalMs[0])} to ${rounded(after.p95IntervalMs[1])} ms`;
  return {
    because: `${measuredOperation(after.operation).title}: p95 ${rounded(after.p95Ms)} ms with the flag on (${interval}); acceptable ${String(acceptable)} ms, alert over ${String(alert)} ms.`,
    proof: [after.id],
  };
}

const rounded = (value: number): string => String(Math.round(value * 10) / 10);

const PEOPLE_DECIDE = {
  severity: 'HIGH',
  action: 'ask',
  urgency: 'High',
  verdict: 'INCONCLUSIVE',
  advice: ADVICE.performance,
} as const;
const TOLD = {
  severity: 'LOW',
  action: 'continue',
  urgency: 'Normal',
  verdict: null,
  advice: ADVICE.performance,
} as const;

/** Rules about latency: what is proven asks people (no answer in time rolls back), what only seems so is told. */
export const LATENCY_RULES: readonly Rule[] = [
  {
    id: 'p95-over-twice-baseline',
    symptom: 'p95 latency >2x baseline',
    source: 'seed §7',
    ...PEOPLE_DECIDE,
    matches: (view) =>
      together(
        pairsOf(view)
          .filter(({ proven }) => proven)
          .map(tellRatio),
      ),
  },
  {
    id: 'p95-twice-unproven',
    symptom: 'p95 latency seems >2x baseline, but its interval does not prove it, or the difference is small',
    source: 'own',
    ...TOLD,
    matches: (view) =>
      together(
        pairsOf(view)
          .filter(({ seems, proven }) => seems && !proven)
          .map(tellRatio),
      ),
  },
  {
    id: 'p95-over-alert',
    symptom: 'p95 latency over the alert threshold of the latency table',
    source: 'seed §6.2',
    ...PEOPLE_DECIDE,
    matches: (view) =>
      together(
        levelsOf(view)
          .filter(({ after, alert }) => (after.p95IntervalMs?.[0] ?? 0) > alert)
          .map(tellLevel),
      ),
  },
  {
    id: 'p95-over-acceptable',
    symptom: 'p95 latency over the acceptable value of the latency table',
    source: 'seed §6.2',
    ...TOLD,
    matches: (view) =>
      together(
        levelsOf(view)
          .filter(({ after, acceptable }) => after.p95Ms > acceptable)
          .map(tellLevel),
      ),
  },
];
