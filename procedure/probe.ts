import type { CopyObservation, LogObservation } from './observations.js';
import type { RollbackPart } from './run-record.js';

const part = 'probe write';

/**
 * What one create with the flag off proves. `failed`: dual-write has picked it up, however badly: rollbacks come of wrong copies, so
 * anything of it in the legacy tables or the mapping counts, and so does a line. `not-needed`: its rows could not be read, so it
 * proves nothing. `surplus` rows of other teams of the run are none of its own.
 */
export function judgeProbe(
  teamId: number,
  copy: Pick<CopyObservation, 'status' | 'differences' | 'reason'>,
  log: Pick<LogObservation, 'status' | 'reason'>,
): RollbackPart {
  if (log.status === 'seen' || log.status === 'failed')
    return pickedUp(teamId, `the log has a line of dual-write for it`);
  const row = `team ${String(teamId)}`;
  const own = copy.differences.filter((one) => one.row === row);
  if (own.some(({ field, found }) => field === 'mapping' && found === 'no row')) {
    return log.status === 'unreadable'
      ? untouched(teamId, `no mapping; the log could not be read (${log.reason ?? 'no reason known'})`)
      : untouched(teamId);
  }
  const unread = copy.status === 'unknown' || copy.status === 'none';
  if (unread || own.some((one) => one.class === 'missing-in-new')) {
    const why = unread ? (copy.reason ?? 'no reason known') : 'the team is gone';
    return { part, status: 'not-needed', detail: `${row} was made, and proves nothing: ${why}` };
  }
  const first = copy.differences[0];
  return pickedUp(
    teamId,
    first === undefined ? 'it was copied' : `${first.class} ${first.row}: found ${first.found ?? 'nothing'}`,
  );
}

export function pickedUp(teamId: number, how: string): RollbackPart {
  const detail = `team ${String(teamId)}, made after the flags were put back, was still picked up by dual-write: ${how}`;
  return { part, status: 'failed', detail };
}

export function untouched(teamId: number, what = 'no mapping, no dual-write line'): RollbackPart {
  return { part, status: 'done', detail: `team ${String(teamId)} was made: ${what}` };
}
