/** What to look at, by symptom (seed §10), in our own words. Enabling strict mode stays advice: no machine does it. */
export const ADVICE = {
  notScheduled: [
    'Read the flag in the serving processes, not in a new shell: a process keeps what it read at its start.',
    'Make sure that every process was restarted after the change.',
    'Check that the hooks are registered in the running version.',
  ],
  rowsMissing: [
    'Look for dual_write_failed lines and their tracebacks (logs/ in the evidence).',
    'Check that the application may write the legacy tables (INSERT on teams_team and its members).',
    'Check foreign keys and unique names: game ids, user profiles, a legacy name left behind by an earlier test.',
    'Run manage.py vnext_validation_report and compare it with our own row comparison.',
  ],
  highFailureRate: [
    'Read the database log for the errors behind the failures.',
    'Compare the legacy schema with what the copying code expects.',
    'Look for races, e.g. two teams that want one slug.',
    'Consider strict mode for one or two requests, by hand, to see the error at once.',
  ],
  performance: [
    'Read duration_ms of the dual-write events in the log.',
    'Check that the hooks run after the commit and outside the request.',
    'Look at the connection pool and for N+1 queries in the copying code.',
  ],
  none: [],
} as const;
