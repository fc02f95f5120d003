import { observationsOf, type LatencyObservation } from '../observations.js';
import { ADVICE } from './advice.js';
import type { Rule, RuleView } from './rule.js';

function pair(view: RuleView): {
  readonly before: LatencyObservation | undefined;
  readonly after: LatencyObservation | undefined;
} {
  const all = observationsOf(view.observations, 'latency');
  return {
    before: all.find((one) => one.side === 'baseline'),
    after: all.find((one) => one.side === 'after'),
  };
}

const rounded = (value: number): string => String(Math.round(value * 10) / 10);

/**
 * Rules about latency. The seed's twenty requests give a point estimate of p95 and no confidence interval, so they can
 * be reported (LOW) but never ask for a rollback: that claim needs more samples.
 */
export const LATENCY_RULES: readonly Rule[] = [
  {
    id: 'p95-over-twice-baseline',
    symptom: 'p95 latency >2x baseline',
    source: 'seed §7',
    severity: 'LOW',
    action: 'continue',
    urgency: 'Normal',
    verdict: null,
    advice: ADVICE.performance,
    matches: (view) => {
      const { before, after } = pair(view);
      if (before?.p95Ms == null || after?.p95Ms == null || before.p95Ms <= 0) return null;
      const ratio = after.p95Ms / before.p95Ms;
      if (ratio <= view.thresholds.p95Ratio) return null;
      return {
        because: `Team create: p95 ${rounded(after.p95Ms)} ms with the flag on, ${rounded(before.p95Ms)} ms off: ${rounded(ratio)} times, as point estimates of ${String(after.samples)} and ${String(before.samples)} requests. Too few for the claim that would ask for a rollback.`,
        proof: [before.id, after.id],
      };
    },
  },
  {
    id: 'p95-over-acceptable',
    symptom: 'p95 latency over the acceptable value of the latency table',
    source: 'seed §6.2',
    severity: 'LOW',
    action: 'continue',
    urgency: 'Normal',
    verdict: null,
    advice: ADVICE.performance,
    matches: (view) => {
      const { after } = pair(view);
      const { createAcceptableP95Ms: acceptable, createAlertP95Ms: alert } = view.thresholds;
      if (after?.p95Ms == null || after.p95Ms <= acceptable) return null;
      return {
        because: `Team create: p95 ${rounded(after.p95Ms)} ms with the flag on; acceptable ${String(acceptable)} ms, alert over ${String(alert)} ms${after.p95Ms > alert ? ': over the alert threshold' : ''}. A point estimate.`,
        proof: [after.id],
      };
    },
  },
];
