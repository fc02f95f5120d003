import type { AuditInput } from '../../activities/contract.js';
import { observationsOf } from '../../procedure/observations.js';
import { reading, requesting } from '../activities.js';
import type { Run } from '../run/run.js';
import { act, step, type Phase } from './context.js';

/** The validation report (seed §8) and the three queries of seed §5.3, of one side. */
export async function reportAndQueries(phase: Phase, side: 'baseline' | 'after'): Promise<void> {
  const { run } = phase;
  const label = side === 'baseline' ? 'before' : 'after';
  const report = await step(phase, `validation report ${label} enabling`, () =>
    requesting.runValidationReport.executeWithOptions({ summary: `validation report, ${label}` }, [
      { ...run.scope, side },
    ]),
  );
  const database = await step(phase, `database checks ${label} enabling`, () =>
    reading.runSeedQueries.executeWithOptions({ summary: `the three queries of the runbook, ${label}` }, [
      { ...run.scope, label, observationId: `${side}-database`, audit: auditOf(run, side) },
    ]),
  );
  run.observe(report, database);
  await act(phase);
}

/** With the flag on, all teams are compared with what the baseline found. */
export function auditOf(run: Run, side: 'baseline' | 'after'): AuditInput {
  const enabled = observationsOf(run.observations, 'rollout').find((one) => one.change === 'enable');
  const before = observationsOf(run.observations, 'database').find((one) => one.id === 'baseline-database');
  return {
    side,
    lagBudgetMs: run.plan.thresholds.lagBudgetMs,
    flagOnSince: side === 'after' ? (enabled?.at ?? null) : null,
    baseline: side === 'after' ? (before?.audit ?? null) : null,
  };
}

/** seed §6.3: the creates of the performance test; with the flag on their rows and their log lines too. */
export async function latency(phase: Phase, side: 'baseline' | 'after'): Promise<void> {
  const { run } = phase;
  const { samples } = run.plan;
  const title = `${String(samples.measured)} creates with the flag ${side === 'baseline' ? 'off' : 'on'}`;
  const from = await step(phase, 'marks the log', () =>
    reading.markLog({ environment: run.plan.environment }),
  );
  const result = await step(phase, title, () =>
    requesting.measureTeamCreate.executeWithOptions({ summary: title }, [
      { ...run.scope, observationId: `${side}-latency`, side, ...samples },
    ]),
  );
  const known = new Set(run.teams.map((team) => team.id));
  run.teams.push(
    ...result.teamIds
      .filter((id) => !known.has(id))
      .map((id) => ({ id, purpose: 'performance' as const, side })),
  );
  run.observe(result.observation);
  if (side === 'baseline') return;
  const copy = await step(phase, 'compares the rows of the performance test', () =>
    reading.compareCopies.executeWithOptions({ summary: 'rows of the performance test' }, [
      {
        ...run.scope,
        observationId: 'after-performance-rows',
        side,
        write: 'performance',
        teamIds: result.teamIds,
        lagBudgetMs: run.plan.thresholds.lagBudgetMs,
      },
    ]),
  );
  const log = await step(phase, 'reads the log of the performance test', () =>
    reading.readDualWriteLog.executeWithOptions({ summary: 'log of the performance test' }, [
      {
        ...run.scope,
        observationId: 'after-performance-log',
        side,
        write: 'performance',
        from,
        match: { operation: 'sync_team_created', teamIds: result.teamIds, membershipIds: [] },
        waitMs: 0,
        file: 'dual_write_events.log',
      },
    ]),
  );
  run.observe(copy, log.observation);
  await act(phase);
}

/** The four variables in every serving process, as they ought to be now. */
export async function servingFlags(
  phase: Phase,
  expected: 'baseline' | 'enabled',
  id: string,
): Promise<'as-expected' | 'differs' | 'unknown'> {
  const { run } = phase;
  const read = await step(phase, 'reads the flags of the serving processes', () =>
    reading.readServingFlags.executeWithOptions({ summary: `flags in the serving processes: ${expected}?` }, [
      { ...run.scope, observation: { id, expected }, seedCheck: true },
    ]),
  );
  run.observe(read);
  return read.status;
}
