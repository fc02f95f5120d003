import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatDuration, parseDuration } from '../../../procedure/durations.js';

describe('parseDuration', () => {
  test.each([
    ['0s', 0],
    ['500ms', 500],
    ['60s', 60_000],
    ['90m', 5_400_000],
    ['24h', 86_400_000],
    ['2d', 172_800_000],
    ['1h30m', 5_400_000],
    ['1d2h3m4s5ms', 93_784_005],
    ['1.5h', 5_400_000],
    ['  5m  ', 300_000],
  ])('reads %s', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  test.each([
    '',
    ' ',
    '5',
    'm',
    '5 m',
    '5M',
    '-5m',
    '+5m',
    '5m.',
    '5mm',
    '1e3s',
    '1,5h',
    'PT5M',
    '5m later',
    '٥m',
    'Infinitys',
  ])('refuses %p', (text) => {
    expect(parseDuration(text)).toBeNull();
  });

  test('never throws, and what it reads is no negative number', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), (text) => {
        const milliseconds = parseDuration(text);
        return milliseconds === null || milliseconds >= 0;
      }),
    );
  });
});

describe('formatDuration', () => {
  test.each([
    [0, '0ms'],
    [999, '999ms'],
    [1000, '1s'],
    [90_000, '1m30s'],
    [86_400_000, '1d'],
    [90_061_000, '1d1h1m1s'],
    [-5, '0ms'],
  ])('writes %d as %s', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });

  test('what it writes is read back as the same number', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 400 * 86_400_000 }), (milliseconds) => {
        expect(parseDuration(formatDuration(milliseconds))).toBe(milliseconds);
      }),
    );
  });

  test('what was written short stays as it is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 59 }), fc.constantFrom('s', 'm'), (count, unit) => {
        expect(formatDuration(parseDuration(`${String(count)}${unit}`) ?? -1)).toBe(
          `${String(count)}${unit}`,
        );
      }),
    );
  });
});
