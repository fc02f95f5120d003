import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createPaint } from '../../../../client/terminal/paint.js';
import { printable, printableDeep, shellWord } from '../../../../client/terminal/printable.js';
import { renderTable } from '../../../../client/terminal/table.js';
import { clock, distance, stamp } from '../../../../client/terminal/time.js';

describe('text that others wrote', () => {
  test('cannot move the cursor, clear the screen or reorder the line', () => {
    expect(printable('a\u001b[2Jb')).toBe('a\\x1b[2Jb');
    expect(printable('a\rb\u0007')).toBe('a\\x0db\\x07');
    expect(printable('\u009b31m')).toBe('\\x9b31m');
    expect(printable('abc\u202edcba')).toBe('abc\\u202edcba');
    expect(printable('two\nlines\tgood ✓ ü')).toBe('two\nlines\tgood ✓ ü');
  });

  test('is safe whatever it is, and safe text stays as it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const shown = printable(text);
        expect(shown).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
        expect(printable(shown)).toBe(shown);
      }),
    );
  });

  test('is made safe inside a value, keys too', () => {
    expect(printableDeep({ a: ['\u001b', 1, null], '\u0007': { b: true } })).toEqual({
      a: ['\\x1b', 1, null],
      '\\x07': { b: true },
    });
  });

  test('is one word for a shell', () => {
    expect(shellWord('readiness-lab_1.2/3')).toBe('readiness-lab_1.2/3');
    expect(shellWord('')).toBe("''");
    expect(shellWord("o'neill $HOME")).toBe(`'o'\\''neill $HOME'`);
  });
});

describe('layout', () => {
  test('tables align and end without blanks', () => {
    expect(
      renderTable(
        ['A', 'LONGER'],
        [
          ['xxx', 'y'],
          ['z', ''],
        ],
      ),
    ).toEqual(['A    LONGER', 'xxx  y', 'z']);
  });

  test('colours only when they are on', () => {
    expect(createPaint(false).red('x')).toBe('x');
    expect(createPaint(true).red('x')).toBe('\u001b[31mx\u001b[0m');
  });

  test('times', () => {
    const now = new Date('2026-11-23T18:30:05.900Z');
    expect(stamp(now)).toBe('20261123-183005');
    expect(clock('2026-11-23T18:30:05.900Z')).toBe('2026-11-23 18:30:05 UTC');
    expect(clock('never')).toBe('never');
    expect(distance('2026-11-23T18:30:15.900Z', now)).toBe('10s left');
    expect(distance('2026-11-23T18:30:05.500Z', now)).toBe('0s ago');
    expect(distance('2026-11-24T18:30:05.900Z', now)).toBe('1d left');
  });
});
