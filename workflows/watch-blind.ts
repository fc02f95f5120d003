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
