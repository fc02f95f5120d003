import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';

import { prepareLabs } from './prepare.js';
import { showProgress } from './progress.js';
import { projectFolder } from './project.js';

/**
 * Jest projects that `npm test` leaves out because they take very long, each with the reason that people are told.
 * `npm test -- --selectProjects NAME` runs one.
 */
const LONG_PROJECTS: readonly { readonly name: string; readonly why: string }[] = [];

/** What is added to jest's arguments, and what the person is told first. Asking for projects by name overrides both. */
function leaveOutLong(args: readonly string[]): {
  readonly extra: readonly string[];
  readonly notice: string;
} {
  if (args.some((arg) => /^--(selectProjects|ignoreProjects)(=|$)/.test(arg))) {
    return { extra: [], notice: 'Only the projects that were asked for.' };
  }
  if (LONG_PROJECTS.length === 0) return { extra: [], notice: 'All projects; none is left out.' };
  const lines = LONG_PROJECTS.map(
    ({ name, why }) => `  ${name}: ${why} Run it: npm test -- --selectProjects ${name}`,
  );
  return {
    extra: ['--ignoreProjects', ...LONG_PROJECTS.map(({ name }) => name)],
    notice: `All projects but ${String(LONG_PROJECTS.length)}:\n${lines.join('\n')}`,
  };
}

/** Runs jest as its own process, with our terminal; resolves to the exit code. */
async function runJest(args: readonly string[]): Promise<number> {
  const folder = projectFolder();
  const nodeArgs = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  const child = spawn(
    process.execPath,
    [...nodeArgs, join(folder, 'node_modules/jest/bin/jest.js'), ...args],
    {
      cwd: folder,
      stdio: 'inherit',
    },
  );
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      // Ctrl-C in a terminal reaches jest too; a second one would stop it in the middle of its clearing up.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

const given = process.argv.slice(2);
const { extra, notice } = leaveOutLong(given);
console.log(notice);
if (!given.includes('--listTests')) await prepareLabs(showProgress(process.stderr));
// Ours last: a list option of jest takes every word that follows it.
process.exitCode = await runJest([...given, ...extra]);
