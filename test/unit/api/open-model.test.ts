import { describe, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { sendOnSchedule, type Attempt, type OpenModel } from '../../../activities/api/open-model.js';
import { setTimeout as pause } from 'node:timers/promises';

interface Outcome {
  readonly ended: string | null;
  readonly times: readonly { readonly item: number; readonly ms: number }[];
}
type Options = Partial<Pick<OpenModel<number, string>, 'inFlight' | 'intervalMs' | 'patience' | 'signal'>> & {
  readonly count: number;
  readonly send: (item: number) => Promise<Attempt<string>>;
};

/** As in an activity, where a pause can be cancelled. */
function run({ count, send, ...options }: Options): Promise<Outcome> {
  const times: { item: number; ms: number }[] = [];
  return new MockActivityEnvironment().run(async () => ({
    ended: await sendOnSchedule<number, string>({
      items: Array.from({ length: count }, (_, at) => at),
      intervalMs: 20,
      inFlight: 32,
      patience: { waitMs: 100, times: 2 },
      signal: new AbortController().signal,
      send,
      done: (item, _value, ms) => {
        times.push({ item, ms });
      },
      ...options,
    }),
    times,
  }));
}
const answer = (): Attempt<string> => ({ kind: 'answer', value: 'ok' });

describe('an open model', () => {
  test('a stall makes every request late that was due meanwhile', async () => {
    const stallUntil = performance.now() + 1400;
    const target = async (): Promise<Attempt<string>> => {
      await pause(Math.max(1, stallUntil - performance.now()));
      return answer();
    };
    const { times } = await run({ count: 100, send: target });
    const late = times.filter(({ ms }) => ms > 100).length;
    // 1.4 s at fifty a second; one after another only the first would have been late.
    expect(late).toBeGreaterThanOrEqual(55);
    const sorted = times.map(({ ms }) => ms).sort((left, right) => left - right);
    expect(sorted[98]).toBeGreaterThan(1000);
    // The same stall, one request after another.
    const again = performance.now() + 1400;
    const closed: number[] = [];
    for (let at = 0; at < 100; at += 1) {
      const sent = performance.now();
      await pause(Math.max(1, again - performance.now()));
      closed.push(performance.now() - sent);
    }
    expect(closed.filter((ms) => ms > 100)).toHaveLength(1);
  });

  test('what waits because too many are in flight waits on its own clock', async () => {
    const { times } = await run({
      count: 10,
      inFlight: 1,
      intervalMs: 5,
      send: async () => {
        await pause(30);
        return answer();
      },
    });
    expect(times.at(-1)?.ms).toBeGreaterThan(200);
  });

  test('a short throttle is waited for once, whatever was in flight, and nothing is lost', async () => {
    const since = performance.now();
    let refused = 0;
    const { ended, times } = await run({
      count: 20,
      patience: { waitMs: 2000, times: 1 },
      send: async () => {
        await pause(30);
        if (performance.now() - since < 150) {
          refused += 1;
          return { kind: 'throttled', value: '429', waitMs: 2000 };
        }
        return answer();
      },
    });
    expect(refused).toBeGreaterThan(1);
    expect(ended).toBeNull();
    expect(times.map(({ item }) => item).sort((left, right) => left - right)).toEqual(
      Array.from({ length: 20 }, (_, at) => at),
    );
    // The wait is not on the clock of any of them.
    expect(Math.max(...times.map(({ ms }) => ms))).toBeLessThan(1500);
  });

  test('a long throttle ends it, with what was answered until then', async () => {
    const { ended, times } = await run({
      count: 50,
      send: (item) =>
        Promise.resolve(
          item < 5 ? answer() : { kind: 'throttled', value: 'come back later', waitMs: 3_600_000 },
        ),
    });
    expect(ended).toBe('come back later');
    expect(times.filter(({ item }) => item < 5)).toHaveLength(5);
    expect(times.length).toBeLessThan(10);
  });

  test('a failure ends it when nothing is in flight any more', async () => {
    let flying = 0;
    const ended = run({
      count: 50,
      send: async (item) => {
        flying += 1;
        await pause(item === 3 ? 5 : 60);
        flying -= 1;
        if (item === 3) throw new Error('no answer');
        return answer();
      },
    });
    await expect(ended).rejects.toThrow('no answer');
    expect(flying).toBe(0);
  });
});
