/** Which differences become lines of the evidence; all of them are counted. */
import { expect, test } from '@jest/globals';
import { openBook } from '../../../activities/database/audit-book.js';
import type { RowDifference } from '../../../procedure/observations.js';

const difference = (row: string): RowDifference => ({
  class: 'field-differs',
  row,
  field: 'region',
  expected: 'eu',
  found: 'us',
});

test.each([
  ['all', ['team 1', 'team 2', 'team 3', 'a legacy write']],
  // A soak looks hundreds of times: what the baseline's file holds is not written again and again.
  ['not-at-baseline', ['team 2', 'team 3', 'a legacy write']],
] as const)('%s', async (writes, written) => {
  const lines: unknown[] = [];
  const book = openBook(
    {
      add: (line) => {
        lines.push(line);
        return Promise.resolve();
      },
      keep: () => Promise.resolve(),
      discard: () => Promise.resolve(),
    },
    { has: ({ row }) => row === 'team 1' },
    writes,
  );
  await book.enter(difference('team 1'), 'baseline');
  await book.enter(difference('team 2'), 'new');
  await book.enter(difference('team 3'), 'run');
  await book.note({ row: 'a legacy write' });
  expect(lines.map((line) => (line as RowDifference).row)).toEqual(written);
  expect(book.counts).toMatchObject({
    ...{ differences: { 'field-differs': 3 }, fresh: { 'field-differs': 1 }, ofThisRun: 1 },
    examples: [{ row: 'team 2' }],
  });
});
