import type { CopyObservation, LogObservation } from '../observations.js';
import { ADVICE } from './advice.js';
import type { Rule, RuleView } from './rule.js';
import { copiesAfter, logsAfter, nameOfWrite, ofSameStep } from './witnesses.js';

interface Contradiction {
  readonly copy: CopyObservation;
  readonly log: LogObservation;
  readonly words: string;
}

/** Log and rows of one write that cannot both be true. */
function contradictions(view: RuleView): Contradiction[] {
  const logs = logsAfter(view);
  return copiesAfter(view).flatMap((copy) => {
    const log = logs.find((one) => ofSameStep(one, copy));
    if (log === undefined) return [];
    const what = nameOfWrite(copy.write);
    const wrong = copy.confirmed && (copy.status === 'missing' || copy.status === 'wrong');
    if (wrong && log.status === 'seen' && log.counts.failed === 0 && log.counts.completed >= copy.attempted)
      return [{ copy, log, words: `${what}: the log says completed, the rows are ${copy.status}` }];
    if (copy.status === 'copied' && log.status === 'failed' && log.counts.completed === 0)
      return [{ copy, log, words: `${what}: the log says failed and nothing else, the rows are right` }];
    return [];
  });
}

/** One of two witnesses is wrong about a write: whatever else follows, the log cannot be relied on in production. */
export const CONTRADICTION_RULES: readonly Rule[] = [
  {
    id: 'log-contradicts-rows',
    symptom: 'The log tells something else about a write than its rows',
    source: 'own',
    severity: 'MEDIUM',
    action: 'investigate',
    urgency: 'High',
    verdict: 'INCONCLUSIVE',
    advice: [
      'Find out which of the two is wrong; after the release only the log is watched.',
      ...ADVICE.notScheduled,
    ],
    matches: (view) => {
      const seen = contradictions(view);
      if (seen.length === 0) return null;
      return {
        because: `${seen.map((one) => one.words).join('; ')}.`,
        proof: seen.flatMap(({ copy, log }) => [copy.id, log.id]),
      };
    },
  },
];
