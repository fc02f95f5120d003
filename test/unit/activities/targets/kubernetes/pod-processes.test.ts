import { describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { CommandResult } from '../../../../../activities/targets/command.js';
import { runCommand } from '../../../../../activities/targets/command.js';
import {
  podProcessesCommand,
  servingInPod,
  type PodProcess,
} from '../../../../../activities/targets/kubernetes/pod-processes.js';
import { RETRYABLE, TERMINAL } from '../../../../../procedure/failures.js';
import { FLAG_NAMES, type FlagValues } from '../../../../../procedure/flags.js';
import { ENABLED, STRICT } from './objects.js';

const NONE = Object.fromEntries(FLAG_NAMES.map((name) => [name, null])) as FlagValues;
const result = (stdout: string, rest: Partial<CommandResult> = {}): CommandResult => ({
  stdout,
  stderr: '',
  exitCode: 0,
  problem: null,
  ...rest,
});
const told = (...processes: Partial<PodProcess>[]) =>
  result(
    `215 objects imported automatically\n\nREADINESS-PROCESSES ${JSON.stringify(
      processes.map((one) => ({ pid: 1, parent: 0, listens: true, values: {}, ...one })),
    )}\nbye\n`,
  );
const pidsOf = (given: CommandResult) => servingInPod(given, 'pod a').map(({ pid }) => pid);

describe('who serves in a pod', () => {
  test.each<[string, Partial<PodProcess>[], number[]]>([
    ['a single server', [{ pid: 1 }], [1]],
    ['the workers, not their master', [{ pid: 1 }, { pid: 8, parent: 1 }, { pid: 9, parent: 1 }], [8, 9]],
    ['a shell in between', [{ pid: 1 }, { pid: 5, parent: 1, listens: false }, { pid: 6, parent: 5 }], [6]],
    ['the server, not its helper', [{ pid: 1 }, { pid: 5, parent: 1, listens: false }], [1]],
    ['a hidden process beside it', [{ pid: 1 }, { pid: 5, parent: 0, listens: null, values: null }], [1]],
    [
      'parents in a circle',
      [
        { pid: 3, parent: 4, listens: false },
        { pid: 4, parent: 3 },
      ],
      [4],
    ],
  ])('%s', (_, processes, pids) => {
    expect(pidsOf(told(...processes))).toEqual(pids);
  });

  test('the four variables and nothing else', () => {
    const values = { [ENABLED]: 'true', PASSWORD: 'x' } as unknown as FlagValues;
    expect(servingInPod(told({ values }), 'pod a')).toEqual([
      { pid: 1, values: { ...NONE, [ENABLED]: 'true' } },
    ]);
  });

  test.each<[string, CommandResult, string]>([
    ['nothing listens yet', told({ listens: false }), RETRYABLE.notServing],
    ['no process at all', told(), RETRYABLE.notServing],
    ['nothing may be seen', told({ listens: null }), TERMINAL.unauthorized],
    ['no environment may be read', told({ values: null }), TERMINAL.unauthorized],
    ['no answer', result('', { stderr: 'Traceback', exitCode: 1 }), TERMINAL.unexpected],
    ['half an answer', result('READINESS-PROCESSES [{"pid":'), TERMINAL.unexpected],
    ['an odd answer', result('READINESS-PROCESSES [null]'), TERMINAL.unexpected],
    ['no answer in time', result('', { exitCode: null, problem: 'timed-out' }), RETRYABLE.targetUnreachable],
    ['no Python', result('', { exitCode: null, problem: 'not-found' }), TERMINAL.notFound],
  ])('%s', (_, given, type) => {
    let thrown: unknown;
    try {
      servingInPod(given, 'pod a');
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ type });
  });
});

test('the command tells the processes of the machine that it runs on', async () => {
  const listens = `const s = require('node:net').createServer().listen(0, '127.0.0.1', () => console.log('up'));`;
  const child = spawn(process.execPath, ['-e', listens], {
    env: { [ENABLED]: 'true', [STRICT]: '', SECRET_KEY: 'never-to-be-told' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await once(child.stdout, 'data');
    const signal = new AbortController().signal;
    const answer = await runCommand(podProcessesCommand('python3'), { timeoutMs: 60_000, signal });
    expect(answer).toMatchObject({ exitCode: 0, stderr: '' });
    expect(answer.stdout).not.toContain('never-to-be-told');
    // Others of this machine serve too.
    const serving = servingInPod(answer, 'this machine');
    expect(serving.find(({ pid }) => pid === child.pid)?.values).toEqual({
      ...NONE,
      [ENABLED]: 'true',
      [STRICT]: '',
    });
  } finally {
    child.kill('SIGKILL');
  }
});
