import { FLAG_NAMES, isSilentlyFalse } from '../flags.js';
import { observationsOf } from '../observations.js';
import type { Rule } from './rule.js';

/** Rules about what people set, and what the application makes of it. */
export const SETTINGS_RULES: readonly Rule[] = [
  {
    id: 'settings-trap',
    symptom: 'A variable looks like true, and the application silently reads False',
    source: 'own',
    severity: 'LOW',
    action: 'continue',
    urgency: 'Normal',
    verdict: null,
    advice: [
      'Write exactly true or false, without quotes and spaces around it: the application compares with the word "true" and takes all else for False.',
    ],
    matches: ({ observations }) => {
      const seen = observationsOf(observations, 'serving-flags').flatMap(({ id, processes }) =>
        processes.flatMap((process) =>
          FLAG_NAMES.filter((name) => isSilentlyFalse(process.values[name])).map((name) => ({
            id,
            words: `${name}=${JSON.stringify(process.values[name])}`,
          })),
        ),
      );
      if (seen.length === 0) return null;
      return {
        because: `The serving processes carry ${[...new Set(seen.map(({ words }) => words))].sort().join(', ')}.`,
        proof: seen.map(({ id }) => id),
      };
    },
  },
  {
    id: 'static-files-not-served',
    symptom: 'Static files were to be collected, and nothing shows that they are served',
    source: 'own',
    severity: 'MEDIUM',
    action: 'investigate',
    urgency: 'High',
    verdict: 'INCONCLUSIVE',
    advice: [
      'Run manage.py collectstatic --noinput by hand where the application runs, and ask for the file of api.staticFile with curl -I (seed §4).',
    ],
    matches: ({ observations }) => {
      const failed = observationsOf(observations, 'static-files').filter((one) => one.status === 'failed');
      if (failed.length === 0) return null;
      return {
        because: failed.map((one) => `${one.reason}.`).join(' '),
        proof: failed.map((one) => one.id),
      };
    },
  },
];
