/**
 * The search attributes by which runs are found in Temporal's lists. All are Keyword. A run overwrites every one
 * of them as its first act, because "start like this one" in the Temporal UI copies old values.
 */
export const SEARCH_ATTRIBUTE = {
  environment: 'ReadinessEnvironment',
  phase: 'ReadinessPhase',
  verdict: 'ReadinessVerdict',
  outcome: 'ReadinessOutcome',
  waitingFor: 'ReadinessWaitingFor',
} as const;

/** Names only, in the order in which they are registered. */
export const SEARCH_ATTRIBUTES: readonly string[] = Object.values(SEARCH_ATTRIBUTE);
