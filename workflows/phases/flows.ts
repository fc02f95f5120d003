import type { FlowContext, LogCursor } from '../../activities/contract.js';
import { flowOf, neededFlow, smokeTeamName, type FlowNumber } from '../../procedure/flows.js';
import { observationsOf, type FlowObservation } from '../../procedure/observations.js';
import { reading, requesting } from '../activities.js';
import { act, step, type Phase } from './context.js';

/** The team that a side's flows work on: made by flow 1, extended by flow 2. */
export interface FlowTeam {
  readonly side: 'baseline' | 'after' | 'strict';
  readonly gameId: number;
  context: FlowContext | null;
}

/** What stands in a step's title. */
const FLAG: Readonly<Record<FlowTeam['side'], string>> = {
  baseline: 'the flag off',
  after: 'the flag on',
  strict: 'the flag and strict mode on',
};

/** Game ids at which the test user owns no team yet. */
export async function freeGame(phase: Phase): Promise<number> {
  const found = await step(phase, 'looks up a free game id', () =>
    reading.findFreeGames({ environment: phase.run.plan.environment, count: 1 }).then(({ gameIds }) => {
      return gameIds[0] ?? null;
    }),
  );
  // The preconditions made sure of enough; 0 is refused by the target with a message of its own.
  return found ?? 0;
}

/**
 * One flow of seed §9 with both witnesses: the response, then (with the flag on) the rows of both models and the log.
 * A flow that needs one that failed is skipped with that reason.
 */
export async function runFlow(phase: Phase, number: FlowNumber, team: FlowTeam): Promise<void> {
  const { run } = phase;
  const { side } = team;
  const flow = flowOf(number);
  const id = `${side}-flow${String(number)}`;
  const missing = unmetNeed(phase, number, side);
  if (missing !== null) {
    run.skippedFlows = [
      ...run.skippedFlows.filter((one) => one.side !== side || one.flow !== number),
      { side, flow: number, reason: missing },
    ];
    const skipped: FlowObservation = {
      kind: 'flow',
      id,
      at: run.now(),
      source: 'api',
      side,
      flow: number,
      status: 'skipped',
      http: null,
      ms: null,
      reason: missing,
    };
    run.observe(skipped);
    return;
  }
  const title = `flow ${String(number)}, ${flow.title}, with ${FLAG[side]}`;
  const from =
    side !== 'baseline'
      ? await step(phase, 'marks the log', () => reading.markLog({ environment: run.plan.environment }))
      : null;
  const result = await step(phase, title, () =>
    requesting.runFlow.executeWithOptions({ summary: title }, [
      {
        ...run.scope,
        observationId: id,
        side,
        flow: number,
        teamName: smokeTeamName(run.plan.tag, side),
        gameId: team.gameId,
        context: team.context,
      },
    ]),
  );
  run.observe(result.observation);
  if (result.context !== null) {
    const { teamId } = result.context;
    team.context = result.context;
    if (!run.teams.some((one) => one.id === teamId))
      run.teams.push({ id: teamId, purpose: 'smoke', side: side === 'baseline' ? side : 'after' });
  }
  if (from !== null && team.context !== null)
    await witness(phase, number, { context: team.context, side, from });
  await act(phase);
}

function unmetNeed(phase: Phase, number: FlowNumber, side: FlowTeam['side']): string | null {
  const needed = neededFlow(number);
  if (needed === null) return null;
  const before = observationsOf(phase.run.observations, 'flow').find(
    (one) => one.side === side && one.flow === needed,
  );
  if (before?.status === 'ok') return null;
  return `it needs flow ${String(needed)} (${flowOf(needed).title}), which was ${before?.status ?? 'not tried'}`;
}

async function witness(
  phase: Phase,
  number: FlowNumber,
  { context: team, side, from }: { context: FlowContext; side: FlowTeam['side']; from: LogCursor },
): Promise<void> {
  const { run } = phase;
  const id = `${side}-flow${String(number)}`;
  const write = side === 'strict' ? 'strict' : number;
  const copy = await step(phase, `compares the rows of flow ${String(number)}`, () =>
    reading.compareCopies.executeWithOptions({ summary: `rows of flow ${String(number)}` }, [
      {
        ...run.scope,
        observationId: `${id}-rows`,
        side: 'after',
        write,
        teamIds: [team.teamId],
        lagBudgetMs: run.plan.thresholds.lagBudgetMs,
      },
    ]),
  );
  const log = await step(phase, `reads the log of flow ${String(number)}`, () =>
    reading.readDualWriteLog.executeWithOptions({ summary: `log of flow ${String(number)}` }, [
      {
        ...run.scope,
        observationId: `${id}-log`,
        side: 'after',
        write,
        from,
        match: {
          operation: flowOf(number).operation,
          teamIds: [team.teamId],
          membershipIds: team.membershipId === null ? [] : [team.membershipId],
        },
        waitMs: copy.status === 'copied' ? 3000 : 0,
        file: 'dual_write_events.log',
      },
    ]),
  );
  run.observe(copy, log.observation);
}
