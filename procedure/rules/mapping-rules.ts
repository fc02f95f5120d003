import { observationsOf, type DatabaseObservation } from '../observations.js';
import type { Rule } from './rule.js';

const byTime = (left: { readonly at: string }, right: { readonly at: string }): number =>
  left.at.localeCompare(right.at);

/** Orphan counts in order of time; a check that failed breaks nothing, it is left out. */
function orphanCounts(
  all: readonly DatabaseObservation[],
): { readonly id: string; readonly count: number }[] {
  return [...all]
    .sort(byTime)
    .flatMap((one) => (one.orphanMappings === null ? [] : [{ id: one.id, count: one.orphanMappings }]));
}

/** Rules about the mapping table, by our own counts. */
export const MAPPING_RULES: readonly Rule[] = [
  {
    id: 'duplicate-legacy-ids',
    symptom: 'Duplicate legacy IDs detected',
    source: 'seed §7',
    severity: 'MEDIUM',
    action: 'pause',
    urgency: 'High',
    verdict: 'NO_GO',
    advice: [
      'Run the consistency report (manage.py vnext_validation_report) and look at the mapping table before any further write.',
    ],
    matches: ({ observations }) => {
      const counts = [
        ...observationsOf(observations, 'database').map((one) => ({
          id: one.id,
          count: one.duplicateLegacyIds,
        })),
        ...observationsOf(observations, 'report').map((one) => ({
          id: one.id,
          count: one.numbers['duplicate_legacy'],
        })),
      ].map(({ id, count }) => ({ id, count: count ?? 0 }));
      // Either witness is enough: where they disagree, another rule says so.
      const seen = counts.filter(({ count }) => count > 0);
      if (seen.length === 0) return null;
      return {
        because: `${String(Math.max(...seen.map(({ count }) => count)))} legacy ids stand more than once in the mapping table.`,
        proof: seen.map(({ id }) => id),
      };
    },
  },
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
      for (let end = needed; end < counts.length; end += 1) {
        const window = counts.slice(end - needed, end + 1);
        if (window.every((one, index) => index === 0 || one.count > (window[index - 1]?.count ?? Infinity))) {
          return {
            because: `Orphan mappings rose over ${String(needed)} checks in a row: ${window.map((one) => String(one.count)).join(', ')}.`,
            proof: window.map((one) => one.id),
          };
        }
      }
      return null;
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
