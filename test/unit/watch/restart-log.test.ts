import { describe, expect, test } from '@jest/globals';
import { RestartLog } from '../../../activities/watch/restart-log.js';

const NOTHING = { known: null, restartTimes: [] };

function clock(): { now: () => number; pass: (seconds: number) => void } {
  let at = Date.parse('2026-01-01T00:00:00Z');
  return { now: () => at, pass: (seconds) => (at += seconds * 1000) };
}

describe('a restart', () => {
  test.each([
    { what: 'the first look', known: null, ids: ['a'], count: 0 },
    { what: 'the same processes', known: ['a', 'b'], ids: ['a', 'b'], count: 0 },
    { what: 'one worker recycled', known: ['a', 'b'], ids: ['a', 'c'], count: 0 },
    { what: 'all replaced', known: ['a', 'b'], ids: ['c', 'd'], count: 1 },
    { what: 'nothing known before', known: [], ids: ['c'], count: 0 },
  ])('$what', ({ known, ids, count }) => {
    const log = new RestartLog({ known, restartTimes: [] });
    log.saw(ids);
    expect(log.fresh).toBe(count);
    expect(log.observation('x')).toMatchObject({ count, loop: false });
  });

  test('seen before the worker died is told by the next attempt', () => {
    const { now } = clock();
    const first = new RestartLog({ known: ['a'], restartTimes: [] }, undefined, now);
    first.saw(['b']);
    const second = new RestartLog({ known: ['a'], restartTimes: [] }, first.beat(), now);
    second.saw(['b']);
    expect(second.observation('x')).toMatchObject({ count: 1 });
  });

  test('told by a former call is not told again', () => {
    const { now } = clock();
    const first = new RestartLog({ known: ['a'], restartTimes: [] }, undefined, now);
    first.saw(['b']);
    expect(new RestartLog(first.state(), undefined, now).fresh).toBe(0);
  });
});

describe('a loop', () => {
  test('is three restarts within two minutes, across calls', () => {
    const { now, pass } = clock();
    let state: ConstructorParameters<typeof RestartLog>[0] = { known: ['0'], restartTimes: [] };
    const loops = [1, 2, 3].map((round) => {
      pass(50);
      const log = new RestartLog(state, undefined, now);
      log.saw([String(round)]);
      state = log.state();
      return log.observation('x').loop;
    });
    expect(loops).toEqual([false, false, true]);
    pass(121);
    expect(new RestartLog(state, undefined, now).observation('x').loop).toBe(false);
  });

  test('is also nothing serving for a minute, over a worker that dies meanwhile', () => {
    const { now, pass } = clock();
    const first = new RestartLog({ known: ['a'], restartTimes: [] }, undefined, now);
    first.gone();
    pass(40);
    const second = new RestartLog({ known: ['a'], restartTimes: [] }, first.beat(), now);
    second.gone();
    expect(second.tooLong).toBe(false);
    pass(20);
    expect(second.tooLong).toBe(true);
    expect(second.observation('x')).toMatchObject({ loop: true, reason: 'no process has served for 60 s' });
    second.saw(['a']);
    expect(second.tooLong).toBe(false);
  });

  test('is not what never served', () => {
    const { now, pass } = clock();
    const log = new RestartLog(NOTHING, undefined, now);
    log.gone();
    pass(600);
    log.gone();
    expect(log.tooLong).toBe(false);
  });
});
