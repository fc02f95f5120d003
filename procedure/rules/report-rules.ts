import { observationsOf } from '../observations.js';
import { disagreementText } from '../report-recount.js';
import type { Rule } from './rule.js';

/** Rules about the validation report as a witness. */
export const REPORT_RULES: readonly Rule[] = [
  {
    id: 'report-disagrees',
    symptom: 'The validation report says something else than our own counts',
    source: 'own',
    severity: 'MEDIUM',
    action: 'investigate',
    urgency: 'High',
    // One of the two looks at something else: a report that lies, or a database that is not the application's.
    verdict: 'INCONCLUSIVE',
    advice: [
      'Compare the address of the database in the environment file with the one that the application uses.',
      'Count one of the numbers by hand (after/validation_recount_after.json has both sides) and see who is right; rely on the rows, not on the report.',
    ],
    matches: ({ observations }) => {
      const seen = observationsOf(observations, 'report').filter(
        (one) => (one.recount?.disagreements.length ?? 0) > 0,
      );
      if (seen.length === 0) return null;
      const words = seen.map(
        (one) =>
          `With the flag ${one.side === 'baseline' ? 'off' : 'on'}: ${(one.recount?.disagreements ?? []).map(disagreementText).join('; ')}.`,
      );
      return { because: words.join(' '), proof: seen.map((one) => one.id) };
    },
  },
];
