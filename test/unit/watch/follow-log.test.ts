import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { appendFile, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
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
    expect(performance.now() - since).toBeLessThan(500);
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
    expect((await running).observation.reason).toMatch(/lines may be missing/);
  });
});
