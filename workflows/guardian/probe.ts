import { patched } from '@temporalio/workflow';
import type { StepScope } from '../../activities/contract.js';
import { smokeTeamName } from '../../procedure/flows.js';
import { judgeProbe, pickedUp, untouched } from '../../procedure/probe.js';
import type { RollbackPart } from '../../procedure/run-record.js';
import { undoing } from '../activities.js';
import { messageOf } from '../run/message-of.js';

const SILENCE_MS = 2000;

/**
 * Proof by effect that dual-write is off: one create makes no mapping and no log line. A probe that cannot be made is
 * reported and does not make the rollback incomplete, because the serving processes were read; a probe that IS copied does.
 */
export async function probeOff(scope: StepScope, id: string): Promise<RollbackPart> {
  try {
    const from = await undoing.markLog({ environment: scope.environment });
    const { gameIds } = await undoing.findFreeGames({ environment: scope.environment, count: 1 });
    const gameId = gameIds[0];
    if (gameId === undefined)
      return { part: 'probe write', status: 'not-needed', detail: 'no free game id was left for a probe' };
    const made = await undoing.runFlow.executeWithOptions(
      { summary: 'probe: one create with the flag off' },
      [
        {
          ...scope,
          observationId: `${id}-probe`,
          side: 'rollback',
          flow: 1,
          teamName: smokeTeamName(scope.tag, id),
          gameId,
          context: null,
        },
      ],
    );
    if (made.context === null) {
      return {
        part: 'probe write',
        status: 'not-needed',
        detail: `the probe could not be made (${made.observation.reason ?? 'no answer'})`,
      };
    }
    const teamId = made.context.teamId;
    const copy = await undoing.compareCopies.executeWithOptions({ summary: 'probe: not copied?' }, [
      {
        ...scope,
        observationId: `${id}-probe-rows`,
        side: 'rollback',
        write: 'probe',
        teamIds: [teamId],
        lagBudgetMs: SILENCE_MS,
      },
    ]);
    const log = await undoing.readDualWriteLog({
      ...scope,
      observationId: `${id}-probe-log`,
      side: 'rollback',
      write: 'probe',
      from,
      match: { operation: 'sync_team_created', teamIds: [teamId], membershipIds: [] },
      waitMs: 0,
      file: 'dual_write_events.log',
    });
    if (patched('probe-judged-by-rows')) return judgeProbe(teamId, copy, log.observation);
    return copy.status === 'copied' ||
      log.observation.status === 'seen' ||
      log.observation.status === 'failed'
      ? pickedUp(teamId, 'it was copied')
      : untouched(teamId);
  } catch (error) {
    return {
      part: 'probe write',
      status: 'not-needed',
      detail: `the probe could not be made: ${messageOf(error)}`,
    };
  }
}
