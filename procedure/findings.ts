import type { Verdict } from './outcome.js';

export type Severity = 'LOW' | 'MEDIUM' | 'HIGH' | 'CRITICAL';
/** From gentlest to strongest; the strongest of all findings is what happens. */
export const ACTIONS = ['continue', 'investigate', 'pause', 'ask', 'disable'] as const;
export type Action = (typeof ACTIONS)[number];
export type Urgency = 'Normal' | 'High' | 'Immediate' | 'Emergency';

/** One step of an advice that needs no person, with what it showed. */
export interface CheckedStep {
  /** Word for word as it stands in the advice. */
  readonly step: string;
  readonly result: string;
}

/** A symptom that observations showed. */
export interface Finding {
  /** Name of the rule, e.g. `all-copies-failed`. One finding a rule. */
  readonly rule: string;
  readonly symptom: string;
  /** `seed §7` for the rows of the decision matrix, `own` for the rules that real targets taught. */
  readonly source: 'seed §7' | 'seed §6.1' | 'seed §6.2' | 'own';
  readonly severity: Severity;
  readonly action: Action;
  readonly urgency: Urgency;
  /** What it does to the verdict; `null` leaves the verdict alone. */
  readonly verdict: Exclude<Verdict, 'GO'> | null;
  /** What was seen, in words that a newcomer understands. */
  readonly because: string;
  /** Ids of the observations that prove it. */
  readonly proof: readonly string[];
  readonly advice: readonly string[];
  /** Steps of the advice that the run has carried out already; absent when there are none. */
  readonly checked?: readonly CheckedStep[];
  /** Of a rule in shadow: what it would have done, had it been allowed to act. */
  readonly shadow?: Pick<Finding, 'action' | 'verdict'>;
}

/** `continue`, or `continue (in shadow; would have been: disable, NO_GO)`. */
export function actionText({ action, shadow }: Pick<Finding, 'action' | 'shadow'>): string {
  if (shadow === undefined) return action;
  return `${action} (in shadow; would have been: ${[shadow.action, shadow.verdict].filter(Boolean).join(', ')})`;
}

/** Each step of the advice, with its result where the run has carried it out. */
export function adviceLines({ advice, checked = [] }: Pick<Finding, 'advice' | 'checked'>): string[] {
  return advice.map((step) => {
    const done = checked.find((one) => one.step === step);
    return done === undefined ? step : `${step} Done: ${done.result}.`;
  });
}

export function strongestAction(findings: readonly Finding[]): Action {
  return findings.reduce<Action>(
    (strongest, finding) =>
      ACTIONS.indexOf(finding.action) > ACTIONS.indexOf(strongest) ? finding.action : strongest,
    'continue',
  );
}
