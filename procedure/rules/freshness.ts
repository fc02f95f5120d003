import { observationsOf, type CopyObservation, type Observation } from '../observations.js';
import type { Plan } from '../plan.js';

/** Clocks of two machines, and a step that ends while the next one begins. */
const TOLERANCE_MS = 5 * 60_000;

/** Measured again by phase 9 whenever the proofs have aged: these say when the verdict's proofs were complete. */
const VALIDATION = ['after-report', 'after-database', 'validation-flags'];
/** The rows of every team, compared again when proofs have aged: they stand for what the flows wrote long ago. */
export const ROWS_AGAIN = 'validation-rows';

/** Whether rows were compared at all, however they stand. */
export function isCompared({ status, attempted }: CopyObservation): boolean {
  return status !== 'unknown' && status !== 'none' && attempted > 0;
}

/**
 * Measurements that are there but prove nothing about this moment: a baseline from after enabling or older than allowed,
 * a measurement "with the flag on" from before the flag was on, and one that has aged. Only times of the observations
 * are compared with each other, so the offline verifier comes to the same answer a year later.
 */
export function staleMeasurements(
  observations: readonly Observation[],
  freshness: Plan['freshness'],
): string[] {
  // The strict pass restarts once more; the first one turned dual-write on.
  const [enabled] = observationsOf(observations, 'rollout')
    .filter((one) => one.change === 'enable')
    .sort((one, other) => one.at.localeCompare(other.at));
  if (enabled === undefined) return ['The restart that turned dual-write on is not recorded.'];
  const onSince = Date.parse(enabled.at);
  const judged = Math.max(
    ...observations.filter((one) => VALIDATION.includes(one.id)).map((one) => Date.parse(one.at)),
  );
  const again = observationsOf(observations, 'copy').some(
    (one) => one.id === ROWS_AGAIN && isCompared(one) && judged - Date.parse(one.at) <= freshness.proofsMs,
  );
  return observations.flatMap((one) => {
    const at = Date.parse(one.at);
    if (Number.isNaN(at)) return [`${one.id} has no readable time.`];
    switch (stageOf(one)) {
      case 'baseline':
        if (at > onSince) return [`${one.id} was measured at ${one.at}, when dual-write was on already.`];
        return onSince - at > freshness.baselineMs
          ? [`${one.id} was measured at ${one.at}, too long before enabling (${enabled.at}).`]
          : [];
      case 'proof':
        if (at < onSince - TOLERANCE_MS)
          return [`${one.id} was measured at ${one.at}, before dual-write was on (${enabled.at}).`];
        if (at > judged + TOLERANCE_MS)
          return [`${one.id} was measured at ${one.at}, after the proofs of the verdict.`];
        return judged - at > freshness.proofsMs && !again
          ? [`${one.id} was measured at ${one.at}, too long before the proofs of the verdict were complete.`]
          : [];
      case 'other':
        return [];
    }
  });
}

function stageOf(one: Observation): 'baseline' | 'proof' | 'other' {
  // Counts of queries decide nothing, so their age says nothing either.
  if (one.kind === 'queries' || one.kind === 'simulation' || one.kind === 'drift') return 'other';
  if (one.id.startsWith('baseline-')) return 'baseline';
  if (one.id.startsWith('soak-') || one.id.startsWith('watch-')) return 'other';
  if (one.kind === 'soak' || one.kind === 'rollout' || one.kind === 'restarts') return 'other';
  if ('side' in one) return one.side === 'after' ? 'proof' : one.side === 'baseline' ? 'baseline' : 'other';
  if (one.kind === 'serving-flags' && one.expected === 'strict') return 'other';
  if (one.kind === 'serving-flags') return one.expected === 'enabled' ? 'proof' : 'baseline';
  return one.id.startsWith('after-') ? 'proof' : 'other';
}
