/** Orphan mappings over a soak: when they count as rising, and what is left of their counts after days. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Observation } from '../../../procedure/observations.js';
import { MAPPING_RULES } from '../../../procedure/rules/mapping-rules.js';
import { keep } from '../../../workflows/soak-state.js';
import { RECORDED } from '../../support/recorded-go.js';

const { thresholds } = RECORDED;
const at = (minute: number): string => new Date(Date.UTC(2026, 10, 23, 12, minute)).toISOString();
const database = (number: number, orphanMappings: number | null): Observation => ({
  ...{ kind: 'database', id: `soak-${String(number).padStart(4, '0')}-database`, at: at(number) },
  ...{ source: 'rows', orphanMappings, duplicateLegacyIds: 0, connections: 1, usableConnections: 97 },
  reason: null,
});
const baseline = (count: number): Observation => ({ ...database(0, count), id: 'baseline-database' });

const rises = (observations: readonly Observation[]): boolean =>
  MAPPING_RULES.find(({ id }) => id === 'orphans-increasing')?.matches({ observations, thresholds }) != null;

/** One check after the other through the memory of a soak. */
function soaked(counts: readonly (number | null)[]): readonly Observation[] {
  return counts.reduce<readonly Observation[]>(
    (known, count, index) => keep(known, [database(index + 1, count)], thresholds),
    [],
  );
}

describe('orphan mappings rise', () => {
  test.each([
    [[5, 6, 7, 8], true],
    [[5, 8, 7, 8], true],
    [[0, 5, 5, 10, 10, 15], true],
    [[0, 5, 5, 5], true],
    [[5, 8, 8], false],
    [[5, 5, 5, 5, 5, 5], false],
    [[5, 6, 6, 6, 6, 6, 6], false],
    [[5, 7, 7, 7], false],
    [[5, 4, 9, 3, 8, 2], false],
    [[8, 7, 6, 5], false],
    [[], false],
  ])('%j: %s', (counts, expected) => {
    const [first, ...later] = counts;
    const seen = later.map((count, index) => database(index + 1, count));
    expect(rises([...(first === undefined ? [] : [baseline(first)]), ...seen])).toBe(expected);
  });

  test('of those that the baseline had, whatever its time', () => {
    const late = { ...baseline(5), at: at(50) };
    expect(rises([database(1, 6), database(2, 8), database(3, 6), late])).toBe(true);
  });
});

describe('the memory of a soak', () => {
  test('has the proof at the end of a day although they rose in its first minutes alone', () => {
    const kept = soaked([5, 6, 7, ...Array.from({ length: 296 }, () => 8)]);
    expect(rises([baseline(5), ...kept])).toBe(true);
    const back = soaked([8, 7, 8, ...Array.from({ length: 296 }, () => 5)]);
    expect(rises([baseline(5), ...back])).toBe(true);
    expect(back.length).toBeLessThan(30);
  });

  test('says what all counts would have said, whatever the baseline, and stays small', () => {
    fc.assert(
      fc.property(
        fc.array(fc.option(fc.nat({ max: 12 }), { freq: 9 }), { maxLength: 80 }),
        fc.nat({ max: 12 }),
        (counts, first) => {
          const kept = soaked(counts);
          const all = counts.map((count, index) => database(index + 1, count));
          expect(rises([baseline(first), ...kept])).toBe(rises([baseline(first), ...all]));
          expect(kept.length).toBeLessThanOrEqual(27);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('has what a rule in shadow saw, or one that stops nothing, hundreds of checks later', () => {
    const duplicate = { ...database(1, 0), duplicateLegacyIds: 1 } as Observation;
    const orphan = {
      ...database(2, 0),
      audit: { status: 'complete', fresh: { 'orphan-mapping': 1 }, legacyWrites: null },
    } as unknown as Observation;
    const kept = Array.from({ length: 300 }, (_, index) => database(index + 3, 0)).reduce<
      readonly Observation[]
    >((known, one) => keep(known, [one], thresholds), [duplicate, orphan]);
    expect(kept).toEqual(expect.arrayContaining([duplicate, orphan]));
  });

  test('has the newest of very many bad observations: the one that stops the soak may be it', () => {
    const failed = (number: number, critical: number): Observation => ({
      ...{ kind: 'log', id: `soak-${String(number)}-log`, at: at(number), source: 'log', side: 'after' },
      ...{ write: 'soak', operation: null, status: 'failed', reason: 'strict mode' },
      counts: { scheduled: 0, completed: 0, failed: 1, critical },
    });
    let kept: readonly Observation[] = [];
    for (let number = 1; number <= 200; number += 1)
      kept = keep(kept, [failed(number, number === 200 ? 1 : 0)], thresholds);
    expect(kept.at(-1)).toMatchObject({ id: 'soak-200-log', counts: { critical: 1 } });
    expect(kept[0]).toMatchObject({ id: 'soak-1-log' });
    expect(kept.length).toBeLessThanOrEqual(60);
  });
});
