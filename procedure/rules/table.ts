import type { Finding } from '../findings.js';
import { checkedSteps } from './advice-results.js';
import { AUDIT_RULES } from './audit-rules.js';
import { CONTRADICTION_RULES } from './contradiction-rules.js';
import { COPY_RULES } from './copy-rules.js';
import { DRIFT_RULES } from './drift-rules.js';
import { DUPLICATE_RULES } from './duplicate-rules.js';
import { EFFECT_RULES } from './effect-rules.js';
import { LATENCY_RULES } from './latency-rules.js';
import { MAPPING_RULES } from './mapping-rules.js';
import { QUERY_RULES } from './query-rules.js';
import { REPORT_RULES } from './report-rules.js';
import { REQUEST_RULES } from './request-rules.js';
import { findingOf, type Rule, type RuleView } from './rule.js';
import { SETTINGS_RULES } from './settings-rules.js';
import { inShadow } from './shadow.js';
import { SIMULATION_RULES } from './simulation-rules.js';
import { STATE_RULES } from './state-rules.js';

/** All rules, the seed's decision matrix first. A rule never looks at another rule's answer. */
export const RULES: readonly Rule[] = [
  ...COPY_RULES,
  ...CONTRADICTION_RULES,
  ...AUDIT_RULES,
  ...REQUEST_RULES,
  ...EFFECT_RULES,
  ...DUPLICATE_RULES,
  ...MAPPING_RULES,
  ...REPORT_RULES,
  ...SETTINGS_RULES,
  ...STATE_RULES,
  ...DRIFT_RULES,
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
