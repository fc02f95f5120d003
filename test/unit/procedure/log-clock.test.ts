import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { clockOf, clockText, timeIn } from '../../../procedure/log-clock.js';

const NOON = Date.parse('2026-11-27T12:00:00.000Z');
const between = { from: NOON, to: NOON + 4000, toleranceMs: 5000 };
const local = (ms: number, offset: number): string =>
  new Date(ms + offset * 60_000).toISOString().replace('T', ' ').replace('.', ',').replace('Z', '');

describe('the time of a line', () => {
  test.each([
    ['INFO 2026-11-27 00:33:43,356 apps Dual-write', '2026-11-27T00:33:43.356Z', null],
    ['{"asctime":"2026-11-27 00:42:52,742"}', '2026-11-27T00:42:52.742Z', null],
    ['2026-11-27T00:33:43.356Z x', '2026-11-27T00:33:43.356Z', 0],
    ['2026-11-27T00:33:43+06:00 x', '2026-11-27T00:33:43.000Z', 360],
    ['[2026-11-27 00:33:43 -0330] x', '2026-11-27T00:33:43.000Z', -210],
  ] as const)('%s', (line, at, statedMinutes) => {
    expect(timeIn(line)).toEqual({ ms: Date.parse(at), statedMinutes });
  });

  test.each(['INFO event_type=dual_write_completed', '', '2026-99-27 00:33:43', 'at 10:33:12'])(
    'none in %j',
    (line) => {
      expect(timeIn(line)).toBeNull();
    },
  );
});

test.each([
  ['UTC', [0], 0],
  ['Dhaka, as seen', [360, 360], 360],
  ['Kathmandu', [345], 345],
  ['Newfoundland', [-210], -210],
  ['two that contradict each other', [0, 360], null],
] as const)('the offset is measured: %s', (...row) => {
  const [, offsets, expected] = row;
  const lines = offsets.map(
    (offset, at) => `INFO ${local(NOON + 1000 + at, offset)} apps Dual-write scheduled`,
  );
  expect(clockOf(lines, between)).toEqual({ offsetMinutes: expected, lines: lines.length, stated: 0 });
});

test('an old line between new ones changes nothing, and without a time nothing is claimed', () => {
  const old = `INFO ${local(NOON - 7 * 60_000, 0)} apps Dual-write scheduled`;
  const fresh = `INFO ${local(NOON + 10, 360)} apps Dual-write scheduled`;
  expect(clockOf([old, fresh], between).offsetMinutes).toBe(360);
  expect(clockOf(['INFO event_type=dual_write_completed'], between)).toEqual({
    offsetMinutes: null,
    lines: 0,
    stated: 0,
  });
});

test('every zone of the world, any moment of a short wait', () => {
  const zone = fc.integer({ min: -48, max: 56 }).map((quarters) => quarters * 15);
  fc.assert(
    fc.property(
      zone,
      fc.array(fc.integer({ min: 0, max: 4000 }), { minLength: 1, maxLength: 5 }),
      (offset, at) => {
        const lines = at.map((ms) => `INFO ${local(NOON + ms, offset)} x`);
        expect(clockOf(lines, between).offsetMinutes).toBe(offset);
      },
    ),
  );
});

test('in words', () => {
  expect(clockText({ offsetMinutes: -210, lines: 2, stated: 0 })).toBe(
    "the log's times are UTC-03:30 (measured on 2 lines)",
  );
  expect(clockText({ offsetMinutes: 0, lines: 1, stated: 1 })).toContain('UTC+00:00 (stated by');
  expect(clockText({ offsetMinutes: null, lines: 3, stated: 0 })).toContain('fit no single offset');
  expect(clockText({ offsetMinutes: null, lines: 0, stated: 0 })).toBe('the lines carry no time');
});
