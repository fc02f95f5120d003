import { observationsOf, type Observation, type SimulationObservation } from '../observations.js';
import { ADVICE } from './advice.js';
import type { Match, Rule, RuleView } from './rule.js';

const seen = ({ observations }: Pick<RuleView, 'observations'>): SimulationObservation[] =>
  observationsOf(observations, 'simulation');

function match(
  found: readonly SimulationObservation[],
  tell: (one: SimulationObservation) => string,
): Match | null {
  return found.length === 0 ? null : { because: found.map(tell).join(' '), proof: found.map(({ id }) => id) };
}

/** What the simulated failure of a copy shows of real ones. */
export const SIMULATION_RULES: readonly Rule[] = [
  {
    id: 'simulated-failure-fails-request',
    symptom: 'A copy that fails makes the request fail (strict mode OFF)',
    source: 'own',
    severity: 'CRITICAL',
    action: 'disable',
    urgency: 'Emergency',
    verdict: 'NO_GO',
    advice: ADVICE.highFailureRate,
    // Only where the copy did fail: another reason for a refused request is another rule's matter.
    matches: (view) =>
      match(
        seen(view).filter(
          (one) => one.request === 'failed' && (one.http ?? 0) >= 500 && one.rows !== 'copied',
        ),
        (one) =>
          `With ${one.what} a create answered ${String(one.http)}; people's requests would fail with their copies.`,
      ),
  },
  {
    id: 'simulated-failure-unnoticed',
    symptom: 'A copy that fails leaves no line in the log',
    source: 'own',
    severity: 'HIGH',
    action: 'ask',
    urgency: 'High',
    verdict: 'INCONCLUSIVE',
    advice: [
      'Look at how the application logs a failed copy (dual_write_failed at level ERROR) and whether that level reaches this log.',
      'Until then a failing copy is found only by comparing rows: watch the row checks, and page on them.',
    ],
    matches: (view) =>
      match(
        seen(view).filter((one) => one.rows === 'missing' && (one.log === 'silent' || one.log === 'seen')),
        (one) =>
          `With ${one.what} the copy of a create was missing, and the log ${one.log === 'silent' ? 'said nothing of it' : 'told it as a success'}.`,
      ),
  },
];

/** What a simulation that was begun did not show; a run without one misses nothing. */
export function missingSimulation(observations: readonly Observation[]): string[] {
  return observationsOf(observations, 'simulation').flatMap((one) => [
    ...(one.request === 'ok' || one.request === 'failed'
      ? []
      : ['The create of the failure simulation could not be made.']),
    ...(one.rows === 'missing'
      ? []
      : [
          one.rows === 'copied'
            ? `The failure simulation made nothing fail: with ${one.what} the create was copied all the same.`
            : 'The rows of the failure simulation were not compared.',
        ]),
    ...(one.log === 'failed' || one.log === 'silent' || one.log === 'seen'
      ? []
      : ['The log of the failure simulation was not read.']),
    ...(one.request === 'failed' && (one.http ?? 0) < 500
      ? [
          one.http === null
            ? 'The create of the failure simulation got no answer.'
            : `The create of the failure simulation was refused with ${String(one.http)}.`,
        ]
      : []),
    ...(one.restored ? [] : [`It was not seen that ${one.what} was given back.`]),
  ]);
}
