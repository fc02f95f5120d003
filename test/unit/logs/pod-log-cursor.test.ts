import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  compareTimes,
  NewLines,
  parseMarks,
  planReads,
  type ContainerMark,
  type PresentContainer,
} from '../../../activities/logs/pod-log-cursor.js';

const present = (pod: string, changes: Partial<PresentContainer> = {}): PresentContainer => ({
  ...{ pod, uid: `uid-${pod}`, container: 'web', restarts: 0, ended: false },
  ...changes,
});
const mark = (pod: string, changes: Partial<ContainerMark> = {}): ContainerMark => ({
  ...present(pod),
  ...{ at: '2026-11-27T12:00:00.000000001Z', lines: 1 },
  ...changes,
});

describe('what is to be read', () => {
  test('what was there goes on, what is new is read whole', () => {
    expect(planReads([mark('a')], [present('a'), present('b')])).toEqual({
      reads: [
        { present: present('a'), from: mark('a'), previous: false },
        { present: present('b'), from: null, previous: false },
      ],
      lost: [],
    });
  });

  test('of a container that was started again the former instance comes first', () => {
    const { reads, lost } = planReads([mark('a')], [present('a', { restarts: 1 })]);
    expect(reads[0]?.previous).toBe(true);
    expect(lost).toEqual([]);
  });

  test('what nobody can read any more is told', () => {
    const { lost } = planReads([mark('a'), mark('b')], [present('b', { restarts: 3 })]);
    expect(lost).toEqual([
      expect.stringMatching(/^pod a is gone with its log: .* since 2026-11-27T12:00:00\.000000001Z is lost/),
      expect.stringMatching(/container web of pod b was started 3 times since/),
    ]);
  });

  test('a pod that was read to its end is no loss, and one made anew under its name is another one', () => {
    expect(planReads([mark('a', { ended: true })], []).lost).toEqual([]);
    const anew = planReads([mark('a')], [present('a', { uid: 'another' })]);
    expect(anew.reads[0]?.from).toBeNull();
    expect(anew.lost).toHaveLength(1);
  });
});

describe('new lines', () => {
  const texts = (lines: readonly string[], from: ContainerMark | null): (string | null)[] => {
    const fresh = new NewLines(from);
    return lines.map((line) => fresh.take(line));
  };
  const at = (nanos: number, text: string): string =>
    `2026-11-27T12:00:00.${String(nanos).padStart(9, '0')}Z ${text}`;

  test.each([
    ['all of a new container', null, ['x', 'y', 'z', 'w']],
    ['what came after', mark('a', { at: '2026-11-27T12:00:00.000000001Z', lines: 1 }), [null, 'y', 'z', 'w']],
    [
      'the rest of one instant',
      mark('a', { at: '2026-11-27T12:00:00.000000002Z', lines: 1 }),
      [null, null, 'z', 'w'],
    ],
    [
      'none of the instant of a mark',
      mark('a', { at: '2026-11-27T12:00:00.000000002Z', lines: -1 }),
      [null, null, null, 'w'],
    ],
  ] as const)('%s', (...row) => {
    const [, from, expected] = row;
    expect(texts([at(1, 'x'), at(2, 'y'), at(2, 'z'), at(3, 'w')], from)).toEqual(expected);
  });

  test('what has no time in front is no line of a log', () => {
    expect(texts(['hello world', '', at(1, ''), at(2, 'a b')], null)).toEqual([null, null, '', 'a b']);
  });

  test('read in any pieces, from whole seconds on, every line comes once', () => {
    const log = fc.array(fc.record({ gap: fc.constantFrom(0, 1, 999_999_999), text: fc.string() }), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(log, fc.array(fc.nat(30), { maxLength: 6 }), (entries, cuts) => {
        let time = 0;
        const lines = entries.map(({ gap, text }, index) => {
          time += gap;
          const stamp = new Date(Date.UTC(2026, 10, 27) + Math.floor(time / 1e9) * 1000).toISOString();
          return `${stamp.slice(0, 19)}.${String(time % 1e9).padStart(9, '0')}Z ${String(index)}:${text.replaceAll('\n', ' ')}`;
        });
        const got: string[] = [];
        let from: ContainerMark | null = null;
        for (const cut of [...cuts.sort((left, right) => left - right), lines.length]) {
          const fresh: NewLines = new NewLines(from);
          // The server gives everything since the second in which the last line was read.
          const since = from?.at?.slice(0, 19) ?? '';
          for (const line of lines.slice(0, cut).filter((one) => one.slice(0, 19) >= since)) {
            const text = fresh.take(line);
            if (text !== null) got.push(text);
          }
          from = fresh.mark(present('a'));
        }
        expect(got).toEqual(lines.map((line) => line.slice(line.indexOf(' ') + 1)));
      }),
    );
  });
});

test('times are ordered to the nanosecond, whatever their zone', () => {
  expect(compareTimes('2026-11-27T12:00:00.1Z', '2026-11-27T12:00:00.100000001Z')).toBe(-1);
  expect(compareTimes('2026-11-27T13:00:00+01:00', '2026-11-27T12:00:00Z')).toBe(0);
  expect(compareTimes('2026-11-27T12:00:01Z', '2026-11-27T12:00:00.999999999Z')).toBe(1);
});

test('another cursor is none', () => {
  expect(parseMarks('123:456')).toBeNull();
  expect(parseMarks(JSON.stringify([mark('a')]))).toEqual([mark('a')]);
});
