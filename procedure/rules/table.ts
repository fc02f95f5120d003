import { observationsOf } from '../observations.js';
import type { Finding } from '../findings.js';
import { ADVICE } from './advice.js';
import { checkedSteps } from './advice-results.js';
import { AUDIT_RULES } from './audit-rules.js';
import { CONTRADICTION_RULES } from './contradiction-rules.js';
import { COPY_RULES } from './copy-rules.js';
import { LATENCY_RULES } from './latency-rules.js';
import { MAPPING_RULES } from './mapping-rules.js';
import { QUERY_RULES } from './query-rules.js';
import { REPORT_RULES } from './report-rules.js';
import { findingOf, type Rule, type RuleView } from './rule.js';
import { SETTINGS_RULES } from './settings-rules.js';
import { inShadow } from './shadow.js';
import { SIMULATION_RULES } from './simulation-rules.js';
import { STATE_RULES } from './state-rules.js';
import { logsAfter } from './witnesses.js';

const CRITICAL_STRICT = /strict mode/i;

const REQUEST_RULES: readonly Rule[] = [
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
      const lines = logsAfter(view).filter(
        (one) => one.counts.critical > 0 && CRITICAL_STRICT.test(one.reason ?? ''),
      );
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
                `The log holds the strict-mode line: a failing copy made a request fail (${one.reason ?? ''}).`,
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
    matches: (view) => {
      const flows = observationsOf(view.observations, 'flow');
      const broken = flows.filter(
        (one) =>
          one.side === 'after' &&
          one.status === 'failed' &&
          (one.http ?? 0) >= 500 &&
          flows.some(
            (before) => before.side === 'baseline' && before.flow === one.flow && before.status === 'ok',
          ),
      );
      if (broken.length === 0) return null;
      return {
        because: broken
          .map(
            (one) =>
              `Flow ${String(one.flow)} worked with the flag off and answers ${String(one.http)} with it on (${one.reason ?? 'no reason given'}).`,
          )
          .join(' '),
        proof: broken.map((one) => one.id),
      };
    },
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

/** All rules, the seed's decision matrix first. A rule never looks at another rule's answer. */
export const RULES: readonly Rule[] = [
  ...COPY_RULES,
  ...CONTRADICTION_RULES,
  ...AUDIT_RULES,
  ...REQUEST_RULES,
  ...MAPPING_RULES,
  ...REPORT_RULES,
  ...SETTINGS_RULES,
  ...STATE_RULES,
  ...SIMULATION_RULES,
  ...LATENCY_RULES,
  ...QUERY_RULES,
];

/** Every finding that the observations show. Pure: the offline verifier derives the same from the recorded observations. */
export function findingsOf(view: RuleView): Finding[] {
  return RULES.flatMap((rule) => {
    const match = rule.matches(view);
    if (match === null) return [];
    const finding = inShadow(findingOf(rule, match), view.thresholds);
    const checked = checkedSteps(finding.advice, view.observations);
    return [checked.length === 0 ? finding : { ...finding, checked }];
  });
}
