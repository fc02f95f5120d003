import { observationsOf } from './observations.js';
import type { NextStep, RunRecord } from './run-record.js';

/** Teams that this run created with the flag on: the N of seed §8.3. */
export function teamsCreatedWithFlagOn(record: Pick<RunRecord, 'teams'>): number {
  return record.teams.filter((team) => team.side === 'after').length;
}

/** How many of those were copied rightly, by the row comparison. */
export function teamsMapped(record: Pick<RunRecord, 'observations'>): number {
  const copies = observationsOf(record.observations, 'copy').filter((one) => one.side === 'after');
  const create = copies.find((one) => one.write === 1);
  const performance = copies.find((one) => one.write === 'performance');
  return (create?.copied ?? 0) + (performance?.copied ?? 0);
}

/** The block of seed §8.3, ready to paste into the tracker. */
export function trackerBlock(
  record: Pick<RunRecord, 'teams' | 'observations' | 'verdict' | 'outcome' | 'evidence' | 'recordedAt'>,
): string {
  const good =
    record.verdict === 'GO' && record.outcome !== 'ROLLED_BACK' && record.outcome !== 'ROLLBACK_INCOMPLETE';
  const how = [
    record.verdict,
    ...(record.outcome === null || record.outcome === 'COMPLETED' ? [] : [record.outcome]),
  ].join(', ');
  return [
    `P5-T6 Staging Testing Completed (${record.recordedAt.slice(0, 10)})`,
    `- vNext Teams Created: ${String(teamsCreatedWithFlagOn(record))}`,
    `- Mapped Teams: ${String(teamsMapped(record))}`,
    `- Dual-Write Status: ${good ? '✅ SUCCESS' : `❌ ISSUES FOUND (${how})`}`,
    `- Artifact Directory: ${record.evidence.name}/`,
  ].join('\n');
}

export interface KeptSteps {
  readonly tracker: string | null;
  readonly commit: string | null;
}

/** The seven next steps of seed §12 with their state. `done` is said only of what this run itself did. */
export function nextStepsOf(
  record: Pick<RunRecord, 'observations' | 'verdict' | 'outcome' | 'evidence' | 'findings'>,
  kept: KeptSteps,
): NextStep[] {
  const soak = observationsOf(record.observations, 'soak')[0];
  const completed = record.outcome === 'COMPLETED';
  const review = `review the folder ${record.evidence.name} with the team within two working days`;
  const soaked = soak !== undefined && soak.plannedMs > 0 && soak.elapsedMs >= soak.plannedMs;
  const hours = soak === undefined ? 0 : soak.elapsedMs / 3_600_000;
  const steps: readonly (readonly [string, NextStep['state'], string])[] = [
    [
      'Update the tracker',
      kept.tracker === null ? 'open' : 'done',
      kept.tracker ?? 'paste the block of SUMMARY.md by hand',
    ],
    [
      'Commit the artifact directory',
      kept.commit === null ? 'open' : 'done',
      kept.commit ?? `commit ${record.evidence.name} by hand`,
    ],
    ['Schedule the team review of the results', 'open', review],
    [
      'Plan Phase 6 (unblock legacy writes)',
      completed && record.verdict === 'GO' ? 'open' : 'not-applicable',
      completed && record.verdict === 'GO' ? 'the verdict is GO' : 'needs a GO first',
    ],
    [
      'Monitor staging for 24–48 hours with dual-write on',
      soaked && hours >= 24 ? 'done' : completed ? 'open' : 'not-applicable',
      soaked
        ? `this run watched for ${hours >= 1 ? `${hours.toFixed(1)} h` : `${(hours * 60).toFixed(1)} min`}`
        : 'this run did not finish a soak',
    ],
    [
      'Document edge cases and unexpected behaviour',
      record.findings.length === 0 ? 'not-applicable' : 'open',
      record.findings.length === 0
        ? 'no rule matched'
        : `findings of this run: ${record.findings.map((one) => one.rule).join(', ')}`,
    ],
    ['Update the runbook with lessons learned', 'open', 'a person decides what was learned'],
  ];
  return steps.map(([title, state, detail], index) => ({ number: index + 1, title, state, detail }));
}
