import type { EnvironmentSettings } from '../../environment/settings.js';
import type { StaticFilesOutput } from '../contract.js';
import { textOf } from '../support/failure.js';
import { lastWords } from './command.js';
import { problemWithStaticFile } from './readiness.js';
import type { Target } from './target.js';

const TIMEOUT_MS = 300_000;

/** seed §4: collectstatic, then 200 and no page of HTML on the configured static file. What went wrong is a result, not an exception. */
export async function collectStaticFiles(
  target: Target,
  api: EnvironmentSettings['api'],
  signal: AbortSignal,
): Promise<StaticFilesOutput> {
  try {
    const result = await target.runManagement(['collectstatic', '--noinput'], {
      signal,
      timeoutMs: TIMEOUT_MS,
    });
    if (result.exitCode !== 0) return { ok: false, detail: `collectstatic failed: ${lastWords(result)}` };
    const said = result.stdout.trim().split('\n').at(-1) ?? '';
    if (api.staticFile === null) {
      return {
        ok: false,
        detail: `collectstatic ended well (${said}), but api.staticFile is not set, so nothing shows that files are served`,
      };
    }
    const problem = await problemWithStaticFile(api, api.staticFile, signal);
    return problem === null
      ? { ok: true, detail: `collectstatic: ${said}; ${api.baseUrl}${api.staticFile} answered 200` }
      : { ok: false, detail: `collectstatic ended well (${said}), but ${problem}` };
  } catch (error) {
    signal.throwIfAborted();
    return { ok: false, detail: textOf(error) };
  }
}
