import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { execa } from 'execa';

import { forget, keyOf, makeOnce } from './cache.js';
import { LabError } from './lab-error.js';
import { timedStep, type OnProgress } from './progress.js';
import { targetFolder } from './project.js';
import { runTool, works } from './tools.js';

/** The Python in which the sample application runs. */
export interface PythonHome {
  /** Folder of `python`, `gunicorn`, `supervisord`, `supervisorctl`. */
  readonly bin: string;
  readonly python: string;
}

/** The virtual environment with the pinned packages of the sample application; made once for each Python version. */
export async function pythonHome(onProgress: OnProgress): Promise<PythonHome> {
  const requirements = join(targetFolder(), 'requirements.txt');
  const key = keyOf(await readFile(requirements, 'utf8'), await describePython());
  const name = join('python', key);
  let folder = await makeVenv(name, requirements, onProgress);
  if (!(await works(join(folder, 'bin', 'python'), ['-c', 'pass']))) {
    // The Python that it was made from has been removed or replaced since.
    await forget(name);
    folder = await makeVenv(name, requirements, onProgress);
  }
  return { bin: join(folder, 'bin'), python: join(folder, 'bin', 'python') };
}

async function describePython(): Promise<string> {
  const script = 'import sys; print(sys.version_info >= (3, 10), sys.version, sys.base_prefix)';
  const result = await execa('python3', ['-c', script], { reject: false, stdin: 'ignore' });
  if (result.failed || !result.stdout.startsWith('True')) {
    throw new LabError(
      result.failed
        ? 'Python 3 is needed for the sample application; `python3` could not be started.'
        : `Python 3.10 or newer is needed for the sample application; python3 is ${result.stdout.slice(6)}.`,
      'install it (Debian, Ubuntu: apt-get install python3 python3-venv).',
    );
  }
  return result.stdout;
}

function makeVenv(name: string, requirements: string, onProgress: OnProgress): Promise<string> {
  return makeOnce(name, (folder) =>
    timedStep(onProgress, 'Installing the Python packages of the sample application', async () => {
      await runTool({
        command: 'python3',
        args: ['-m', 'venv', folder],
        failure: 'The Python environment of the sample application could not be made',
        next: 'install the missing part (Debian, Ubuntu: apt-get install python3-venv) and start again.',
      });
      await runTool({
        command: join(folder, 'bin', 'python'),
        args: ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements],
        failure: 'The Python packages of the sample application could not be installed',
        next: 'check that pip reaches its package index (network, proxy, PIP_INDEX_URL) and start again.',
        timeoutMs: 900_000,
      });
    }),
  );
}
