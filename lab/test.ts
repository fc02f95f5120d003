import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { join, relative } from 'node:path';

import { execa } from 'execa';

import { prepareLabs } from './prepare.js';
import { showProgress } from './progress.js';
import { projectFolder } from './project.js';

/**
 * Jest projects that `npm test` leaves out because they take very long, each with the reason that people are told.
 * `npm test -- --selectProjects NAME` runs one.
 */
const LONG_PROJECTS: readonly { readonly name: string; readonly why: string }[] = [
  {
    name: 'kubernetes',
    why: 'it builds Kubernetes the first time (6 minutes) and takes a quarter of an hour.',
  },
];

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

/**
 * Jest runs its projects side by side. What measures how fast a healthy target is has a run of jest for itself, and so
 * have the tests on a cluster: a cluster that starts would spoil what others measure, and theirs would take the processors from it.
 * Unit tests come first: they tell at once what is broken, and some of them have a second for what takes an instant.
 */
const PARTS = ['units', 'stagings', 'alone', 'kubernetes'] as const;
type Part = (typeof PARTS)[number];

/** As in jest.config.mjs. */
function partOf(file: string): Part {
  const path = relative(projectFolder(), file);
  if (path === join('test', 'truth', 'healthy.test.ts')) return 'alone';
  if (path.startsWith(join('test', 'unit'))) return 'units';
  return path.startsWith(join('test', 'kubernetes')) ? 'kubernetes' : 'stagings';
}

/** With these jest runs no tests, or never ends. */
const NOT_SPLIT = ['--listTests', '--showConfig', '--help', '-h', '--version', '-v', '--watch', '--watchAll'];

const JEST = [
  ...['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
  join(projectFolder(), 'node_modules/jest/bin/jest.js'),
];

/** The parts in which the arguments choose tests; undefined when there is nothing to be divided. */
async function partsOf(args: readonly string[]): Promise<readonly string[] | undefined> {
  if (args.some((arg) => NOT_SPLIT.includes(arg))) return undefined;
  const listed = await execa(process.execPath, [...JEST, ...args, '--listTests'], {
    ...{ cwd: projectFolder(), reject: false, stdin: 'ignore' },
  });
  // What is wrong with the arguments, jest says itself when it runs.
  if (listed.failed) return undefined;
  const files = listed.stdout.split('\n').filter((line) => line.endsWith('.test.ts'));
  const chosen = PARTS.filter((part) => files.some((file) => partOf(file) === part));
  return chosen.length > 1 ? chosen : undefined;
}

let stopped = false;

/** Runs jest as its own process, with our terminal; resolves to the exit code. */
async function runJest(args: readonly string[], env: Readonly<Record<string, string>>): Promise<number> {
  const child = spawn(process.execPath, [...JEST, ...args], {
    ...{ cwd: projectFolder(), stdio: 'inherit', env: { ...process.env, ...env } },
  });
  const forward = (signal: NodeJS.Signals): void => {
    stopped = true;
    // Ctrl-C in a terminal reaches jest too; a second one would stop it in the middle of its clearing up.
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, forward);
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => {
        resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
      });
    });
  } finally {
    for (const signal of signals) process.off(signal, forward);
  }
}

/** Runs the tests that the arguments choose, in as many runs of jest as that takes; the first failure's exit code. */
async function runTests(args: readonly string[]): Promise<number> {
  const parts = await partsOf(args);
  if (parts === undefined) return runJest(args, {});
  let exitCode = 0;
  for (const [index, part] of parts.entries()) {
    if (stopped) break;
    const env = { READINESS_JEST_PART: part, READINESS_TOTALS_PART: `${index + 1}/${parts.length}` };
    const code = await runJest(args, env);
    if (exitCode === 0) exitCode = code;
  }
  return exitCode;
}

const given = process.argv.slice(2);
const { extra, notice } = leaveOutLong(given);
console.log(notice);
if (!given.includes('--listTests')) await prepareLabs(showProgress(process.stderr));
// Ours last: a list option of jest takes every word that follows it.
process.exitCode = await runTests([...given, ...extra]);
