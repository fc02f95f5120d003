import type { Finding } from '../findings.js';
import type { Thresholds } from '../plan.js';

/**
 * A rule that the environment file puts in shadow (`rules.shadow`) is reported with what it would have done, and does
 * nothing: the run goes on, nobody is asked, nothing is taken back. A GO while it stands there would be a claim that
 * its symptom does not matter, so what would have been NO_GO is INCONCLUSIVE.
 */
export function inShadow(finding: Finding, thresholds: Pick<Thresholds, 'shadow'>): Finding {
  if (thresholds.shadow?.includes(finding.rule) !== true) return finding;
  const { action, verdict } = finding;
  return {
    ...finding,
    action: 'continue',
    verdict: verdict === null ? null : 'INCONCLUSIVE',
    shadow: { action, verdict },
  };
}
