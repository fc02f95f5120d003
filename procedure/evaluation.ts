import type { Finding } from './findings.js';
import type { Verdict } from './outcome.js';
import { findingsOf } from './rules/table.js';
import { verdictOf } from './rules/verdict.js';
import type { RunRecord } from './run-record.js';

/** What the rules of this version say of a record, beside what the run said. */
export interface Evaluation {
  readonly verdict: Verdict;
  readonly reasons: readonly string[];
  readonly findings: readonly Finding[];
  readonly recorded: { readonly verdict: Verdict; readonly findings: readonly string[] };
  /** Every way in which the two differ, in words; empty = the record follows from its observations. */
  readonly differences: readonly string[];
}

/** The part of a run's record that decides. */
export type Judged = Pick<
  RunRecord,
  'plan' | 'phases' | 'observations' | 'findings' | 'verdict' | 'verdictReasons'
>;

/** Derives findings and verdict from the recorded observations alone, as the run did (`run.json`). Pure. */
export function evaluateRecord(record: Judged): Evaluation {
  const { plan, observations } = record;
  const findings = findingsOf({ observations, thresholds: plan.thresholds });
  const { verdict, reasons } = verdictOf({
    observations,
    findings,
    samples: plan.samples,
    freshness: plan.freshness,
    stage: record.phases.some((one) => one.phase === 'soak') ? 'final' : 'validation',
  });
  return {
    verdict,
    reasons,
    findings,
    recorded: { verdict: record.verdict, findings: record.findings.map((one) => one.rule) },
    differences: [
      ...(verdict === record.verdict
        ? []
        : [`the verdict is ${verdict}, the record says ${record.verdict}: ${reasons.join(' ')}`]),
      ...differencesOf(findings, record.findings),
    ],
  };
}

function differencesOf(derived: readonly Finding[], recorded: readonly Finding[]): string[] {
  const rules = [...new Set([...derived, ...recorded].map((one) => one.rule))].sort();
  return rules.flatMap((rule) => {
    const now = derived.find((one) => one.rule === rule);
    const then = recorded.find((one) => one.rule === rule);
    if (now === undefined) return [`the record has a finding ${rule} that no observation shows`];
    if (then === undefined)
      return [`the observations show ${rule} (${now.severity}), the record does not have it: ${now.because}`];
    return weightOf(now) === weightOf(then)
      ? []
      : [`${rule} is ${weightOf(now)}, the record says ${weightOf(then)}`];
  });
}

function weightOf({ severity, action, verdict, proof }: Finding): string {
  return `${severity}, ${action}, verdict ${verdict ?? 'unchanged'}, by ${proof.join(', ')}`;
}
