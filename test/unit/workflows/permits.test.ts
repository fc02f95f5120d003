import { describe, expect, test } from '@jest/globals';
import { Permits } from '../../../workflows/guardian/permits.js';

describe('permits', () => {
  test.each([
    ['the beginning first', (one: Permits) => [one.give('a', 1), one.done('a')]],
    ['the end first', (one: Permits) => [one.done('a'), one.give('a', 1)]],
  ])('that are over are over in whichever order it was told: %s', (_name, tell) => {
    const permits = new Permits();
    tell(permits);
    expect(permits.any).toBe(false);
  });

  test('of another try stay open', () => {
    const permits = new Permits();
    permits.give('a', 1);
    permits.give('b', 1);
    permits.done('a');
    expect(permits.any).toBe(true);
  });
});
