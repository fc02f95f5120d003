import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { appendFile, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { LogCursor } from '../../../activities/contract.js';
import type { LogRead, LogSource } from '../../../activities/logs/log-source.js';
import { Watching } from './watching.js';

let watching: Watching;
beforeEach(async () => {
  watching = await Watching.start();
});
afterEach(() => watching.stop());

const CRITICAL = 'FATAL: sorry, too many clients already\n';
const saved = (name: string): Promise<string> =>
  readFile(join(watching.folder, 'logs', `dual_write_${name}.log`), 'utf8');

describe('a critical line', () => {
  test('ends the call within a second of being written, and is in the evidence', async () => {
    const running = watching.follow({ maxMs: 20_000 });
    await pause(600);
    const since = performance.now();
    await appendFile(watching.log, CRITICAL);
    const seen = await running;
    expect(performance.now() - since).toBeLessThan(1000);
    expect(seen).toMatchObject({ ended: 'critical', observation: { counts: { critical: 1 } } });
    expect(seen.observation.reason).toContain('too many clients');
    expect(await saved('w')).toContain('too many clients');
  });

  test('is told although the evidence cannot be written, and so is that', async () => {
    const taken = join(watching.folder, 'taken');
    await writeFile(taken, 'a file where the folder should be');
    await appendFile(watching.log, CRITICAL);
    const seen = await watching.follow({ evidence: { name: 'x', path: taken } });
    expect(seen.ended).toBe('critical');
    expect(seen.observation.reason).toMatch(/too many clients.*not in the evidence/s);
  });

  test.each([
    [
      'JSON, its message far behind',
      (text: string) => JSON.stringify({ levelname: 'ERROR', trace: 'x'.repeat(9000), message: text }),
    ],
    ['text, far behind', (text: string) => `ERROR ${'x'.repeat(9000)} ${text} ${'y'.repeat(900)}`],
  ])('stands in the reason whatever surrounds it: %s', async (_name, line) => {
    for (const text of ['Dual-write strict mode: raising exception', 'FATAL: too many clients already']) {
      await writeFile(watching.log, 'INFO an older line, long enough to have a head\n');
      await appendFile(watching.log, `${line(text)}\n`);
      const seen = await watching.follow();
      expect(seen.observation.counts.critical).toBe(1);
      expect(seen.observation.reason).toContain(text);
      expect(seen.observation.reason?.length).toBeLessThan(400);
    }
  });

  test('hides none of another kind in the same step, nor in the heartbeat', async () => {
    const activity = watching.activity();
    let beat: unknown;
    activity.on('heartbeat', (details: unknown) => {
      beat = details;
    });
    await appendFile(watching.log, `${CRITICAL}ERROR Dual-write strict mode: raising exception\n`);
    const texts = [expect.stringContaining('too many clients'), expect.stringContaining('strict mode')];
    expect((await watching.follow({}, activity)).observation.criticalTexts).toEqual(texts);
    expect(beat).toMatchObject({ criticalTexts: texts });
  });

  test('shows no credential', async () => {
    await appendFile(watching.log, 'FATAL too many clients for postgresql://app:hunter22@db/app\n');
    const seen = await watching.follow();
    expect(seen.observation.reason).not.toContain('hunter22');
    expect(await saved('w')).not.toContain('hunter22');
  });
});

describe('a worker that dies', () => {
  test('leaves what it saw in the evidence and in its heartbeat; the next attempt goes on from there', async () => {
    const first = watching.activity();
    let beat: unknown;
    first.on('heartbeat', (details: unknown) => {
      beat = details;
    });
    const running = watching.follow({ maxMs: 60_000 }, first);
    await appendFile(watching.log, 'ERROR Dual-write failed for member removal: 3\n');
    await pause(1800);
    // What follows is what the server does when no more heartbeat comes; the first attempt is never heard of again.
    const before = structuredClone(beat);
    expect(await saved('w')).toContain('member removal');
    await appendFile(watching.log, 'ERROR Dual-write failed for team creation: 4\n');
    const second = await watching.follow(
      { maxMs: 600 },
      watching.activity({ attempt: 2, heartbeatDetails: before }),
    );
    expect(second.observation).toMatchObject({ status: 'failed', counts: { failed: 2 } });
    expect(await saved('w-attempt-2')).toContain('team creation');
    expect(await saved('w-attempt-2')).not.toContain('member removal');
    first.cancel();
    await running;
  });
});

describe('the end', () => {
  test('is answered at once when it is asked for, with the cursor', async () => {
    const activity = watching.activity();
    const running = watching.follow({ maxMs: 60_000 }, activity);
    await pause(300);
    await appendFile(watching.log, 'INFO Team synced: vNext 1 → Legacy 2\n');
    await pause(600);
    const since = performance.now();
    activity.cancel();
    const seen = await running;
    expect(performance.now() - since).toBeLessThan(10_000);
    expect(seen).toMatchObject({ ended: 'cancelled', observation: { status: 'seen' } });
    expect(seen.next.position).toBeGreaterThan(watching.mark.position);
  });

  test('of a quiet round says nothing', async () => {
    const seen = await watching.follow({ maxMs: 300 });
    expect(seen).toMatchObject({ ended: 'time', observation: { status: 'silent', reason: null } });
  });
});

describe('rotation', () => {
  test('with the former file beside it loses no line', async () => {
    const running = watching.follow();
    await pause(400);
    await appendFile(watching.log, 'INFO Team synced: vNext 1 → Legacy 2\n');
    await rename(watching.log, `${watching.log}.1`);
    await pause(400);
    await writeFile(watching.log, 'INFO Team synced: vNext 3 → Legacy 4\n');
    expect((await running).observation).toMatchObject({ status: 'seen', counts: { completed: 2 } });
  });

  test('with the former file gone is told', async () => {
    const running = watching.follow();
    await pause(400);
    await rm(watching.log);
    await writeFile(watching.log, 'INFO a wholly new file with another head\n');
    const { observation } = await running;
    expect(observation).toMatchObject({ lost: true, reason: expect.stringMatching(/lines may be missing/) });
    const beaten = { next: watching.mark, counts: observation.counts, critical: null, lost: true };
    const next = await watching.follow(
      { maxMs: 300 },
      watching.activity({ attempt: 2, heartbeatDetails: beaten }),
    );
    expect(next.observation.lost).toBe(true);
  });
});

describe('a read that takes long', () => {
  type Read = (
    onLine: (line: string) => void,
    signal: AbortSignal,
    count: number,
  ) => Promise<Partial<LogRead>>;
  const sourceOf = (read: Read): LogSource => {
    let count = 0;
    return {
      pollMs: 50,
      read: async (from: LogCursor, onLine: (line: string) => void, signal: AbortSignal) => {
        count += 1;
        return {
          next: { ...from, position: from.position + 1 },
          note: null,
          ...(await read(onLine, signal, count)),
        };
      },
    } as unknown as LogSource;
  };
  const forEver = (signal: AbortSignal): Promise<never> =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        reject(signal.reason as Error);
      });
    });

  test('stops no heartbeat: the attempt lives, and what it beats never goes past what it has read', async () => {
    const activity = watching.activity();
    const beats: { at: number; position: number }[] = [];
    activity.on('heartbeat', (details: { next: LogCursor }) => {
      beats.push({ at: performance.now(), position: details.next.position });
    });
    const began = performance.now();
    const slow = sourceOf(async (onLine) => {
      onLine('ERROR Dual-write failed for team creation: 4');
      await pause(3500);
      return {};
    });
    const seen = await watching.follow({ maxMs: 3000 }, activity, slow);
    expect(seen).toMatchObject({ ended: 'time', observation: { counts: { failed: 1 } } });
    const during = beats.filter(({ at }) => at - began < 3400);
    expect(during.length).toBeGreaterThanOrEqual(3);
    expect(during.every(({ position }) => position === watching.mark.position)).toBe(true);
    expect(beats.at(-1)?.position).toBe(watching.mark.position + 1);
  });

  test('is not waited for once a critical line was read', async () => {
    const since = performance.now();
    const source = sourceOf((onLine, signal) => {
      onLine(CRITICAL.trim());
      return forEver(signal);
    });
    expect(await watching.follow({ maxMs: 60_000 }, undefined, source)).toMatchObject({
      ended: 'critical',
      observation: { counts: { critical: 1 } },
    });
    expect(performance.now() - since).toBeLessThan(20_000);
  });

  test.each(['that can be broken off', 'that nothing can end'])(
    'and %s counts as blind from its beginning',
    async (kind) => {
      const hanging = sourceOf((_onLine, signal) =>
        kind === 'that nothing can end' ? new Promise<never>(() => undefined) : forEver(signal),
      );
      const before = {
        ...{
          next: watching.mark,
          counts: { scheduled: 0, completed: 0, failed: 0, critical: 0 },
          critical: null,
        },
        unseen: [{ part: 'the log', reason: 'HTTP 503', milliseconds: 59_000 }],
      };
      const activity = watching.activity({ attempt: 2, heartbeatDetails: before });
      const since = performance.now();
      expect(await watching.follow({ maxMs: 60_000 }, activity, hanging)).toMatchObject({
        ended: 'blind',
        observation: { status: 'unreadable', reason: expect.stringContaining('not read to its end') },
      });
      expect(performance.now() - since).toBeLessThan(20_000);
    },
  );

  test('a part that stays unread for a minute is told, although the others are read', async () => {
    const unread = [{ part: 'container web of pod b', reason: 'pod b: HTTP 502' }];
    const source = sourceOf((onLine, _signal, count) => {
      onLine(`INFO Team synced: vNext ${String(count)} → Legacy 2`);
      return Promise.resolve({ unread });
    });
    const before = {
      ...{
        next: watching.mark,
        counts: { scheduled: 0, completed: 0, failed: 0, critical: 0 },
        critical: null,
      },
      unseen: [{ ...unread[0], milliseconds: 59_000 }],
    };
    const activity = watching.activity({ attempt: 2, heartbeatDetails: before });
    const seen = await watching.follow({ maxMs: 60_000 }, activity, source);
    expect(seen).toMatchObject({
      ended: 'blind',
      observation: { status: 'unreadable', reason: 'pod b: HTTP 502' },
    });
    expect(seen.observation.counts.completed).toBeGreaterThan(1);
    expect(seen.next.position).toBeGreaterThan(watching.mark.position + 1);
  });
});
