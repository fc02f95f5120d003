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
  const page = await pageAt(`${api.baseUrl}${path}`, signal);
  return typeof page === 'string' ? page : null;
}

/** Also a problem: 200 with a page of HTML, as servers answer that send their start page for each file they do not find. */
export async function problemWithStaticFile(
  api: EnvironmentSettings['api'],
  path: string,
  signal: AbortSignal,
): Promise<string | null> {
  const url = `${api.baseUrl}${path}`;
  const page = await pageAt(url, signal);
  if (typeof page === 'string') return page;
  const { pathname } = new URL(url);
  const other = /\.\w+$/.test(pathname) && !/\.x?html?$/i.test(pathname);
  return other && /^text\/html\b/i.test(page.contentType)
    ? `${url} answered 200 with a page of HTML instead of the file`
    : null;
}

/** What answers with 200, or in words what happened instead. */
async function pageAt(url: string, signal: AbortSignal): Promise<{ readonly contentType: string } | string> {
  try {
    const { statusCode, headers, body } = await request(url, {
      method: 'GET',
      // The restart that is waited for closes every kept connection.
      reset: true,
      signal: AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]),
    });
    await body.dump();
    if (statusCode !== 200) return `${url} answered ${String(statusCode)}`;
    return { contentType: String(headers['content-type'] ?? '') };
  } catch (error) {
    signal.throwIfAborted();
    const code = errorCode(error);
    return `${url} did not answer (${code})`;
  }
}
