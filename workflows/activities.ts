import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/contract.js';

const WAIT = ActivityCancellationType.WAIT_CANCELLATION_COMPLETED;

/** Reads that are quick: a handful of tries, then the phase waits at attention. */
export const reading = proxyActivities<Activities>({
  startToCloseTimeout: '2 minutes',
  scheduleToCloseTimeout: '5 minutes',
  heartbeatTimeout: '30 seconds',
  cancellationType: WAIT,
  retry: {
    initialInterval: '1 second',
    backoffCoefficient: 2,
    maximumInterval: '15 seconds',
    maximumAttempts: 6,
  },
});

/** Requests that write test rows: each is found by its name when it is repeated. */
export const requesting = proxyActivities<Activities>({
  startToCloseTimeout: '10 minutes',
  scheduleToCloseTimeout: '30 minutes',
  heartbeatTimeout: '10 seconds',
  cancellationType: WAIT,
  retry: {
    initialInterval: '1 second',
    backoffCoefficient: 2,
    maximumInterval: '15 seconds',
    maximumAttempts: 6,
  },
});

/** Changes of the target. State decides what is still to be done, so a repetition restarts nothing twice. */
export const changing = proxyActivities<Activities>({
  startToCloseTimeout: '10 minutes',
  scheduleToCloseTimeout: '20 minutes',
  heartbeatTimeout: '10 seconds',
  cancellationType: WAIT,
  retry: {
    initialInterval: '1 second',
    backoffCoefficient: 2,
    maximumInterval: '10 seconds',
    maximumAttempts: 6,
  },
});

/** Undoing: short tries, the guardian itself goes on for ever. */
export const undoing = proxyActivities<Activities>({
  // Longer than the longest restart that an environment may allow; a dead worker is noticed by its heartbeat.
  startToCloseTimeout: '20 minutes',
  heartbeatTimeout: '10 seconds',
  cancellationType: WAIT,
  retry: {
    initialInterval: '500 milliseconds',
    backoffCoefficient: 2,
    maximumInterval: '5 seconds',
    maximumAttempts: 3,
  },
});

/** Evidence and messages: worth a long try, never worth an outcome. */
export const keeping = proxyActivities<Activities>({
  startToCloseTimeout: '1 minute',
  scheduleToCloseTimeout: '3 minutes',
  heartbeatTimeout: '30 seconds',
  cancellationType: WAIT,
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '20 seconds' },
});

/** The evidence folder, before anything else is done: what stands in its way is told at once. */
export const opening = proxyActivities<Activities>({
  startToCloseTimeout: '20 seconds',
  cancellationType: WAIT,
  retry: { initialInterval: '1 second', maximumAttempts: 2 },
});

/** The guardian's eye on the run: one activity for as long as the run lives. */
export const watching = proxyActivities<Activities>({
  startToCloseTimeout: '30 days',
  heartbeatTimeout: '5 seconds',
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  retry: { initialInterval: '1 second', backoffCoefficient: 1.5, maximumInterval: '5 seconds' },
});
