import { ratioBounds } from '../latency/quantile-interval.js';
import { observationsOf, type LatencyObservation } from '../observations.js';
import { ADVICE } from './advice.js';
import type { Match, Rule, RuleView } from './rule.js';

interface Pair {
  readonly before: LatencyObservation & { readonly p95Ms: number };
  readonly after: LatencyObservation & { readonly p95Ms: number };
  readonly ratio: number;
  /** Lower and upper 95 % bound of the ratio; `null` = too few samples. */
  readonly bounds: readonly [number, number] | null;
}

function sideOf(
  view: RuleView,
  side: 'baseline' | 'after',
): (LatencyObservation & { readonly p95Ms: number }) | null {
  const one = observationsOf(view.observations, 'latency').find((candidate) => candidate.side === side);
  return one?.p95Ms == null ? null : { ...one, p95Ms: one.p95Ms };
}

function pairOf(view: RuleView): Pair | null {
  const before = sideOf(view, 'baseline');
  const after = sideOf(view, 'after');
  if (before === null || after === null || before.p95Ms <= 0) return null;
  const bounds = ratioBounds(after.p95IntervalMs, before.p95IntervalMs);
  return { before, after, ratio: after.p95Ms / before.p95Ms, bounds };
}

/** seed §7 ">2x baseline", proven: the lower bound of the ratio is over it, and the difference is worth a word. */
function isProven(pair: Pair, { thresholds }: RuleView): boolean {
  return (
    pair.bounds !== null &&
    pair.bounds[0] > thresholds.p95Ratio &&
    pair.after.p95Ms - pair.before.p95Ms >= thresholds.minimumDeltaMs
  );
}

function tellRatio({ before, after, ratio, bounds }: Pair): Match {
  const interval =
    bounds === null
      ? `point estimates of ${String(after.samples)} and ${String(before.samples)} requests, too few for an interval`
      : `95 % bounds ${rounded(bounds[0])} to ${rounded(bounds[1])}`;
  return {
    because: `Team create: p95 ${rounded(after.p95Ms)} ms with the flag on, ${rounded(before.p95Ms)} ms off: ${rounded(ratio)} times (${interval}).`,
    proof: [before.id, after.id],
  };
}

function tellLevel(after: LatencyObservation, view: RuleView): Match {
  const { createAcceptableP95Ms: acceptable, createAlertP95Ms: alert } = view.thresholds;
  const interval =
    after.p95IntervalMs == null
      ? 'a point estimate'
      : `95 % confidence: ${rounded(after.p95IntervalMs[0])} to ${rounded(after.p95IntervalMs[1])} ms`;
  return {
    because: `Team create: p95 ${rounded(after.p95Ms ?? 0)} ms with the flag on (${interval}); acceptable ${String(acceptable)} ms, alert over ${String(alert)} ms.`,
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
    matches: (view) => {
      const pair = pairOf(view);
      return pair !== null && isProven(pair, view) ? tellRatio(pair) : null;
    },
  },
  {
    id: 'p95-twice-unproven',
    symptom: 'p95 latency seems >2x baseline, but its interval does not prove it, or the difference is small',
    source: 'own',
    ...TOLD,
    matches: (view) => {
      const pair = pairOf(view);
      if (pair === null || pair.ratio <= view.thresholds.p95Ratio || isProven(pair, view)) return null;
      return tellRatio(pair);
    },
  },
  {
    id: 'p95-over-alert',
    symptom: 'p95 latency over the alert threshold of the latency table',
    source: 'seed §6.2',
    ...PEOPLE_DECIDE,
    matches: (view) => {
      const after = sideOf(view, 'after');
      const low = after?.p95IntervalMs?.[0];
      if (after === null || low === undefined || low <= view.thresholds.createAlertP95Ms) return null;
      return tellLevel(after, view);
    },
  },
  {
    id: 'p95-over-acceptable',
    symptom: 'p95 latency over the acceptable value of the latency table',
    source: 'seed §6.2',
    ...TOLD,
    matches: (view) => {
      const after = sideOf(view, 'after');
      if (after === null || after.p95Ms <= view.thresholds.createAcceptableP95Ms) return null;
      return tellLevel(after, view);
    },
  },
];
