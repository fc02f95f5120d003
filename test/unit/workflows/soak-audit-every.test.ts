import { expect, test } from '@jest/globals';
import { auditEvery } from '../../../workflows/soak-state.js';

const MINUTES = 60_000;
const plan = { durationMs: 48 * 60 * MINUTES, intervalMs: 5 * MINUTES, auditEvery: 12 };

test.each([
  ['quick at the baseline', { status: 'complete', ms: 15_000 }, 1],
  ['just too slow', { status: 'complete', ms: 15_001 }, 12],
  ['not measured to the end', { status: 'unknown', ms: 100 }, 12],
] as const)('a look that was %s', (_, baseline, every) => {
  expect(auditEvery(plan, baseline)).toBe(every);
});

test('one that was not made is as one that is slow', () => {
  expect(auditEvery(plan, undefined)).toBe(12);
});

test('a plan of a version whose soak did not look has none', () => {
  const { auditEvery: _none, ...old } = plan;
  expect(auditEvery(old, { status: 'complete', ms: 1 })).toBeUndefined();
});
