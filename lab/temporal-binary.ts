import { existsSync } from 'node:fs';
import { chmod, readdir, rename, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

import { execa } from 'execa';

import { cacheFolder, forget, makeOnce } from './cache.js';
import { LabError, messageOf } from './lab-error.js';
import { timedStep, type OnProgress } from './progress.js';
import { projectFolder } from './project.js';
import { plainEnvironment, runTool, works } from './tools.js';

/** The version that is built when the machine has none. Its server is 1.29.1 and its UI 2.42.1, as tested. */
const CLI_VERSION = '1.5.1';

const CACHED = join('temporal', CLI_VERSION);

/** A download that has brought no byte by then will not bring any: the machine has no internet. */
const DOWNLOAD_FIRST_BYTE_MS = 5_000;

/**
 * The path of a working Temporal CLI: the one on PATH, or the one in our cache, which is filled by a download or,
 * where that is not possible, built with Go.
 */
export async function findTemporalBinary(onProgress: OnProgress): Promise<string> {
  const cached = join(cacheFolder(), CACHED, 'temporal');
  for (const candidate of [...candidatesOnPath(), cached]) {
    if (existsSync(candidate) && (await works(candidate, ['--version']))) return candidate;
  }
  const problems: string[] = [];
  try {
    await forget(CACHED);
    await makeOnce(CACHED, (folder) => obtain(folder, onProgress, problems));
    return cached;
  } catch (error) {
    if (problems.length === 0) throw error;
    throw new LabError(
      `No Temporal CLI was found, and none could be made:\n${problems.map((line) => `    ${line}`).join('\n')}`,
      [
        'one of these four, then start again:',
        '    1. put the `temporal` program on PATH (your package manager, or the Temporal CLI releases);',
        `    2. put it at ${cached};`,
        '    3. start once with internet, so that it can be downloaded;',
        '    4. install Go 1.24 or newer, so that it can be built.',
      ].join('\n'),
      { cause: error },
    );
  }
}

function candidatesOnPath(): string[] {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder.startsWith('/'));
  return folders.map((folder) => join(folder, 'temporal'));
}

async function obtain(folder: string, onProgress: OnProgress, problems: string[]): Promise<void> {
  const target = join(folder, 'temporal');
  try {
    await timedStep(onProgress, 'Downloading the Temporal CLI', () => download(folder, target));
    return;
  } catch (error) {
    problems.push(`download: ${messageOf(error)}`);
  }
  try {
    await timedStep(onProgress, 'Building the Temporal CLI with Go (about 5 minutes, only once)', () =>
      build(folder),
    );
  } catch (error) {
    problems.push(`go install: ${messageOf(error)}`);
    throw error;
  }
}

/**
 * Lets the Temporal SDK fetch the release that it knows. In a process of its own, because the SDK's download can
 * neither be cancelled nor given a deadline.
 */
async function download(folder: string, target: string): Promise<void> {
  const script = `
    import { TestWorkflowEnvironment } from '@temporalio/testing';
    const executable = { type: 'cached-download', version: 'v${CLI_VERSION}', downloadDir: process.argv[1] };
    const environment = await TestWorkflowEnvironment.createLocal({ server: { executable } });
    await environment.teardown();
  `;
  const child = execa(process.execPath, ['--input-type=module', '-e', script, folder], {
    cwd: projectFolder(),
    env: plainEnvironment(),
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
    all: true,
    timeout: 600_000,
  });
  const timer = setTimeout(() => {
    void bytesIn(folder).then((bytes) => bytes === 0 && child.kill('SIGKILL'));
  }, DOWNLOAD_FIRST_BYTE_MS);
  const result = await child.finally(() => clearTimeout(timer));
  const file = (await readdir(folder)).find(
    (name) => name.startsWith('temporal') && !name.endsWith('.downloading'),
  );
  if (result.failed || file === undefined) throw new Error('nothing could be downloaded (no internet?)');
  if (join(folder, file) !== target) await rename(join(folder, file), target);
  await chmod(target, 0o755);
}

async function bytesIn(folder: string): Promise<number> {
  const names = await readdir(folder);
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function build(folder: string): Promise<void> {
  if (!(await works('go', ['version']))) throw new Error('Go is not installed');
  await runTool({
    command: 'go',
    args: ['install', `github.com/temporalio/cli/cmd/temporal@v${CLI_VERSION}`],
    failure: 'the Temporal CLI was not built',
    next: 'see the lines above',
    extraEnv: { CGO_ENABLED: '0', GOBIN: folder },
    timeoutMs: 1_800_000,
  });
}
