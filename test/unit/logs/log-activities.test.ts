import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { LogActivities, LogCursor, ReadLogInput, ReadLogOutput } from '../../../activities/contract.js';
import { createLogActivities } from '../../../activities/logs/log-activities.js';
import type { LogSource } from '../../../activities/logs/log-source.js';
import { testEnvironment } from '../database/environment.js';

let folder = '';
let path = '';
let activities: LogActivities;
let mark: LogCursor;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'readiness-unit-log-'));
  path = join(folder, 'web.log');
  await writeFile(path, 'INFO an older line\n');
  const base = testEnvironment();
  const target = { ...base.settings.target, log: { file: path } };
  const environment = testEnvironment({ target, log: { patterns: { critical: ['too many clients'] } } });
  activities = createLogActivities({ loadEnvironment: () => Promise.resolve(environment) });
  mark = await within(() => activities.markLog({ environment: { name: 'unit', digest: 'd' } }));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function within<T>(step: () => Promise<T>): Promise<T> {
  return new MockActivityEnvironment().run(step);
}

function readLog(changes: Partial<ReadLogInput> = {}): Promise<ReadLogOutput> {
  const input: ReadLogInput = {
    environment: { name: 'unit', digest: 'd' },
    evidence: { name: 'x', path: folder },
    tag: '0a1b2c3d',
    observationId: 'after-flow1-log',
    side: 'after',
    write: 1,
    from: mark,
    match: { operation: 'sync_team_created', teamIds: [5], membershipIds: [] },
    waitMs: 0,
    file: 'ignored.log',
    ...changes,
  };
  return within(() => activities.readDualWriteLog(input));
}

const saved = (): Promise<string> => readFile(join(folder, 'logs/dual_write_after-flow1-log.log'), 'utf8');

describe('events of one write', () => {
  test('are found by operation and id, and only these lines are saved', async () => {
    await appendFile(
      path,
      'INFO Team synced: vNext 5 → Legacy 501\nINFO Dual-write scheduled for team creation: 5\nINFO Dual-write scheduled for team creation: 6\n' +
        'INFO Dual-write scheduled for settings update: 5\n',
    );
    const { observation, next } = await readLog();
    expect(observation).toMatchObject({
      status: 'seen',
      counts: { scheduled: 1, completed: 1, failed: 0, critical: 0 },
      reason: null,
    });
    expect(next.position).toBeGreaterThan(mark.position);
    expect((await saved()).split('\n').filter((line) => line.startsWith('INFO'))).toHaveLength(2);
  });

  test('a failed one makes it failed and tells the error', async () => {
    await appendFile(
      path,
      'ERROR event_type=dual_write_failed operation=sync_team_created team_id=5 error="no such table"\n',
    );
    expect((await readLog()).observation).toMatchObject({
      status: 'failed',
      reason: 'first error: no such table',
    });
  });

  test('members are found by their membership', async () => {
    await appendFile(
      path,
      'INFO Membership synced: vNext 9 → Legacy 2\nINFO Membership synced: vNext 10 → Legacy 3\n',
    );
    const match = { operation: 'sync_team_member_added' as const, teamIds: [5], membershipIds: [9] };
    expect((await readLog({ match })).observation.counts).toEqual({
      scheduled: 0,
      completed: 1,
      failed: 0,
      critical: 0,
    });
  });

  test('lines without an id count only when there is nothing better, and that is told', async () => {
    await appendFile(path, 'INFO event_type=dual_write_scheduled operation=sync_team_created\n');
    expect((await readLog()).observation).toMatchObject({
      status: 'seen',
      reason: 'matched by operation and time only: the lines carry no id',
    });
    await appendFile(path, 'INFO event_type=dual_write_scheduled operation=sync_team_created team_id=5\n');
    expect((await readLog()).observation).toMatchObject({ counts: { scheduled: 1 }, reason: null });
  });

  test('all lines without an id are counted, also those that are not kept', async () => {
    const lines = Array.from({ length: 2500 }, (_, at) =>
      at === 2400
        ? 'ERROR event_type=dual_write_failed operation=sync_team_created error="late"'
        : 'INFO event_type=dual_write_scheduled operation=sync_team_created',
    );
    await appendFile(path, `${lines.join('\n')}\n`);
    expect((await readLog()).observation).toMatchObject({
      status: 'failed',
      counts: { scheduled: 2499, failed: 1 },
      reason: expect.stringContaining('the first 2000 of 2500 lines are kept'),
    });
  });

  test('critical lines count wherever they are, and leave the write silent', async () => {
    await appendFile(path, 'FATAL: sorry, too many clients already\n');
    expect((await readLog()).observation).toMatchObject({ status: 'silent', counts: { critical: 1 } });
    expect(await saved()).toContain('too many clients');
  });

  test('critical texts are all handed on, not the first alone, without a secret', async () => {
    await appendFile(
      path,
      'FATAL: sorry, too many clients already for postgres://u:pw123456@h/db\nERROR Dual-write strict mode: raising exception\n',
    );
    const { criticalTexts } = (await readLog()).observation;
    expect(criticalTexts).toEqual([
      expect.stringContaining('too many clients'),
      expect.stringContaining('strict mode'),
    ]);
    expect(String(criticalTexts)).not.toContain('pw123456');
  });

  test('lost lines are said, whatever else is found; nothing found beside them is unreadable, not silent', async () => {
    await rm(path);
    await appendFile(path, 'INFO another beginning\n');
    expect((await readLog()).observation).toMatchObject({
      status: 'unreadable',
      lost: true,
      reason: expect.stringContaining('lines may be missing'),
    });
    await appendFile(path, 'INFO Team synced: vNext 5 → Legacy 501\n');
    expect((await readLog()).observation).toMatchObject({
      status: 'seen',
      lost: true,
      reason: expect.stringContaining('lines may be missing'),
    });
  });

  test('the offset of their local times is measured', async () => {
    const local = new Date(Date.now() + 6 * 3_600_000).toISOString().replace('T', ' ').slice(0, 19);
    await appendFile(
      path,
      `INFO ${local},356 apps views 2229 14038 Dual-write scheduled for team creation: 5\nINFO ${local},400 apps dual_write 2229 14038 Team synced: vNext 5 → Legacy 501\n`,
    );
    expect((await readLog()).observation.clock).toEqual({ offsetMinutes: 360, lines: 2, stated: 0 });
    expect(await saved()).toContain("the log's times are UTC+06:00 (measured on 2 lines)");
  });

  test('without a match all events count', async () => {
    await appendFile(
      path,
      'INFO Team synced: vNext 1 → Legacy 2\nERROR Dual-write failed for member removal: 3\n',
    );
    expect((await readLog({ match: null })).observation).toMatchObject({
      status: 'failed',
      counts: { completed: 1, failed: 1 },
    });
  });
});

describe('waiting', () => {
  test('ends when the event comes', async () => {
    const timer = setTimeout(() => void appendFile(path, 'INFO Team synced: vNext 5 → Legacy 501\n'), 400);
    const started = Date.now();
    const { observation } = await readLog({ waitMs: 10_000 });
    clearTimeout(timer);
    expect(observation.status).toBe('seen');
    expect(Date.now() - started).toBeLessThan(3000);
  });
  test('ends silent at its limit', async () => {
    expect((await readLog({ waitMs: 300 })).observation).toMatchObject({
      status: 'silent',
      counts: { completed: 0 },
    });
  });
  test('goes on for a moment after "scheduled", because the failure may follow', async () => {
    await appendFile(path, 'INFO Dual-write scheduled for team creation: 5\n');
    const timer = setTimeout(
      () => void appendFile(path, 'ERROR Dual-write failed for team creation: 5\n'),
      500,
    );
    expect((await readLog({ waitMs: 5000 })).observation.status).toBe('failed');
    clearTimeout(timer);
  });
});

test('a step that runs twice writes the same file, with each line once and no secret', async () => {
  await appendFile(
    path,
    'ERROR event_type=dual_write_failed operation=sync_team_created team_id=5 error="postgres://u:pw123456@h/db"\n',
  );
  await readLog();
  const first = await saved();
  await readLog();
  // The head line tells when it was read; everything else is the same.
  const withoutHead = (text: string): string => text.split('\n').slice(1).join('\n');
  expect(withoutHead(await saved())).toBe(withoutHead(first));
  expect(first.match(/dual_write_failed/g)).toHaveLength(1);
  expect(first).not.toContain('pw123456');
});

test('a log that is gone is unreadable, with the reason, and the place is kept', async () => {
  await rm(path);
  const { observation, next } = await readLog();
  expect(observation).toMatchObject({ status: 'unreadable', reason: expect.stringContaining(path) });
  expect(next).toEqual(mark);
});

test('the tail shows the newest dual-write lines only', async () => {
  const lines = Array.from(
    { length: 10 },
    (_, at) => `INFO Team synced: vNext ${String(at + 1)} → Legacy ${String(at + 501)}\nINFO GET / 200\n`,
  );
  await appendFile(path, lines.join(''));
  const environment = { name: 'unit', digest: 'd' };
  const first = await within(() => activities.tailLog({ environment, from: null, maxLines: 3 }));
  expect(first.lines).toHaveLength(3);
  expect(first.lines[2]).toContain('vNext 10 →');
  expect(
    (await within(() => activities.tailLog({ environment, from: first.next, maxLines: 3 }))).lines,
  ).toEqual([]);
});

describe('a log of several parts', () => {
  const unread = [{ part: 'container web of pod b', reason: 'Could not read the log of pod x/b: HTTP 502.' }];
  /** What one read after the other gives: a line, and whether a part could not be read. */
  const parts = (
    ...reads: readonly { readonly line?: string; readonly unread?: boolean }[]
  ): LogActivities => {
    let count = 0;
    const source = {
      read: (_from: LogCursor, onLine: (line: string) => void) => {
        const one = reads[Math.min(count, reads.length - 1)];
        count += 1;
        if (one?.line !== undefined) onLine(one.line);
        return Promise.resolve({ next: mark, note: null, ...(one?.unread === true ? { unread } : {}) });
      },
      back: () => Promise.resolve(mark),
    } as unknown as LogSource;
    return createLogActivities({ loadEnvironment: () => Promise.resolve(testEnvironment()) }, () => source);
  };
  const SYNCED = 'INFO Team synced: vNext 5 → Legacy 501';

  test('of which one cannot be read is not silent', async () => {
    activities = parts({ unread: true });
    expect((await readLog()).observation).toMatchObject({
      status: 'unreadable',
      reason: expect.stringContaining('HTTP 502'),
    });
  });

  test('of which one is read later is what the reads together say', async () => {
    activities = parts({ unread: true }, {});
    expect((await readLog({ waitMs: 600 })).observation).toMatchObject({ status: 'silent', reason: null });
  });

  test('tells what it saw, and that it did not see all', async () => {
    activities = parts({ unread: true, line: SYNCED });
    expect((await readLog()).observation).toMatchObject({
      status: 'seen',
      reason: expect.stringContaining('HTTP 502'),
    });
  });

  test('shows people that there is more than what is shown', async () => {
    activities = parts({ unread: true, line: SYNCED });
    const environment = { name: 'unit', digest: 'd' };
    const { lines } = await within(() => activities.tailLog({ environment, from: null, maxLines: 3 }));
    expect(lines).toEqual([SYNCED, `(not read: ${unread[0]?.reason ?? ''})`]);
  });
});
