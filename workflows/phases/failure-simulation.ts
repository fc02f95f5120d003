import { ActivityFailure, isCancellation } from '@temporalio/workflow';
import type { LogCursor } from '../../activities/contract.js';
import {
  SIMULATION,
  simulationObservation,
  type PrivilegeCapture,
  type SimulationSeen,
} from '../../procedure/failure-simulation.js';
import { smokeTeamName } from '../../procedure/flows.js';
import { changing, reading, requesting } from '../activities.js';
import { messageOf } from '../run/message-of.js';
import { act, step, type Phase } from './context.js';
import { freeGame } from './flows.js';

/** Nobody's writes are copied meanwhile, so no look at it may take long. */
const AT_MOST = { scheduleToCloseTimeout: '90 seconds' } as const;
const LINE_WAIT_MS = 5000;

/**
 * Only when the run asks for it: the application's right to write legacy teams is taken away for one create, to see that
 * the request is answered all the same and that the failure is noticed; then it is given back. The guardian knows how
 * before it is taken, so it comes back whatever ends the run in between. The team is removed, as it has no twin.
 */
export async function failureSimulation(phase: Phase): Promise<void> {
  const { run } = phase;
  const { lease } = run;
  if (!run.plan.input.failureSimulation) return;
  if (lease === null) throw new TypeError('a change without the environment');
  const environment = run.plan.environment;
  const capture = await step(phase, 'looks at the right to write legacy teams', () =>
    changing.capturePrivilege.executeWithOptions({ summary: 'which right is taken away' }, [{ environment }]),
  );
  const gameId = await freeGame(phase);
  await step(phase, 'registers the undo', () => lease.register({ kind: 'privileges', capture }, run.scope));
  // From here on nobody's pause and no question stands between holding the log and following it again.
  const from = await holdLog(phase);
  const { seen, next } = await whileAway(phase, { capture, gameId, from });
  await run.watch?.followLogFrom(next);
  await step(phase, 'tells the guardian that the right is back', () =>
    lease.register({ kind: 'privileges', capture: null }, run.scope),
  );
  run.observe(simulationObservation(seen));
  await removeTeam(phase);
  await act(phase);
}

interface Away {
  readonly capture: PrivilegeCapture;
  readonly gameId: number;
  readonly from: LogCursor;
}

/** From the REVOKE to the GRANT. What cannot be looked at is told and never waited for: only the GRANT is insisted on. */
async function whileAway(
  phase: Phase,
  { capture, gameId, from }: Away,
): Promise<{ readonly seen: SimulationSeen; readonly next: LogCursor | null }> {
  const { run } = phase;
  const environment = run.plan.environment;
  const reasons: string[] = [];
  const look = async <T>(what: string, activity: () => Promise<T>): Promise<T | null> => {
    run.doing(what);
    try {
      return await activity();
    } catch (error) {
      if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
      reasons.push(`${what}: ${messageOf(error)}`);
      return null;
    }
  };
  const authority = run.lease?.authority;
  const revoked =
    authority === undefined
      ? null
      : await look(`takes INSERT on ${capture.table} from ${capture.role}`, () =>
          changing.revokePrivilege.executeWithOptions({ ...AT_MOST, summary: 'REVOKE, for one create' }, [
            { environment, capture, authority },
          ]),
        );
  const flow =
    revoked &&
    (await look('creates a team whose copy must fail', () =>
      requesting.runFlow.executeWithOptions({ ...AT_MOST, summary: 'one create whose copy must fail' }, [
        {
          ...run.scope,
          ...{
            observationId: `${SIMULATION.label}-flow1`,
            side: 'simulation',
            flow: 1,
            gameId,
            context: null,
          },
          teamName: smokeTeamName(run.plan.tag, SIMULATION.label),
        },
      ]),
    ));
  const teamId = flow?.context?.teamId;
  const side = 'simulation' as const;
  const copy =
    teamId === undefined
      ? null
      : await look('compares its rows', () =>
          reading.compareCopies.executeWithOptions({ ...AT_MOST, summary: 'its copy: missing?' }, [
            {
              ...run.scope,
              ...{ observationId: `${SIMULATION.label}-rows`, side, write: 'probe', teamIds: [teamId] },
              lagBudgetMs: run.plan.thresholds.lagBudgetMs,
            },
          ]),
        );
  const log =
    teamId === undefined
      ? null
      : await look('reads its log', () =>
          reading.readDualWriteLog.executeWithOptions({ ...AT_MOST, summary: 'is the failure told?' }, [
            {
              ...run.scope,
              ...{
                observationId: `${SIMULATION.label}-log`,
                side,
                write: 'probe',
                from,
                waitMs: LINE_WAIT_MS,
              },
              match: { operation: 'sync_team_created', teamIds: [teamId], membershipIds: [] },
              file: 'dual_write_events.log',
            },
          ]),
        );
  const giveBack = (): Promise<unknown> =>
    changing.restorePrivilege.executeWithOptions({ summary: 'GRANT: the right back' }, [
      { environment, capture },
    ]);
  // At once, whatever a person wants to pause; only when it fails people are asked.
  if ((await look('gives the right back', giveBack)) === null)
    await step(phase, 'gives the right back', giveBack);
  return {
    seen: {
      ...{ at: run.now(), capture, flow: flow?.observation ?? null, copy, log: log?.observation ?? null },
      ...{ restored: true, reasons },
    },
    next: log?.next ?? null,
  };
}

/** What the watch had not read yet is read by the simulation; from here on it sees none of the lines that are meant. */
async function holdLog(phase: Phase): Promise<LogCursor> {
  const held = await phase.run.watch?.holdLog();
  return (
    held ??
    (await step(phase, 'marks the log', () => reading.markLog({ environment: phase.run.plan.environment })))
  );
}

async function removeTeam(phase: Phase): Promise<void> {
  const { run } = phase;
  const { tag, startedAt } = run.plan;
  const onlyTeam = smokeTeamName(tag, SIMULATION.label);
  const { status, reason } = await step(phase, 'removes the team of the simulation', () =>
    requesting.cleanupRows.executeWithOptions({ summary: 'the team without a twin away' }, [
      { ...run.scope, tag, startedAt, teamIds: [], onlyTeam },
    ]),
  );
  if (status === 'refused') run.say(`The team of the simulation stays: ${reason ?? 'refused'}`);
}
