import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  askedFrom,
  compareTimes,
  NewLines,
  parseMarks,
  planReads,
  type ContainerMark,
  type LogPlace,
  type PresentContainer,
} from '../../../activities/logs/pod-log-cursor.js';

const present = (pod: string, changes: Partial<PresentContainer> = {}): PresentContainer => ({
  ...{ pod, uid: `uid-${pod}`, container: 'web', restarts: 0, ended: false, waiting: false },
  ...changes,
});
const mark = (pod: string, changes: Partial<ContainerMark> = {}): ContainerMark => ({
  ...{ pod, uid: `uid-${pod}`, container: 'web', restarts: 0, ended: false },
  ...{ at: '2026-11-27T12:00:00.000000001Z', lines: 1 },
  ...changes,
});

describe('what is to be read', () => {
  test('what was there goes on, what is new is read whole', () => {
    expect(planReads([mark('a')], [present('a'), present('b')])).toEqual({
      reads: [
        { present: present('a'), from: mark('a'), former: null, current: 'behind' },
        { present: present('b'), from: null, former: null, current: 'later' },
      ],
      lost: [],
    });
  });

  test('of a container that was started again the former instance comes first', () => {
    const { reads, lost } = planReads([mark('a')], [present('a', { restarts: 1 })]);
    expect(reads[0]).toMatchObject({ former: 'behind', current: 'later' });
    expect(lost).toEqual([]);
  });

  test('a new container that was started again already has a former instance too', () => {
    const { reads, lost } = planReads([], [present('a', { restarts: 1 })]);
    expect(reads[0]).toMatchObject({ from: null, former: 'later', current: 'later' });
    expect(lost).toEqual([]);
    expect(planReads([], [present('a', { restarts: 4 })]).lost).toEqual([
      expect.stringMatching(/started 4 times before it was first seen, .* since its start is lost$/),
    ]);
  });

  test('while a container waits for its next start the API knows its last instance alone', () => {
    const waiting = { waiting: true };
    const same = planReads([mark('a', { restarts: 1 })], [present('a', { restarts: 1, ...waiting })]);
    expect(same).toMatchObject({ reads: [{ former: null, current: 'behind' }], lost: [] });
    const next = planReads([mark('a')], [present('a', { restarts: 1, ...waiting })]);
    expect(next.reads[0]).toMatchObject({ former: null, current: 'later' });
    expect(next.lost).toEqual([
      expect.stringMatching(/^container web of pod a was started once again since the former look/),
    ]);
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
  const texts = (lines: readonly string[], ...place: ConstructorParameters<typeof NewLines>): unknown[] => {
    const fresh = new NewLines(...place);
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
    expect(texts([at(1, 'x'), at(2, 'y'), at(2, 'z'), at(3, 'w')], from, 'behind')).toEqual(expected);
  });

  test('what has no time in front is no line of a log', () => {
    const lines = ['hello world', '', at(1, ''), at(2, 'a b')];
    expect(texts(lines, null, 'later')).toEqual([null, null, '', 'a b']);
  });

  test('an older line behind a newer one is new all the same: two streams are written by one log', () => {
    const lines = [at(5, 'out 5'), at(4, 'err 4'), at(6, 'out 6'), at(3, 'err 3')];
    expect(texts(lines, null, 'behind')).toEqual(['out 5', 'err 4', 'out 6', 'err 3']);
    expect(texts(lines, { at: at(5, '').trim(), lines: 1 }, 'behind')).toEqual([
      ...[null, 'err 4', 'out 6', 'err 3'],
    ]);
  });

  test('a log without the line that was read last is another one: nothing of it is taken for the rest', () => {
    const fresh = new NewLines({ at: at(5, '').trim(), lines: 1 }, 'behind');
    expect([fresh.take(at(7, 'x')), fresh.take(at(8, 'y')), fresh.found]).toEqual([null, null, false]);
    const later = new NewLines({ at: at(7, '').trim(), lines: 1 }, 'later');
    expect([later.take(at(6, 'w')), later.take(at(8, 'y')), later.found]).toEqual([null, 'y', false]);
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
        let from: LogPlace | null = null;
        for (const cut of [...cuts.sort((left, right) => left - right), lines.length]) {
          const fresh: NewLines = new NewLines(from, 'behind');
          const since = from === null ? '' : askedFrom(from.at ?? '').slice(0, 19);
          for (const line of lines.slice(0, cut).filter((one) => one.slice(0, 19) >= since)) {
            const text = fresh.take(line);
            if (text !== null) got.push(text);
          }
          expect(fresh.found).toBe(true);
          if (fresh.given > 0) from = fresh.place;
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

test('the server is asked from a whole second on, one earlier than the line', () => {
  expect(askedFrom('2026-11-27T13:00:00.900000001+01:00')).toBe('2026-11-27T11:59:59.000Z');
});

test('another cursor is none', () => {
  expect(parseMarks('123:456')).toBeNull();
  expect(parseMarks(JSON.stringify([mark('a')]))).toEqual([mark('a')]);
});
