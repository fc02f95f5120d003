import type { FollowLogOutput, WatchStateOutput } from '../activities/contract.js';
import type { Observation } from '../procedure/observations.js';

/** The log that is followed cannot be read. */
export function blindLog(reason: string): Observation {
  return {
    kind: 'log',
    id: 'watch-log-blind',
    at: new Date().toISOString(),
    source: 'log',
    side: 'after',
    write: 'watch',
    operation: null,
    status: 'unreadable',
    counts: { scheduled: 0, completed: 0, failed: 0, critical: 0 },
    reason,
  };
}

/** The serving processes cannot be looked at. */
export function blindProcesses(reason: string): Observation {
  return {
    kind: 'serving-flags',
    id: 'watch-flags-blind',
    at: new Date().toISOString(),
    source: 'watch',
    expected: 'enabled',
    processes: [],
    status: 'unknown',
    reason,
  };
}

/** What a quiet round saw is replaced by the next one; what happened is kept. */
export function ofLog({ observation, ended }: FollowLogOutput, observationId: string): Observation {
  const { status, reason } = observation;
  const eventful = ended === 'critical' || status === 'failed' || reason !== null;
  const id = ended === 'blind' ? 'watch-log-blind' : eventful ? observationId : 'watch-log';
  return { ...observation, id };
}

/** Nothing happened in this round. */
export function isQuiet({ ended }: WatchStateOutput): boolean {
  return ended === 'time' || ended === 'cancelled';
}

/** What a round of looking at processes, flags and connections tells the run. */
export function ofState(seen: WatchStateOutput): Observation[] {
  const { flags, database, restarts, ended } = seen;
  const quiet = isQuiet(seen);
  const blind = ended === 'blind';
  const id = blind ? 'watch-flags-blind' : quiet ? 'watch-flags' : flags.id;
  return [
    ...(flags.status === 'unknown' && !blind
      ? []
      : [{ ...flags, id, ...(blind ? { source: 'watch' } : {}) }]),
    ...(database === null || quiet ? [] : [database]),
    ...(restarts.count > 0 || restarts.loop ? [restarts] : []),
    ...(seen.changes ?? []),
  ];
}
