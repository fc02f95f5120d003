/** The published detection table is the one that the suite proves. */
import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { DETECTIONS } from '../../support/detection.js';
import { detectionTable } from '../../support/detection-table.js';

const squeezed = (text: string): string => text.replaceAll(/ {2,}/g, ' ').replaceAll(/-{3,}/g, '---');

test('docs/detection.md holds the table', async () => {
  const text = await readFile(new URL('../../../docs/detection.md', import.meta.url), 'utf8');
  expect(squeezed(text)).toContain(detectionTable());
});

test('every fault of the lab stands in the table once', async () => {
  const files = await readdir(new URL('../../../lab/target/faults/', import.meta.url));
  const faults = files
    .filter((name) => name.endsWith('.py') && !name.startsWith('_'))
    .map((name) => name.slice(0, -3).replaceAll('_', '-'));
  expect(DETECTIONS.map(({ fault }) => fault.split(':')[0]).sort()).toEqual(faults.sort());
});
