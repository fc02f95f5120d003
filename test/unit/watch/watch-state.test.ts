import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Watching } from './watching.js';

let watching: Watching;
const children: ChildProcess[] = [];
beforeEach(async () => {
  watching = await Watching.start();
});
afterEach(async () => {
  jest.restoreAllMocks();
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await watching.stop();
});

/** A real process that listens and carries the flags; the supervisor says that it is the program's. */
async function serve(enabled: 'true' | 'false'): Promise<string> {
  const program =
    "require('node:http').createServer().listen(0, '127.0.0.1', () => process.stdout.write('up'))";
  const child = spawn(process.execPath, ['-e', program], {
    env: {
      TEAM_VNEXT_DUAL_WRITE_ENABLED: enabled,
      TEAM_VNEXT_DUAL_WRITE_STRICT: 'false',
      TEAM_LEGACY_WRITE_BLOCKED: 'true',
    },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  children.push(child);
  await once(child.stdout, 'data');
  await watching.supervisor(`echo "web RUNNING pid ${String(child.pid)}, uptime 0:00:10"`);
  return `pid ${String(child.pid)}`;
}

/** After 600 ms every clock is 61 s ahead. */
function leap(): void {
  const began = Date.now();
  const real = { date: Date.now.bind(Date), mark: performance.now.bind(performance) };
  const ahead = (): number => (real.date() - began > 600 ? 61_000 : 0);
  jest.spyOn(Date, 'now').mockImplementation(() => real.date() + ahead());
  jest.spyOn(performance, 'now').mockImplementation(() => real.mark() + ahead());
}

describe('a supervisor that cannot be asked for a minute', () => {
  test.each([
    ['refused', 'echo "unix:///run/supervisor.sock refused connection"; exit 4'],
    ['permission denied', 'echo "error: PermissionError, [Errno 13] Permission denied"; exit 2'],
    ['no such program', 'echo "web: ERROR (no such process)"; exit 4'],
  ])('%s: watching is blind, and nothing is called a restart', async (_name, script) => {
    await watching.supervisor(script);
    leap();
    const seen = await watching.watch({ known: ['pid 1'], maxMs: 600_000 });
    expect(seen).toMatchObject({
      ended: 'blind',
      flags: { status: 'unknown' },
      restarts: { count: 0, loop: false },
    });
  });
});

test('a program that does not run for a minute is gone', async () => {
  await watching.supervisor('echo "web EXITED Jan 01 00:00 AM"; exit 3');
  leap();
  const seen = await watching.watch({ known: ['pid 1'], maxMs: 600_000 });
  expect(seen).toMatchObject({ ended: 'restart', restarts: { loop: true } });
});

describe('flags', () => {
  test('that differ in two looks are drift', async () => {
    await serve('false');
    expect(await watching.watch({ everyMs: 20_000, maxMs: 20_000 })).toMatchObject({
      ended: 'drift',
      flags: { status: 'differs' },
    });
  });

  test('that differ after a restart are read again before anything is told', async () => {
    await serve('false');
    const seen = await watching.watch({ known: ['pid 1'], maxMs: 20_000 });
    expect(seen).toMatchObject({ ended: 'drift', restarts: { count: 1 }, flags: { status: 'differs' } });
  });

  test('that differ in the last look alone are no difference', async () => {
    await serve('false');
    const seen = await watching.watch({ maxMs: 300 });
    expect(seen).toMatchObject({ ended: 'time', flags: { status: 'unknown' } });
  });
});

test('a restart with the right flags is told as such', async () => {
  const id = await serve('true');
  const seen = await watching.watch({ known: ['pid 1'] });
  expect(seen).toMatchObject({ ended: 'restart', flags: { status: 'as-expected' }, known: [id] });
});

test('a restart that stands in a dead worker’s heartbeat is told', async () => {
  const id = await serve('true');
  const heartbeatDetails = { known: [id], restartTimes: [Date.now() - 1000], goneSince: null };
  const seen = await watching.watch(
    { known: ['pid 1'] },
    { activity: watching.activity({ attempt: 2, heartbeatDetails }) },
  );
  expect(seen).toMatchObject({ ended: 'restart', restarts: { count: 1 } });
});

describe('connections', () => {
  test('over the share in two counts end the call', async () => {
    await serve('true');
    expect(await watching.watch({ maxMs: 20_000 }, { used: 81 })).toMatchObject({
      ended: 'connections',
      database: { connections: 81 },
    });
  });

  test('over it in one count alone are not told', async () => {
    await serve('true');
    const seen = await watching.watch({ known: ['pid 1'] }, { used: 81 });
    expect(seen).toMatchObject({ ended: 'restart', database: null });
  });

  test('at the share are fine', async () => {
    await serve('true');
    expect(await watching.watch({ maxMs: 1200 }, { used: 80 })).toMatchObject({ ended: 'time' });
  });
});
