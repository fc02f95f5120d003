import { cancellationSignal, heartbeat } from '@temporalio/activity';

/** Often enough for the shortest heartbeat timeout in use (5 s), also while one beat is late. */
const BEAT_MS = 1000;

/**
 * Runs a step that may take long: beats while it works, so that a dead worker is noticed within seconds and a cancel
 * arrives, and hands it the activity's cancellation signal to pass down.
 */
export async function beating<T>(step: (signal: AbortSignal) => Promise<T>): Promise<T> {
  heartbeat();
  const timer = setInterval(() => {
    heartbeat();
  }, BEAT_MS);
  try {
    return await step(cancellationSignal());
  } finally {
    clearInterval(timer);
  }
}
