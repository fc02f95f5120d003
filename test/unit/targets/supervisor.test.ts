import { describe, expect, test } from '@jest/globals';
import { isProgramCommand } from '../../../activities/targets/env-file/in-flight.js';
import { parseStatus } from '../../../activities/targets/env-file/supervisor.js';
import type { CommandResult } from '../../../activities/targets/command.js';

const SETTINGS = { command: ['supervisorctl'], program: 'deltacrown-web' };

function said(stdout: string, over: Partial<CommandResult> = {}): CommandResult {
  return { exitCode: 0, stdout, stderr: '', problem: null, ...over };
}

describe('supervisorctl status', () => {
  test.each([
    ['deltacrown-web                   RUNNING   pid 1234, uptime 0:00:05', 'RUNNING', 1234],
    ['deltacrown-web                   STARTING  ', 'STARTING', null],
    ['deltacrown-web                   STOPPED   Not started', 'STOPPED', null],
    [
      'deltacrown-web                   BACKOFF   Exited too quickly (process log may have details)',
      'BACKOFF',
      null,
    ],
    [
      'deltacrown-web                   FATAL     Exited too quickly (process log may have details)',
      'FATAL',
      null,
    ],
    ['deltacrown-web                   EXITED    Nov 23 06:00 PM', 'EXITED', null],
    ['deltacrown-web                   STOPPING  ', 'STOPPING', null],
    ['deltacrown-web:deltacrown-web    RUNNING   pid 7, uptime 1 day, 0:00:05', 'RUNNING', 7],
    ['Unlinking stale socket /tmp/s.sock\ndeltacrown-web RUNNING pid 9, uptime 0:00:01', 'RUNNING', 9],
  ])('%s', (line, state, pid) => {
    expect(parseStatus(said(`${line}\n`, { exitCode: state === 'RUNNING' ? 0 : 3 }), SETTINGS)).toMatchObject(
      {
        kind: 'status',
        status: { state, pid },
      },
    );
  });

  test.each([
    [
      'no such program',
      said('deltacrown-web: ERROR (no such process)\n', { exitCode: 4 }),
      'NotFound',
      'no program "deltacrown-web"',
    ],
    ['no such group', said('web: ERROR (no such group)\n', { exitCode: 4 }), 'NotFound', 'no program'],
    [
      'refused',
      said('http://127.0.0.1:9001 refused connection\n', { exitCode: 4 }),
      'TargetUnreachable',
      'refused',
    ],
    [
      'socket missing',
      said('unix:///run/supervisor.sock no such file\n', { exitCode: 4 }),
      'TargetUnreachable',
      'socket',
    ],
    ['not installed', said('', { exitCode: null, problem: 'not-found' }), 'NotFound', 'not on this machine'],
    [
      'password',
      said(
        "error: <class 'xmlrpc.client.ProtocolError'>, <ProtocolError for 127.0.0.1/RPC2: 401 Unauthorized>\n",
        { exitCode: 1 },
      ),
      'Unauthorized',
      'refused user or password',
    ],
    [
      'not permitted',
      said("error: <class 'PermissionError'>, [Errno 13] Permission denied: file: x.py line: 1\n", {
        exitCode: 1,
      }),
      'Unauthorized',
      'permission denied',
    ],
    ['hangs', said('', { exitCode: null, problem: 'timed-out' }), 'TargetUnreachable', 'timed-out'],
    [
      'another program only',
      said('celery RUNNING pid 3, uptime 0:00:01\n'),
      'TargetUnreachable',
      'gave no status',
    ],
  ])('%s', (...[, result, type, words]) => {
    expect(parseStatus(result, SETTINGS)).toMatchObject({
      kind: 'trouble',
      type,
      message: expect.stringContaining(words),
    });
  });

  test('a program of a group', () => {
    const settings = { ...SETTINGS, program: 'web:deltacrown' };
    expect(parseStatus(said('web:deltacrown RUNNING pid 5, uptime 0:00:01\n'), settings)).toMatchObject({
      status: { pid: 5 },
    });
  });
});

describe('a command in flight', () => {
  test.each([
    [true, ['/venv/bin/python', '/venv/bin/supervisorctl', '-c', 'x.conf', 'restart', 'deltacrown-web']],
    [true, ['sudo', 'supervisorctl', 'restart', 'deltacrown-web']],
    [true, ['supervisorctl', 'stop', 'celery', 'deltacrown-web']],
    [true, ['supervisorctl', 'restart', 'all']],
    [false, ['supervisorctl', 'status', 'deltacrown-web']],
    [false, ['supervisorctl', 'restart', 'celery']],
    [false, ['vim', 'restart', 'deltacrown-web']],
    [false, []],
  ])('%s: %j', (expected, words) => {
    expect(isProgramCommand(words, 'deltacrown-web')).toBe(expected);
  });
});
