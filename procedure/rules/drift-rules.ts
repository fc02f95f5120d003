import { observationsOf } from '../observations.js';
import type { Match, Rule, RuleView } from './rule.js';

/** The run itself asks about it, before it changes anything. */
export const EDITED_BEFORE_ENABLING = 'target-edited-before-enabling';

/** Rules about what somebody else does to the target. */
export const DRIFT_RULES: readonly Rule[] = [
  {
    id: 'target-edited',
    symptom: 'The target was changed by somebody else during the run',
    source: 'own',
    severity: 'HIGH',
    action: 'ask',
    urgency: 'High',
    verdict: 'INCONCLUSIVE',
    advice: [
      'Ask whoever made the change whether it is meant; what was measured before it is about another target.',
      'Start again when the target stays as it is; roll back when nobody knows of it.',
    ],
    matches: (view) => drifted(view, { kind: 'edited', when: 'later' }),
  },
  {
    id: EDITED_BEFORE_ENABLING,
    symptom: 'The target is another one than the baseline was measured on',
    source: 'own',
    severity: 'HIGH',
    action: 'ask',
    urgency: 'Normal',
    verdict: 'INCONCLUSIVE',
    advice: [
      'Nothing was changed by this run so far. Ask whoever made the change whether it is meant.',
      'When it was taken back, retry: the target is compared with the baseline again.',
      'When it is meant, roll back and start again, so that the baseline is that of the target as it is now. Skip goes on all the same; what was measured before and after enabling is then of two different targets.',
    ],
    matches: (view) => drifted(view, { kind: 'edited', when: 'before-enabling' }),
  },
  {
    id: 'target-scaled',
    symptom: 'The target was scaled during the run',
    source: 'own',
    severity: 'LOW',
    action: 'continue',
    urgency: 'Normal',
    verdict: null,
    advice: ['Nothing has to be done; latencies were measured with another number of replicas.'],
    matches: (view) => drifted(view, { kind: 'scaled', when: null }),
  },
];

interface WantedDrift {
  readonly kind: 'scaled' | 'edited';
  /** `null` = whenever it was. */
  readonly when: 'before-enabling' | 'later' | null;
}

function drifted({ observations }: RuleView, wanted: WantedDrift): Match | null {
  const seen = observationsOf(observations, 'drift').filter(
    ({ changes, before }) =>
      changes.some(({ kind }) => kind === wanted.kind) &&
      (wanted.when === null || (wanted.when === 'before-enabling') === (before === 'enabling')),
  );
  if (seen.length === 0) return null;
  const texts = seen.flatMap(({ changes }) =>
    changes.filter(({ kind }) => kind === wanted.kind).map(({ text }) => text),
  );
  return { because: `${[...new Set(texts)].join('; ')}.`, proof: seen.map(({ id }) => id) };
}
