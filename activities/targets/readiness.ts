import { request } from 'undici';
import { errorCode } from '../../environment/error-code.js';
import type { EnvironmentSettings } from '../../environment/settings.js';

const DEADLINE_MS = 5000;

/** `null` when a GET on the path answers 200; otherwise what it did, for a message. Never throws but for a cancel. */
export async function problemWithPage(
  api: EnvironmentSettings['api'],
  path: string,
  signal: AbortSignal,
): Promise<string | null> {
  const url = `${api.baseUrl}${path}`;
  try {
    const { statusCode, body } = await request(url, {
      method: 'GET',
      // The restart that is waited for closes every kept connection.
      reset: true,
      signal: AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]),
    });
    await body.dump();
    return statusCode === 200 ? null : `${url} answered ${String(statusCode)}`;
  } catch (error) {
    signal.throwIfAborted();
    const code = errorCode(error);
    return `${url} did not answer (${code})`;
  }
}
