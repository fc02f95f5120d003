import { describe, expect, test } from '@jest/globals';
import { failure } from '../../../activities/support/failure.js';
import { patiently } from '../../../activities/support/patiently.js';
import { RETRYABLE, TERMINAL } from '../../../procedure/failures.js';

const never = new AbortController().signal;

/** Fails so often, then gives `done`. */
function failing(times: number, error: Error): { readonly act: () => Promise<string>; calls: () => number } {
  let calls = 0;
  const act = (): Promise<string> => {
    calls += 1;
    return calls <= times ? Promise.reject(error) : Promise.resolve('done');
  };
  return { act, calls: () => calls };
}

describe('what cannot be reached for a moment', () => {
  const unreachable = failure(RETRYABLE.targetUnreachable, 'away');

  test('is asked again', async () => {
    const { act, calls } = failing(2, unreachable);
    await expect(patiently({ signal: never, forMs: 10_000 }, act)).resolves.toBe('done');
    expect(calls()).toBe(3);
  });

  test('is thrown as it is when the patience is over', async () => {
    const { act, calls } = failing(9, unreachable);
    await expect(patiently({ signal: never, forMs: 1500 }, act)).rejects.toBe(unreachable);
    expect(calls()).toBe(2);
    const once = failing(9, unreachable);
    await expect(patiently({ signal: never, forMs: 0 }, once.act)).rejects.toBe(unreachable);
    expect(once.calls()).toBe(1);
  });

  test.each([TERMINAL.unauthorized, RETRYABLE.notServing, RETRYABLE.notYet] as const)(
    'but %s is thrown at once',
    async (type) => {
      const { act, calls } = failing(1, failure(type, 'no'));
      await expect(patiently({ signal: never, forMs: 10_000 }, act)).rejects.toThrow('no');
      expect(calls()).toBe(1);
    },
  );

  test('and so is a server that refuses everybody because it has just started', async () => {
    const errors = [unreachable, failure(TERMINAL.unauthorized, 'HTTP 403')];
    const act = (): Promise<string> => {
      const error = errors.shift();
      return error === undefined ? Promise.resolve('done') : Promise.reject(error);
    };
    await expect(patiently({ signal: never, forMs: 10_000 }, act)).resolves.toBe('done');
  });

  test('a cancel ends the waiting at once', async () => {
    const cancel = new AbortController();
    const { act } = failing(99, unreachable);
    const waiting = patiently({ signal: cancel.signal, forMs: 60_000 }, act);
    setTimeout(() => {
      cancel.abort(new Error('cancelled'));
    }, 50);
    const began = performance.now();
    await expect(waiting).rejects.toThrow();
    // Not the sixty seconds: what a busy machine adds to at once is no matter here.
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});
