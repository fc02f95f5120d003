import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import type { LogCursor } from '../../../activities/contract.js';
import type { LogRead, LogSource } from '../../../activities/logs/log-source.js';
import { ApiServer } from '../activities/targets/kubernetes/api-server.js';
import { KubeletLogs, sourceOf } from './kubelet-logs.js';

const server = new ApiServer();
const { signal } = new AbortController();
const SECOND = 1_000_000_000;

let logs: KubeletLogs;
let pods: Map<string, KubeletLogs>;
let source: LogSource;
let at: LogCursor;

beforeAll(() => server.start());
afterAll(() => server.stop());
beforeEach(async () => {
  logs = new KubeletLogs();
  pods = new Map([['a', logs]]);
  source = sourceOf(server, pods);
  at = await source.mark();
});
afterEach(() => {
  jest.restoreAllMocks();
});

async function read(): Promise<{ readonly lines: string[] } & Omit<LogRead, 'next'>> {
  const lines: string[] = [];
  const { next, ...told } = await source.read(at, (line) => lines.push(line), signal);
  at = next;
  return { lines, ...told };
}
const NOTHING = { lines: [], note: null };
/** The next read is so much later, by the clock of this process. */
const later = (milliseconds: number): void => {
  const now = Date.now() + milliseconds;
  jest.spyOn(Date, 'now').mockImplementation(() => now);
};

describe('the log of a pod', () => {
  test('goes on behind the last line, whatever the times of two streams are', async () => {
    logs.write(5, 'out 5');
    expect(await read()).toEqual({ lines: ['out 5'], note: null });
    logs.write(4, 'err 4');
    logs.write(6, 'out 6');
    expect(await read()).toEqual({ lines: ['err 4', 'out 6'], note: null });
    expect(await read()).toEqual(NOTHING);
  });

  test('an older line that is written when the second is over is not left out by the server', async () => {
    logs.write(2 * SECOND + 1, 'out');
    await read();
    logs.write(2 * SECOND - 1, 'err');
    expect(await read()).toEqual({ lines: ['err'], note: null });
  });

  test('of a container that was started again: the rest of the former instance, then the new one', async () => {
    logs.write(1, 'a');
    await read();
    logs.write(2, 'b');
    logs.start();
    logs.write(3, 'c');
    expect(await read()).toEqual({ lines: ['b', 'c'], note: null });
    expect(await read()).toEqual(NOTHING);
  });

  test('the start of a container that the API does not count yet: nothing is left out and nothing comes twice', async () => {
    logs.write(1, 'a');
    await read();
    logs.write(2, 'b');
    logs.start();
    logs.write(3, 'c');
    logs.lag = 1;
    // What stands there now may be another instance's; silence would prove nothing.
    expect(await read()).toEqual({ ...NOTHING, unsure: true });
    logs.lag = 0;
    expect(await read()).toEqual({ lines: ['b', 'c'], note: null });
  });

  test('a file that the node has begun anew: what stood before it is told as lost, what is there is read', async () => {
    logs.write(1, 'a');
    await read();
    logs.write(2, 'b');
    logs.rotate();
    logs.write(3, 'c');
    expect(await read()).toEqual({ ...NOTHING, unsure: true });
    later(4000);
    expect(await read()).toEqual({
      lines: ['c'],
      lost: true,
      note: expect.stringMatching(
        /container web of pod a was cut off .* after 2026-11-27T12:00:00.000000001Z/,
      ),
    });
    expect(await read()).toEqual(NOTHING);
  });

  test('an empty file that the node has begun: told once, and whatever comes is new', async () => {
    logs.write(1, 'a');
    await read();
    logs.rotate();
    await read();
    later(4000);
    expect((await read()).note).toMatch(/was cut off/);
    expect(await read()).toEqual(NOTHING);
    logs.write(2, 'b');
    expect(await read()).toEqual({ lines: ['b'], note: null });
  });

  test('a start that the API does not count for long: told, and then nothing comes twice all the same', async () => {
    logs.write(1, 'a');
    await read();
    logs.write(2, 'b');
    logs.start();
    logs.lag = 1;
    await read();
    later(4000);
    expect((await read()).note).toMatch(/was cut off/);
    logs.lag = 0;
    logs.write(3, 'c');
    expect(await read()).toEqual({ lines: ['b', 'c'], note: null });
    expect(await read()).toEqual(NOTHING);
  });

  test('a former log that the kubelet has thrown away is told as lost, and is no line', async () => {
    logs.write(1, 'a');
    await read();
    logs.instances[0] = null;
    logs.start();
    logs.write(3, 'c');
    expect(await read()).toEqual({
      ...{ lines: ['c'], lost: true },
      note: 'container web of pod a was started again, and a log of it is gone: what it wrote since 2026-11-27T12:00:00.000000001Z is lost',
    });
    expect(await read()).toEqual(NOTHING);
  });

  test('the present log, thrown away, is told as lost; where the log ends now is then nowhere', async () => {
    logs.write(1, 'a');
    await read();
    logs.instances[0] = null;
    expect(await read()).toMatchObject({ lines: [], lost: true, note: expect.stringMatching(/is gone/) });
    at = await source.mark();
    expect(await read()).toMatchObject({ lines: [], lost: true });
    logs.start();
    logs.write(3, 'c');
    expect((await read()).lines).toEqual(['c']);
  });

  test('a container that died twice and waits: the instance that nobody can read is told, the last one is read once', async () => {
    logs.write(1, 'a');
    await read();
    logs.start();
    logs.write(2, 'b');
    logs.waiting = true;
    expect(await read()).toEqual({
      ...{ lines: ['b'], lost: true },
      note: expect.stringMatching(/started once again since the former look, .* is lost$/),
    });
    expect(await read()).toEqual(NOTHING);
    logs.start();
    logs.write(3, 'c');
    expect(await read()).toEqual({ lines: ['c'], note: null });
  });

  test('a pod that went away is told by its name; one that came is read from its beginning, former instance included', async () => {
    logs.write(1, 'a');
    await read();
    logs.gone = true;
    const other = new KubeletLogs();
    pods.set('b', other);
    other.write(2, 'b');
    other.start();
    other.write(3, 'c');
    expect(await read()).toEqual({
      ...{ lines: ['b', 'c'], lost: true },
      note: 'pod a is gone with its log: what container web wrote since 2026-11-27T12:00:00.000000001Z is lost',
    });
  });

  test('a container that cannot be read hides no other one: it is named, the others are read on, nothing comes twice', async () => {
    const [b, c] = [new KubeletLogs(), new KubeletLogs()];
    pods.set('b', b).set('c', c);
    logs.write(1, 'a1');
    b.write(1, 'b1');
    c.write(1, 'c1');
    const usual = server.instead;
    server.instead = (request) => (request.path.includes('/b/') ? { status: 502 } : usual(request));
    const unread = [{ part: 'container web of pod b', reason: expect.stringMatching(/HTTP 502/) }];
    const first = await read();
    expect(first).toEqual({ lines: expect.anything(), note: null, unread });
    expect([...first.lines].sort()).toEqual(['a1', 'c1']);
    // Nothing new of the others: it is told all the same.
    expect(await read()).toEqual({ ...NOTHING, unread });
    c.write(2, 'c2');
    expect(await read()).toEqual({ lines: ['c2'], note: null, unread });
    server.instead = usual;
    expect(await read()).toEqual({ lines: ['b1'], note: null });
    expect(await read()).toEqual(NOTHING);
  });

  test('a pod that could never be read and went away is told as lost', async () => {
    const b = new KubeletLogs();
    pods.set('b', b);
    b.write(1, 'b1');
    const usual = server.instead;
    server.instead = (request) => (request.path.includes('/b/') ? 'reset' : usual(request));
    await read();
    b.gone = true;
    expect(await read()).toMatchObject({
      lost: true,
      note: 'pod b is gone with its log: what container web wrote since its start is lost',
    });
  });

  test('no container that can be read is no log', async () => {
    logs.write(1, 'a');
    const usual = server.instead;
    server.instead = () => 'reset';
    await expect(read()).rejects.toThrow(/Could not read the log of pod/);
    server.instead = usual;
    expect(await read()).toEqual({ lines: ['a'], note: null });
  });

  test('one that hangs holds the others up for its own time only, and is named', async () => {
    const b = new KubeletLogs();
    pods.set('b', b);
    source = sourceOf(server, pods, { containerMs: 300 });
    logs.write(1, 'a1');
    const usual = server.instead;
    server.instead = (request) => (request.path.includes('/b/') ? 'hang' : usual(request));
    const began = performance.now();
    expect(await read()).toEqual({
      ...{ lines: ['a1'], note: null },
      unread: [
        {
          part: 'container web of pod b',
          reason:
            'The log of pod deltacrown/b, container web, was not read to its end within 0.3 s; its node or the API server is slow or away.',
        },
      ],
    });
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  test('thirty containers are read side by side, a few at a time, whatever hangs in front', async () => {
    pods.clear();
    for (let index = 0; index < 30; index += 1) {
      const one = new KubeletLogs();
      one.write(1, String(index));
      pods.set(`p${String(index).padStart(2, '0')}`, one);
    }
    source = sourceOf(server, pods, { containerMs: 400 });
    const usual = server.instead;
    const hanging = (path: string): boolean => /\/p0[0-4]\//.test(path);
    server.instead = (request) => (hanging(request.path) ? 'hang' : usual(request));
    const first = await read();
    expect(first.lines).toHaveLength(25);
    expect(first.unread).toHaveLength(5);
    // The next time they come last: nobody waits for them who can be read.
    const seen: string[] = [];
    const request = server.instead;
    server.instead = (asked) => {
      seen.push(asked.path);
      return request(asked);
    };
    await read();
    expect(seen.slice(0, 25).some(hanging)).toBe(false);
  });
});

test('whatever happens to a container, each line comes once and in order, or it is told that something is lost', async () => {
  const event = fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('write' as const), gap: fc.nat(SECOND) }) },
    { weight: 6, arbitrary: fc.constant({ kind: 'read' as const }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('start' as const), lag: fc.nat(1) }) },
    { weight: 1, arbitrary: fc.constantFrom({ kind: 'rotate' as const }, { kind: 'wait' as const }) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 25 }), async (events) => {
      logs = new KubeletLogs();
      source = sourceOf(server, new Map([['a', logs]]));
      at = await source.mark();
      let [time, count, told, begun, starts] = [0, 0, false, 0, 0];
      const got: number[] = [];
      const look = async (): Promise<void> => {
        const { lines, note } = await read();
        got.push(...lines.map(Number));
        told ||= note !== null;
        if (logs.lag === 0) starts = 0;
        logs.lag = 0;
        later(4000);
      };
      for (const one of [...events, { kind: 'read' as const }, { kind: 'read' as const }]) {
        if (one.kind === 'read') await look();
        // Of a file of which nothing was read nobody can tell that it had another beginning.
        if (one.kind === 'rotate' && got.some((number) => number >= begun)) {
          logs.rotate();
          begun = count;
        }
        if (one.kind === 'wait') logs.waiting = true;
        if (one.kind === 'start') {
          logs.start();
          // Two starts come ten seconds and more after each other: a look that sees the first one is in between.
          logs.lag = starts === 0 ? one.lag : 0;
          begun = count;
          starts += 1;
        }
        // A container that has ended writes nothing.
        if (one.kind !== 'write' || logs.waiting) continue;
        time = Math.min(59 * SECOND, time + one.gap);
        logs.write(time, String(count));
        count += 1;
      }
      expect(new Set(got).size).toBe(got.length);
      expect(got).toEqual([...got].sort((left, right) => left - right));
      if (!told) expect(got).toEqual(Array.from({ length: count }, (_, index) => index));
    }),
    { numRuns: 60 },
  );
});
