import { observationsOf, type DatabaseObservation, type Observation } from '../observations.js';
import type { Match, Rule } from './rule.js';

const BASELINE = { database: 'baseline-database', report: 'baseline-report' } as const;
const LOOK =
  'Run the consistency report (manage.py vnext_validation_report) and look at the mapping table before any further write.';

/**
 * What our own counts said with the flag off; `null` = nothing that duplicates are compared with. Records of versions that
 * did not count `duplicateNewIds` are judged as they were then: any duplicate was one.
 */
function countedBefore(observations: readonly Observation[]): DatabaseObservation | null {
  const before = observationsOf(observations, 'database').find(({ id }) => id === BASELINE.database);
  return before?.duplicateNewIds === undefined ? null : before;
}

/** What tells old duplicates from new ones to somebody who sees a part of the observations only (the soak). */
export function duplicatesBefore(observations: readonly Observation[]): DatabaseObservation[] {
  const before = countedBefore(observations);
  if (before === null) return [];
  const { kind, id, at, source, duplicateLegacyIds, duplicateNewIds } = before;
  return [
    {
      ...{ kind, id, at, source, duplicateLegacyIds },
      ...(duplicateNewIds === undefined ? {} : { duplicateNewIds }),
      ...{ orphanMappings: null, connections: null, usableConnections: null, reason: null },
    },
  ];
}

interface Count {
  readonly id: string;
  readonly count: number;
}

function legacyIdCounts(observations: readonly Observation[]): { own: Count[]; reported: Count[] } {
  return {
    own: observationsOf(observations, 'database').flatMap(({ id, duplicateLegacyIds: count }) =>
      count === null ? [] : [{ id, count }],
    ),
    reported: observationsOf(observations, 'report').flatMap(({ id, numbers }) => {
      const count = numbers['duplicate_legacy'];
      return count == null ? [] : [{ id, count }];
    }),
  };
}

/** Counts over those of the baseline. Either witness is enough: where they disagree, another rule says so. */
function moreLegacyIds(observations: readonly Observation[]): Match | null {
  const { own, reported } = legacyIdCounts(observations);
  const before = countedBefore(observations);
  const said = reported.find(({ id }) => id === BASELINE.report)?.count;
  // Without a number of the baseline nothing is called new; that it is missing is a reason of the verdict.
  const ownBefore = before === null ? 0 : (before.duplicateLegacyIds ?? Infinity);
  const saidBefore = before === null ? 0 : Math.max(before.duplicateLegacyIds ?? said ?? Infinity, said ?? 0);
  const more = [
    ...own.filter(({ count }) => count > ownBefore),
    ...reported.filter(({ count }) => count > saidBefore),
  ];
  if (more.length === 0) return null;
  const most = String(Math.max(...more.map(({ count }) => count)));
  return {
    because: `${most} legacy ids stand more than once in the mapping table${ownBefore > 0 ? `, with the flag off ${String(Math.min(ownBefore, saidBefore))} did` : ''}.`,
    proof: more.map(({ id }) => id),
  };
}

/** New teams mapped more often than before, and new duplicates that the look at all teams confirmed by their keys. */
function newDuplicates(observations: readonly Observation[]): Match | null {
  const all = observationsOf(observations, 'database').filter(
    ({ id, duplicateNewIds }) => id !== BASELINE.database && duplicateNewIds !== undefined,
  );
  const before = countedBefore(observations)?.duplicateNewIds ?? Infinity;
  const mapped = all.filter((one) => (one.duplicateNewIds ?? 0) > before);
  const audited = all.filter(({ audit }) => audit?.status === 'complete' && (audit.fresh.duplicate ?? 0) > 0);
  if (mapped.length + audited.length === 0) return null;
  const words = [
    ...mapped.map(
      (one) =>
        `${String(one.duplicateNewIds)} new teams are mapped more than once, with the flag off ${String(before)} were.`,
    ),
    ...audited.flatMap(({ audit }) =>
      audit === undefined
        ? []
        : [
            `New since the baseline, also on a second read: ${String(audit.fresh.duplicate)} duplicate(s) (all in ${audit.file}).`,
          ],
    ),
  ];
  return { because: words.join(' '), proof: [...mapped, ...audited].map(({ id }) => id) };
}

function oldDuplicates(observations: readonly Observation[]): Match | null {
  const before = countedBefore(observations);
  if (before === null) return null;
  const { duplicateLegacyIds, duplicateNewIds, audit } = before;
  const said = observationsOf(observations, 'report').find(({ id }) => id === BASELINE.report);
  const rows = audit?.status === 'complete' ? (audit.differences.duplicate ?? 0) : 0;
  const legacyIds = Math.max(duplicateLegacyIds ?? 0, said?.numbers['duplicate_legacy'] ?? 0);
  if (legacyIds + (duplicateNewIds ?? 0) + rows === 0) return null;
  return {
    because: `With the flag off already: ${String(legacyIds)} legacy ids and ${String(duplicateNewIds ?? 0)} new ids mapped more than once${rows > 0 && audit !== undefined ? `, ${String(rows)} duplicate(s) among all teams (all in ${audit.file})` : ''}. Not dual-write's doing.`,
    proof: [before.id, ...(said === undefined ? [] : [said.id])],
  };
}

/** Rules about what stands twice. What did so with the flag off already is told apart (spec: baseline faults). */
export const DUPLICATE_RULES: readonly Rule[] = [
  {
    id: 'duplicate-legacy-ids',
    symptom: 'Duplicate legacy IDs detected',
    source: 'seed §7',
    severity: 'MEDIUM',
    action: 'pause',
    urgency: 'High',
    verdict: 'NO_GO',
    advice: [LOOK],
    matches: ({ observations }) => moreLegacyIds(observations),
  },
  {
    id: 'duplicates-appeared',
    symptom: 'People or mappings stand twice that did not at the baseline',
    source: 'own',
    severity: 'MEDIUM',
    action: 'pause',
    urgency: 'High',
    verdict: 'NO_GO',
    advice: [LOOK, 'Look at who wrote the further row: a member who came back, a task that ran twice?'],
    matches: ({ observations }) => newDuplicates(observations),
  },
  {
    id: 'baseline-duplicates',
    symptom: 'Duplicates stood in the tables before dual-write was enabled',
    source: 'own',
    severity: 'LOW',
    action: 'continue',
    urgency: 'Normal',
    verdict: null,
    advice: ['Mend these rows by a migration of their own: dual-write copies new writes only.'],
    matches: ({ observations }) => oldDuplicates(observations),
  },
];
