import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { copyFileSync, writeFileSync } from 'node:fs';
import { appendFile, copyFile, link, mkdtemp, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { LogCursor } from '../../../activities/contract.js';
import { createFileLogSource } from '../../../activities/logs/file-log-source.js';
import { LineSplitter } from '../../../activities/logs/line-splitter.js';
import type { LogRead } from '../../../activities/logs/log-source.js';

let folder = '';
let path = '';
const never = new AbortController().signal;
const line = (at: number): string => `line ${String(at)} ${'x'.repeat(40)}\n`;
const linesOf = (from: number, to: number): string =>
  Array.from({ length: to - from + 1 }, (_, at) => line(from + at)).join('');

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'readiness-unit-log-'));
  path = join(folder, 'web.log');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function read(from: LogCursor): Promise<LogRead & { lines: string[] }> {
  const lines: string[] = [];
  const result = await createFileLogSource(path).read(
    from,
    (one) => lines.push(one.slice(0, 8).trim()),
    never,
  );
  return { ...result, lines };
}

/** Until the clock of the file system is past what was written. */
async function settled(): Promise<void> {
  const probe = join(folder, 'probe');
  const now = Date.now();
  for (;;) {
    await writeFile(probe, 'x');
    const { mtimeMs } = await stat(probe);
    await rm(probe);
    if (mtimeMs > now + 2) return;
  }
}

describe('a log file', () => {
  test('is read from the mark on, once', async () => {
    await writeFile(path, linesOf(1, 20));
    const mark = await createFileLogSource(path).mark();
    await appendFile(path, linesOf(21, 23));
    const first = await read(mark);
    expect(first.lines).toEqual(['line 21', 'line 22', 'line 23']);
    expect(first.note).toBeNull();
    expect((await read(first.next)).lines).toEqual([]);
  });

  test('a line without its end is left for the next read', async () => {
    await writeFile(path, '');
    const mark = await createFileLogSource(path).mark();
    await appendFile(path, 'line 1\nlin');
    const first = await read(mark);
    expect(first.lines).toEqual(['line 1']);
    await appendFile(path, 'e 2\n');
    expect((await read(first.next)).lines).toEqual(['line 2']);
  });

  test.each([0, 1, 30])('rotation by renaming loses nothing (%i lines before the mark)', async (before) => {
    await writeFile(path, before === 0 ? '' : linesOf(1, before));
    const mark = await createFileLogSource(path).mark();
    await appendFile(path, linesOf(31, 32));
    await rename(path, `${path}.1`);
    await writeFile(path, line(33));
    const result = await read(mark);
    expect(result.lines).toEqual(['line 31', 'line 32', 'line 33']);
    expect(result.note).toContain('rotated');
    await appendFile(path, line(34));
    expect(await read(result.next)).toMatchObject({ lines: ['line 34'], note: null });
  });

  test('two rotations in a row lose nothing', async () => {
    await writeFile(path, linesOf(1, 30));
    const mark = await createFileLogSource(path).mark();
    await appendFile(path, line(31));
    await rename(path, `${path}.1`);
    await writeFile(path, linesOf(32, 33));
    await rename(`${path}.1`, `${path}.2`);
    await rename(path, `${path}.1`);
    await writeFile(path, line(34));
    expect((await read(mark)).lines).toEqual(['line 31', 'line 32', 'line 33', 'line 34']);
  });

  test('copying and truncating loses nothing that was copied', async () => {
    await writeFile(path, linesOf(1, 30));
    const mark = await createFileLogSource(path).mark();
    await appendFile(path, linesOf(31, 32));
    await copyFile(path, `${path}.1`);
    await truncate(path, 0);
    await appendFile(path, line(33));
    const result = await read(mark);
    expect(result.lines).toEqual(['line 31', 'line 32', 'line 33']);
  });

  test('also of a log that was empty at the mark', async () => {
    await writeFile(path, '');
    const mark = await createFileLogSource(path).mark();
    await settled();
    await appendFile(path, linesOf(11, 12));
    await copyFile(path, `${path}.1`);
    await truncate(path, 0);
    await appendFile(path, line(13));
    expect(await read(mark)).toMatchObject({
      lines: ['line 11', 'line 12', 'line 13'],
      note: expect.stringContaining('copied'),
    });
  });

  test('an older file beside a log that was empty at the mark is not read', async () => {
    await writeFile(`${path}.1`, linesOf(11, 12));
    await settled();
    await writeFile(path, '');
    const mark = await createFileLogSource(path).mark();
    // Its process has not opened the new file yet.
    await appendFile(`${path}.1`, line(13));
    await appendFile(path, line(14));
    expect(await read(mark)).toMatchObject({ lines: ['line 14'], note: null });
  });

  test('truncating in the middle of a read loses nothing', async () => {
    await writeFile(path, linesOf(1, 10));
    const mark = await createFileLogSource(path).mark();
    await appendFile(path, linesOf(11, 12));
    const seen: string[] = [];
    let cut = false;
    const first = await createFileLogSource(path).read(
      mark,
      (one) => {
        seen.push(one.slice(0, 8).trim());
        if (cut) return;
        cut = true;
        copyFileSync(path, `${path}.1`);
        // The new content is longer than what was read of the old one.
        writeFileSync(path, linesOf(13, 40));
      },
      never,
    );
    const second = await read(first.next);
    expect([...seen, ...second.lines]).toEqual(
      Array.from({ length: 30 }, (_, at) => `line ${String(at + 11)}`),
    );
  });

  test('rotated again between opening and looking around: nothing is read twice', async () => {
    await writeFile(path, linesOf(1, 10));
    const mark = await createFileLogSource(path).mark();
    await appendFile(path, line(11));
    await rename(path, `${path}.1`);
    await writeFile(path, linesOf(12, 13));
    // The open file is at the same time one of those beside it, as after a rotation that came in between.
    await link(path, `${path}.0`);
    expect((await read(mark)).lines).toEqual(['line 11', 'line 12', 'line 13']);
  });

  test('another log beside it is none of its former files', async () => {
    await writeFile(path, linesOf(11, 12));
    const mark = await createFileLogSource(path).mark();
    await rename(path, `${path}.1`);
    await writeFile(path, line(13));
    await writeFile(`${path}.bak`, line(98));
    await writeFile(`${path}-errors`, line(99));
    expect((await read(mark)).lines).toEqual(['line 13']);
  });

  test('a compressed file between the former and the present one is told', async () => {
    await writeFile(path, linesOf(11, 12));
    const mark = await createFileLogSource(path).mark();
    await appendFile(path, line(13));
    await rename(path, `${path}.3`);
    await settled();
    await writeFile(`${path}.2.gz`, 'not to be read');
    await writeFile(path, line(15));
    expect(await read(mark)).toMatchObject({
      lines: ['line 13', 'line 15'],
      note: expect.stringContaining('web.log.2.gz'),
      lost: true,
    });
  });

  test('a former file that is gone is told', async () => {
    await writeFile(path, linesOf(1, 30));
    const mark = await createFileLogSource(path).mark();
    await rm(path);
    await writeFile(path, line(40));
    const result = await read(mark);
    expect(result.lines).toEqual(['line 40']);
    expect(result.note).toContain('lines may be missing');
    expect(result.lost).toBe(true);
  });

  test('one that is not there, or not readable, is a failure that names it', async () => {
    await expect(createFileLogSource(path).mark()).rejects.toMatchObject({
      type: 'NotFound',
      message: expect.stringContaining(path),
    });
  });

  test('200 MB are read with flat memory, more than 20 MB in a second of a processor', async () => {
    const block = linesOf(1, 20_000);
    await writeFile(path, '');
    const mark = await createFileLogSource(path).mark();
    for (let at = 0; at < 200; at += 1) await appendFile(path, block);
    const before = process.memoryUsage().rss;
    let count = 0;
    let peak = 0;
    const started = process.cpuUsage();
    await createFileLogSource(path).read(
      mark,
      () => {
        count += 1;
        if (count % 100_000 === 0) peak = Math.max(peak, process.memoryUsage().rss - before);
      },
      never,
    );
    const { user, system } = process.cpuUsage(started);
    const seconds = (user + system) / 1e6;
    expect(count).toBe(4_000_000);
    expect((block.length * 200) / 1e6 / seconds).toBeGreaterThan(20);
    expect(peak / 1e6).toBeLessThan(150);
  });
});

describe('line splitter', () => {
  test('gives the same lines however the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom('a', 'é', '→', '😀', '\r', ' '), maxLength: 12 }), {
          maxLength: 8,
        }),
        fc.array(fc.nat(30), { maxLength: 10 }),
        (lines, cuts) => {
          const bytes = Buffer.from(lines.map((one) => `${one}\n`).join(''));
          const seen: string[] = [];
          const splitter = new LineSplitter(1000, (one) => seen.push(one));
          let at = 0;
          for (const cut of [...cuts, bytes.length]) {
            splitter.push(bytes.subarray(at, Math.min(bytes.length, at + cut)));
            at = Math.min(bytes.length, at + cut);
          }
          splitter.push(bytes.subarray(at));
          expect(seen).toEqual(lines.map((one) => (one.endsWith('\r') ? one.slice(0, -1) : one)));
          expect(splitter.pending).toBe(0);
        },
      ),
    );
  });
  test('caps a line that never ends', () => {
    const seen: string[] = [];
    const splitter = new LineSplitter(100, (one) => seen.push(one));
    for (let at = 0; at < 50; at += 1) splitter.push(Buffer.alloc(1000, 'y'));
    splitter.push(Buffer.from('\nnext\n'));
    expect(seen.map((one) => one.length)).toEqual([100, 4]);
  });
});
