import { beforeEach, expect, test } from '@jest/globals';
import { LogSight } from '../../../activities/watch/log-sight.js';

const B = { part: 'container web of pod b', reason: 'pod b: HTTP 502' };
const C = { part: 'container web of pod c', reason: 'pod c: HTTP 502' };
let now = 0;
let sight: LogSight;
beforeEach(() => {
  now = 1_000_000;
  sight = new LogSight([], () => now);
});
const after = (seconds: number): number => (now += seconds * 1000);

test('a part that stays unread is blindness after a minute, whatever is read beside it', () => {
  for (let second = 0; second < 59; second += 1) sight.saw(after(1), [B]);
  expect(sight.isBlind).toBe(false);
  sight.saw(after(1), [B, C]);
  after(1);
  expect(sight).toMatchObject({ isBlind: true, reason: B.reason });
});

test('parts that fail by turns are none', () => {
  for (let turn = 0; turn < 10; turn += 1) sight.saw(after(20), [turn % 2 === 0 ? B : C]);
  expect(sight.isBlind).toBe(false);
});

test('blindness counts from the beginning of the read that failed first', () => {
  const began = after(0);
  after(40);
  sight.failed(began, 'gone');
  expect(sight.blindAt(now)).toBe(began + 60_000);
  after(20);
  expect(sight).toMatchObject({ isBlind: true, reason: 'gone' });
});

test('what is read again is seen; a long time without it is told', () => {
  sight.saw(now, [B, C]);
  after(5);
  sight.saw(now, [B]);
  after(20);
  sight.saw(now);
  expect(sight).toMatchObject({ isBlind: false, reason: null });
  expect(sight.notes).toEqual([
    'container web of pod b was not read for 25 s (pod b: HTTP 502), and then read on',
  ]);
});

test('the next attempt goes on counting', () => {
  sight.saw(now, [B]);
  after(45);
  const next = new LogSight(sight.unseen(), () => now);
  after(15);
  expect(next.isBlind).toBe(true);
});
