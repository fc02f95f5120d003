import { sleep } from '@temporalio/activity';
import type { LoadedEnvironment } from '../../environment/settings.js';
import type { ApiResponse } from './response.js';
import type { ApiRequest, ApiSessions } from './session.js';

/** A throttle of up to this is waited for; a longer one ends the measurement (docs/target.md: up to an hour). */
export const SHORT_WAIT_MS = 30_000;
/** Short waits for one request; more of them are a budget that is used up. */
export const WAITS = 3;
/** Where the target does not say how long. */
export const UNTOLD_WAIT_MS = 1000;

/**
 * Sends a request and waits for a short `Retry-After` before it tries again: a 429 means that nothing was written, so
 * trying again is safe. What is still throttled then is the result. Cancellable while it waits.
 */
export async function requestPatiently(
  sessions: ApiSessions,
  environment: LoadedEnvironment,
  request: ApiRequest,
): Promise<ApiResponse> {
  for (let waits = 0; ; waits += 1) {
    const response = await sessions.request(environment, request);
    if (response.kind !== 'throttled' || waits >= WAITS) return response;
    const waitMs = response.retryAfterMs ?? UNTOLD_WAIT_MS;
    if (waitMs > SHORT_WAIT_MS) return response;
    await sleep(Math.max(waitMs, 100));
  }
}
