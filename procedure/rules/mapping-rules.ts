import { observationsOf, type DatabaseObservation } from '../observations.js';
import type { Rule } from './rule.js';

interface OrphanCount {
  readonly id: string;
  readonly at: string;
  readonly count: number;
}

/** The count that the others are compared with: the baseline's, or the earliest where there is none. */
const BASELINE = 'baseline-database';

/** Orphan counts in order of time, the one to compare with first; a check that failed breaks nothing, it is left out. */
function orphanCounts(all: readonly DatabaseObservation[]): readonly OrphanCount[] {
  return all
    .flatMap(({ id, at, orphanMappings }) =>
      orphanMappings === null ? [] : [{ id, at, count: orphanMappings }],
    )
    .sort(
      (left, right) =>
        Number(right.id === BASELINE) - Number(left.id === BASELINE) ||
        left.at.localeCompare(right.at) ||
        left.id.localeCompare(right.id),
    );
}

/**
 * What a long soak keeps of its orphan counts so that `orphans-increasing` says at its end what it would say of all of
 * them, whatever the count before enabling was: the largest `needed`, the newest of equal ones. Pure.
 */
export function orphanProofs(
  all: readonly DatabaseObservation[],
  needed: number,
): readonly DatabaseObservation[] {
  const counts = [...orphanCounts(all)]
    .sort(
      (left, right) =>
        right.count - left.count || right.at.localeCompare(left.at) || right.id.localeCompare(left.id),
    )
    .slice(0, needed)
    .map(({ id }) => id);
  return all.filter(({ id }) => counts.includes(id));
}

/** Rules about orphans in the mapping table, by our own counts. */
export const MAPPING_RULES: readonly Rule[] = [
  {
    id: 'orphans-increasing',
    symptom: 'Orphan mappings increasing',
    source: 'seed §7',
    severity: 'MEDIUM',
    action: 'investigate',
    urgency: 'High',
    verdict: 'INCONCLUSIVE',
    advice: ['Look at who deletes teams on either side: a mapping without its team is left behind.'],
    matches: ({ observations, thresholds }) => {
      const counts = orphanCounts(observationsOf(observations, 'database'));
      const needed = thresholds.orphanChecks;
      const [first, ...later] = counts;
      if (first === undefined) return null;
      // A step back in between is no recovery, and one more for ever is no increase.
      const more = later.filter(({ count }) => count > first.count);
      const most = Math.max(...more.map(({ count }) => count));
      if (more.length < needed || most < first.count + needed) return null;
      return {
        because: `There were ${String(first.count)} orphan mappings at first, more at ${String(more.length)} later checks, and ${String(most)} at most: ${[first, ...more].map(({ count }) => String(count)).join(', ')}.`,
        proof: [first, ...more].map(({ id }) => id),
      };
    },
  },
  {
    id: 'orphans-appeared',
    symptom: 'Mappings without their teams appeared while the run wrote',
    source: 'own',
    severity: 'MEDIUM',
    action: 'investigate',
    urgency: 'High',
    verdict: 'INCONCLUSIVE',
    advice: ['Look at the new mappings: who wrote them, and which side has no team?'],
    matches: ({ observations }) => {
      // Minutes apart; over a soak other people delete teams as well, there the trend counts.
      const [before, after] = ['baseline-database', 'after-database'].map((id) =>
        observationsOf(observations, 'database').find((one) => one.id === id),
      );
      if (before == null || after == null) return null;
      if (before.orphanMappings === null || after.orphanMappings === null) return null;
      if (after.orphanMappings <= before.orphanMappings) return null;
      return {
        because: `There were ${String(before.orphanMappings)} orphan mappings before dual-write was turned on and ${String(after.orphanMappings)} after the run had written.`,
        proof: [before.id, after.id],
      };
    },
  },
];
