import type { RunInput } from '../../procedure/input.js';
import type { Plan } from '../../procedure/plan.js';

/**
 * How many teams a run creates at most, hence how many free (owner, game) pairs it needs: per side the warm-up, the
 * samples and one team for the flows; one probe for a rollback.
 */
export function neededGames(
  input: Pick<RunInput, 'baselineWrites' | 'strictPass' | 'failureSimulation'>,
  samples: Plan['samples'],
): number {
  const perSide = samples.warmUp + samples.measured + 1;
  return (
    (input.baselineWrites ? 2 : 1) * perSide +
    1 +
    (input.strictPass ? 1 : 0) +
    (input.failureSimulation ? 1 : 0)
  );
}
