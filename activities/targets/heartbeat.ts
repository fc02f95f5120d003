import { cancellationSignal, heartbeat } from '@temporalio/activity';

/** Often enough for the shortest heartbeat timeout in use (5 s), also while one beat is late. */
const BEAT_MS = 1000;

/**
 * Runs a step that may take long: beats while it works, so that a dead worker is noticed within seconds and a cancel
 * arrives, and hands it the activity's cancellation signal to pass down. What it `carry`s goes with every beat from then
 * on, for a later try to find.
 */
export async function beating<T>(
  step: (signal: AbortSignal, carry: (details: unknown) => void) => Promise<T>,
): Promise<T> {
  let carried: unknown;
  const beat = (): void => {
    if (carried === undefined) heartbeat();
    else heartbeat(carried);
  };
  const carry = (details: unknown): void => {
    carried = details;
    beat();
  };
  beat();
  const timer = setInterval(beat, BEAT_MS);
  try {
    return await step(cancellationSignal(), carry);
  } finally {
    clearInterval(timer);
  }
}
