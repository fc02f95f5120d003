import { join } from 'node:path';

import { cacheFolder } from './cache.js';
import type { PythonHome } from './python.js';
import { targetFolder } from './project.js';
import { plainEnvironment, runTool } from './tools.js';

/** What every process of the sample application gets, whichever it is. */
export function applicationEnvironment(python: PythonHome): Record<string, string> {
  return plainEnvironment({
    PATH: `${python.bin}:${process.env['PATH'] ?? '/usr/bin:/bin'}`,
    PYTHON: python.python,
    PYTHONUTF8: '1',
    // Compiled modules go into the cache: a fast start, and nothing is written beside the sources.
    PYTHONPYCACHEPREFIX: join(cacheFolder(), 'pycache'),
  });
}

/** Runs one management command of the sample application and returns its standard output. */
export async function manage(
  python: PythonHome,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<string> {
  return runTool({
    command: python.python,
    args: ['manage.py', ...args],
    cwd: targetFolder(),
    env: { ...applicationEnvironment(python), ...env },
    failure: `The sample application's command "manage.py ${args.join(' ')}" failed`,
    next: '`npm run lab -- reset` makes the database anew; if that fails too, it is a fault of the lab.',
  });
}
