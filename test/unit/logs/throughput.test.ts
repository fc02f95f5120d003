/**
 * A target that logs a lot: every event is found at 20 MB a second of one core at least, with memory that does not grow
 * with the file. CPU time is measured, so a busy machine makes no difference.
 */
import { open, rm, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createFileLogSource } from '../../../activities/logs/file-log-source.js';
import { EventMatcher } from '../../../activities/logs/matching.js';
import { createLogParser } from '../../../procedure/log-events.js';

const MEGABYTE = 1024 * 1024;
const SIZE = 100 * MEGABYTE;
const CRITICAL = [
  'too many clients already',
  'remaining connection slots are reserved',
  'QueuePool limit',
  'Dual-write strict mode: raising exception',
];

let folder = '';
let path = '';
let bytes = 0;
const written = { scheduled: 0, completed: 0, failed: 0, critical: 0 };

const access = (at: number): string =>
  `127.0.0.1 - - [27/Nov/2026:00:33:${String(at % 60).padStart(2, '0')} +0600] "GET /teams/${String(at)}/?next=%2Fx HTTP/1.1" 200 5120 "-" "Mozilla/5.0 (X11; Linux x86_64)"`;
const debug = (at: number): string =>
  `DEBUG 2026-11-27 00:33:43,${String(at % 1000).padStart(3, '0')} django.db.backends utils 2229 140381825971904 (0.001) SELECT "organizations_team"."id", "organizations_team"."name" FROM "organizations_team" WHERE "organizations_team"."id" = ${String(at)} LIMIT 21; args=(${String(at)},)`;
const json = (at: number, message: string): string =>
  `{"levelname":"INFO","asctime":"2026-11-27 00:42:52,742","name":"apps.organizations.api.views","message":"${message}","user_id":2,"request_id":"${String(at)}"}`;
const TRACEBACK = [
  'Traceback (most recent call last):',
  '  File "/srv/app/apps/organizations/services/dual_write.py", line 88, in copy',
  '    self._write(event, values)',
  '  File "/srv/venv/lib/python3.12/site-packages/django/db/backends/utils.py", line 105, in _execute',
  '    return self.cursor.execute(sql, params)',
  'django.db.utils.IntegrityError: duplicate key value violates unique constraint "teams_team_name_key"',
].join('\n');

/** One event of each shape, between much that is none. */
function block(at: number): string {
  const id = String(at);
  const lines: string[] = [];
  for (let line = 0; line < 40; line += 1) {
    const number = at * 40 + line;
    if (line % 3 === 0) lines.push(access(number));
    else if (line % 3 === 1) lines.push(debug(number));
    else lines.push(json(number, 'Team page served'));
  }
  lines.push(
    `INFO 2026-11-27 00:33:43,356 apps.organizations.api.views views 2229 140381825971904 Dual-write scheduled for team creation: ${id}`,
    `INFO event_type=dual_write_completed operation=sync_team_created team_id=${id} duration_ms=45`,
    json(at, `Dual-write scheduled for team creation: ${id}`),
  );
  written.scheduled += 2;
  written.completed += 1;
  if (at % 50 === 0) {
    lines.push(
      `ERROR 2026-11-27 00:33:43,400 apps views 2229 14038 Dual-write failed for team creation: ${id}`,
      TRACEBACK,
    );
    written.failed += 1;
  }
  if (at % 500 === 0) {
    lines.push('django.db.utils.OperationalError: FATAL:  sorry, too many clients already');
    written.critical += 1;
  }
  return `${lines.join('\n')}\n`;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'readiness-throughput-'));
  path = join(folder, 'web.log');
  const file = await open(path, 'w');
  let part: string[] = [];
  let length = 0;
  for (let at = 1; bytes + length < SIZE; at += 1) {
    const text = block(at);
    part.push(text);
    length += Buffer.byteLength(text);
    if (length < MEGABYTE) continue;
    await file.write(part.join(''));
    bytes += length;
    part = [];
    length = 0;
  }
  await file.write(part.join(''));
  bytes += length;
  await file.close();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('20 MB a second of one core, flat memory, every event', async () => {
  const source = createFileLogSource(path);
  const from = await source.back(Number.MAX_SAFE_INTEGER);
  const parse = createLogParser(CRITICAL);
  const matcher = new EventMatcher(null);
  const before = process.memoryUsage().rss;
  let most = before;
  let lines = 0;
  const started = process.cpuUsage();
  const { next } = await source.read(
    from,
    (line) => {
      lines += 1;
      if (lines % 20_000 === 0) most = Math.max(most, process.memoryUsage().rss);
      const event = parse(line);
      if (event !== null) matcher.add(event);
    },
    new AbortController().signal,
  );
  const { user, system } = process.cpuUsage(started);
  const rate = bytes / MEGABYTE / ((user + system) / 1e6);
  const grown = (most - before) / MEGABYTE;
  process.stdout.write(
    `log: ${(bytes / MEGABYTE).toFixed(0)} MB, ${String(lines)} lines, ${rate.toFixed(0)} MB a second of CPU, memory +${grown.toFixed(0)} MB\n`,
  );
  expect(next.position).toBe(bytes);
  expect(matcher.result().counts).toEqual(written);
  expect(rate).toBeGreaterThan(20);
  expect(grown).toBeLessThan(96);
});
