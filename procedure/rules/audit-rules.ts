import { observationsOf } from '../observations.js';
import { describeCounts, judgedCount, type RowAudit } from '../row-audit.js';
import { ADVICE } from './advice.js';
import type { Rule, RuleView } from './rule.js';

interface Audited {
  readonly id: string;
  readonly audit: RowAudit;
}

const BASELINE = 'baseline-database';

function audits({ observations }: RuleView): Audited[] {
  return observationsOf(observations, 'database').flatMap(({ id, audit }) =>
    audit === undefined ? [] : [{ id, audit }],
  );
}

/** With the flag on, and compared with the baseline: only then is a difference new. */
function auditsAfter(view: RuleView): Audited[] {
  return audits(view).filter(({ id, audit }) => id !== BASELINE && audit.status === 'complete');
}

/** Rules about all teams of both models, whoever made them. Teams of the run itself are judged by the copy rules. */
export const AUDIT_RULES: readonly Rule[] = [
  {
    id: 'audit-new-differences',
    symptom: 'Teams that this run did not make differ between the two models, and did not at the baseline',
    source: 'own',
    severity: 'HIGH',
    action: 'disable',
    urgency: 'Immediate',
    verdict: 'NO_GO',
    advice: ADVICE.rowsMissing,
    matches: (view) => {
      const bad = auditsAfter(view).filter(({ audit }) => judgedCount(audit.fresh) > 0);
      if (bad.length === 0) return null;
      return {
        because: bad
          .map(({ audit }) => {
            const examples = audit.examples
              .slice(0, 3)
              .map((one) => `${one.row}: ${one.class}${one.field === null ? '' : ` in ${one.field}`}`);
            return `New since the baseline, also on a second read: ${describeCounts(audit.fresh)} (${examples.join('; ')}; all in ${audit.file}).`;
          })
          .join(' '),
        proof: bad.map(({ id }) => id),
      };
    },
  },
  {
    id: 'audit-new-orphans',
    symptom: 'Mappings lost their team on one side, and had it at the baseline',
    source: 'own',
    severity: 'MEDIUM',
    action: 'investigate',
    urgency: 'High',
    verdict: 'INCONCLUSIVE',
    advice: ['Look at who deletes teams on either side: a mapping without its team is left behind.'],
    matches: (view) => {
      // The own count tells how many there are; one that was mended meanwhile hides a new one there.
      const seen = auditsAfter(view).filter(({ audit }) => (audit.fresh['orphan-mapping'] ?? 0) > 0);
      if (seen.length === 0) return null;
      return {
        because: seen
          .map(
            ({ audit }) =>
              `${String(audit.fresh['orphan-mapping'])} mapping(s) point to a team that is not there and were right at the baseline, or are new; also on a second read (all in ${audit.file}).`,
          )
          .join(' '),
        proof: seen.map(({ id }) => id),
      };
    },
  },
  {
    id: 'audit-baseline-differences',
    symptom: 'The two models differed before dual-write was enabled',
    source: 'own',
    severity: 'LOW',
    action: 'continue',
    urgency: 'Normal',
    verdict: null,
    advice: ['Mend these rows by a migration of their own: dual-write copies new writes only.'],
    matches: (view) => {
      const old = audits(view).filter(
        ({ id, audit }) =>
          id === BASELINE && audit.status === 'complete' && judgedCount(audit.differences) > 0,
      );
      if (old.length === 0) return null;
      return {
        because: old
          .map(
            ({ audit }) =>
              `With the flag off already: ${describeCounts(audit.differences)} (all in ${audit.file}). Not dual-write's doing.`,
          )
          .join(' '),
        proof: old.map(({ id }) => id),
      };
    },
  },
  {
    id: 'inline-legacy-writes',
    symptom: 'Something other than dual-write writes the legacy tables',
    source: 'own',
    severity: 'HIGH',
    action: 'disable',
    urgency: 'Immediate',
    verdict: 'NO_GO',
    advice: [
      'Find the code that still writes the legacy tables; TEAM_LEGACY_WRITE_BLOCKED ought to be true in every process.',
    ],
    matches: (view) => {
      const seen = auditsAfter(view).filter(
        ({ audit: { legacyWrites } }) =>
          legacyWrites !== null && legacyWrites.teams + legacyWrites.memberships > 0,
      );
      if (seen.length === 0) return null;
      return {
        because: seen
          .map(({ audit: { legacyWrites } }) => {
            const { teams = 0, memberships = 0, examples = [] } = legacyWrites ?? {};
            return `Since the baseline ${String(teams)} legacy team(s) and ${String(memberships)} legacy membership(s) were written that no mapping accounts for: ${examples.slice(0, 3).join(', ')}.`;
          })
          .join(' '),
        proof: seen.map(({ id }) => id),
      };
    },
  },
  {
    id: 'copies-late',
    symptom: 'Copies appeared later than the lag budget',
    source: 'own',
    severity: 'LOW',
    action: 'continue',
    urgency: 'Normal',
    verdict: null,
    advice: ADVICE.performance,
    matches: (view) => {
      const late = auditsAfter(view).filter(({ audit }) => (audit.lag?.late ?? 0) > 0);
      if (late.length === 0) return null;
      return {
        because: late
          .map(
            ({ audit: { lag } }) =>
              `${String(lag?.late)} of ${String(lag?.measured)} copies came later than the lag budget, the latest after ${String(lag?.maxMs)} ms.`,
          )
          .join(' '),
        proof: late.map(({ id }) => id),
      };
    },
  },
];

/**
 * What is missing of the look at all teams. Records of versions that did not make it have none on either side and miss
 * nothing; once one side has it, both are needed, read to the end, and not over nothing.
 */
export function missingAudit(view: Pick<RuleView, 'observations'>): string[] {
  const databases = observationsOf(view.observations, 'database');
  if (databases.every((one) => one.audit === undefined)) return [];
  return (['baseline-database', 'after-database'] as const).flatMap((id) => {
    const name = id === BASELINE ? 'before' : 'after';
    const audit = databases.find((one) => one.id === id)?.audit;
    if (audit === undefined) return [`All teams were not compared ${name} enabling.`];
    if (audit.status === 'unknown')
      return [`All teams could not be compared ${name} enabling: ${audit.reason ?? 'no reason known'}.`];
    if (id !== BASELINE && (audit.mappings === 0 || audit.newTeams === 0))
      return ['The look at all teams after enabling found no mapped team at all.'];
    return id !== BASELINE && audit.legacyWrites === null
      ? ['Whether something else writes the legacy tables was not looked at.']
      : [];
  });
}
