import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import LongFirst, { LONG } from '../../support/long-first.mjs';

const root = join(import.meta.dirname, '..', '..');

test('every file of the list is there', () => {
  expect(LONG.filter((name) => !existsSync(join(root, name)))).toEqual([]);
});

test('the long ones come first, in their order, then the others in the order of jest', () => {
  const sequencer = new LongFirst({ contexts: [], globalConfig: {} });
  // Without durations jest sorts by size.
  const tests = ['unit/small', 'unit/large', 'steering/guardian', 'steering/kills'].map((name) => ({
    path: `/project/test/${name}.test.ts`,
    context: {
      config: { cacheDirectory: '/nowhere', id: 'none' },
      hasteFS: { getSize: (path: string) => (path.includes('large') ? 2 : 1) },
    },
  }));
  expect(sequencer.sort(tests).map(({ path }) => path)).toEqual(
    ['steering/kills', 'steering/guardian', 'unit/large', 'unit/small'].map(
      (name) => `/project/test/${name}.test.ts`,
    ),
  );
});
