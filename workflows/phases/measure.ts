import { patched } from '@temporalio/workflow';
import type { AuditInput } from '../../activities/contract.js';
import { latencyId, MEASURED_OPERATIONS, samplesOf } from '../../procedure/latency/operations.js';
import { observationsOf, type ExpectedFlags, type QueriesObservation } from '../../procedure/observations.js';
import { LATER_COPIES } from '../../procedure/rules/missing-latency.js';
import { queriesOf, type OutsideQueries } from '../../procedure/query-counts.js';
import { reading, requesting } from '../activities.js';
import type { Run } from '../run/run.js';
import { act, step, type Phase } from './context.js';

/** The validation report (seed §8) and the three queries of seed §5.3, of one side. */
export async function reportAndQueries(phase: Phase, side: 'baseline' | 'after'): Promise<void> {
  const { run } = phase;
  const label = side === 'baseline' ? 'before' : 'after';
  const { target, ...report } = await step(phase, `validation report ${label} enabling`, () =>
    requesting.runValidationReport.executeWithOptions({ summary: `validation report, ${label}` }, [
      { ...run.scope, side },
    ]),
  );
  if (side === 'baseline') run.targetAtBaseline = target ?? null;
  const database = await step(phase, `database checks ${label} enabling`, () =>
    reading.runSeedQueries.executeWithOptions({ summary: `the three queries of the runbook, ${label}` }, [
      { ...run.scope, label, observationId: `${side}-database`, audit: auditOf(run, side) },
    ]),
  );
  run.observe(report, database);
  // Rolled back or not, a start that wants no writes before enabling gets no test request either.
  const wanted = side === 'after' || run.plan.input.baselineWrites;
  if (wanted && run.plan.samples.queryCounts === true && patched('query-counts'))
    await queryCounts(phase, side);
  await act(phase);
}

/** seed §6.1. It decides nothing, so a run goes on without it. */
async function queryCounts(phase: Phase, side: 'baseline' | 'after'): Promise<void> {
  const { run } = phase;
  const observationId = `${side}-queries`;
  const fallback: QueriesObservation = {
    ...{ kind: 'queries', id: observationId, at: run.now(), source: 'framework', side },
    ...{ status: 'unknown', dualWrite: null, operations: [], reason: 'a person skipped this step' },
  };
  const flag = side === 'baseline' ? 'off' : 'on';
  const counted = await step(phase, { title: `counts queries with the flag ${flag}`, fallback }, () =>
    requesting.countQueries.executeWithOptions({ summary: `queries of a request, flag ${flag}` }, [
      {
        ...run.scope,
        observationId,
        side,
        baseline: side === 'after' ? queriesOf(run.observations, 'baseline') : null,
        outside: { off: outsideOf(run, 'baseline'), on: outsideOf(run, 'after') },
      },
    ]),
  );
  run.observe(counted);
}

/** Of the performance test, which comes after the baseline's own counts and before those with the flag on. */
function outsideOf(run: Run, side: 'baseline' | 'after'): OutsideQueries | null {
  const latencies = observationsOf(run.observations, 'latency');
  return (
    latencies.find((one) => one.side === side && one.operation === 'team_create')?.outsideQueries ?? null
  );
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

/** seed §6.2, §6.3: the creates of the performance test, then the other writes on the teams that they made. */
export async function latency(phase: Phase, side: 'baseline' | 'after'): Promise<void> {
  await creates(phase, side);
  await otherWrites(phase, side);
}

/** With the flag on their rows and their log lines too. */
async function creates(phase: Phase, side: 'baseline' | 'after'): Promise<void> {
  const { run } = phase;
  const { measured, warmUp, claim, ratePerSecond, queryCounts } = run.plan.samples;
  const samples = {
    ...{ measured, warmUp, claim, ratePerSecond },
    ...(queryCounts === undefined ? {} : { queryCounts }),
  };
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

/** One write a team. With the flag on the teams are compared again: a right create says nothing of what changed it. */
async function otherWrites(phase: Phase, side: 'baseline' | 'after'): Promise<void> {
  const { run } = phase;
  const { claim, ratePerSecond } = run.plan.samples;
  const planned = MEASURED_OPERATIONS.map((kind) => ({
    ...kind,
    measured: samplesOf(run.plan.samples, kind),
  })).filter((kind) => kind.flow !== 1 && kind.measured > 0);
  if (planned.length === 0) return;
  for (const { operation, title, measured } of planned) {
    if (operation === 'team_create') continue;
    const summary = `${String(measured)} × ${title}, with the flag ${side === 'baseline' ? 'off' : 'on'}`;
    const observation = await step(phase, summary, () =>
      requesting.measureWrite.executeWithOptions({ summary }, [
        {
          ...run.scope,
          observationId: latencyId(side, operation),
          side,
          operation,
          measured,
          claim,
          ratePerSecond,
        },
      ]),
    );
    run.observe(observation);
    await act(phase);
  }
  if (side === 'baseline') return;
  const teamIds = run.teams
    .filter((team) => team.side === 'after' && team.purpose === 'performance')
    .map((team) => team.id);
  const copy = await step(phase, 'compares the rows after the other writes', () =>
    reading.compareCopies.executeWithOptions({ summary: 'rows after the other writes' }, [
      {
        ...run.scope,
        observationId: LATER_COPIES,
        side,
        write: 'soak',
        teamIds,
        lagBudgetMs: run.plan.thresholds.lagBudgetMs,
      },
    ]),
  );
  run.observe(copy);
  await act(phase);
}

/** The four variables in every serving process, as they ought to be now. */
export async function servingFlags(
  phase: Phase,
  expected: ExpectedFlags,
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
