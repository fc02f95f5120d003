import type { Action, Finding, Severity, Urgency } from '../findings.js';
import type { Observation } from '../observations.js';
import type { Thresholds } from '../plan.js';

/** Everything that a rule may look at. The same view gives the same answer, whatever the order of observations. */
export interface RuleView {
  readonly observations: readonly Observation[];
  readonly thresholds: Thresholds;
}

/** What a rule saw: words for a newcomer, and the ids of the observations that prove it. */
export interface Match {
  readonly because: string;
  readonly proof: readonly string[];
}

/** One row of the decision matrix as a typed predicate. */
export interface Rule {
  readonly id: string;
  readonly symptom: string;
  readonly source: Finding['source'];
  readonly severity: Severity;
  readonly action: Action;
  readonly urgency: Urgency;
  readonly verdict: Finding['verdict'];
  readonly advice: readonly string[];
  readonly matches: (view: RuleView) => Match | null;
}

/** Everything for which a rule holds, in one match; `null` = nothing. Pure. */
export function together(matches: readonly Match[]): Match | null {
  if (matches.length === 0) return null;
  return {
    because: matches.map((one) => one.because).join(' '),
    proof: matches.flatMap((one) => one.proof),
  };
}

export function findingOf(rule: Rule, match: Match): Finding {
  const { id, symptom, source, severity, action, urgency, verdict, advice } = rule;
  return {
    rule: id,
    symptom,
    source,
    severity,
    action,
    urgency,
    verdict,
    advice,
    because: match.because,
    proof: [...new Set(match.proof)].sort(),
  };
}
