import { expect, test } from '@jest/globals';
import { selectorText } from '../../../../../activities/targets/kubernetes/label-selector.js';

test('a selector as lists take it', () => {
  expect(
    selectorText({
      matchLabels: { app: 'web', 'a/b': '' },
      matchExpressions: [
        { key: 'tier', operator: 'In', values: ['x', 'y'] },
        { key: 'env', operator: 'NotIn', values: ['prod'] },
        { key: 'c', operator: 'Exists' },
        { key: 'd', operator: 'DoesNotExist' },
      ],
    }),
  ).toBe('app=web,a/b=,tier in (x,y),env notin (prod),c,!d');
});

test.each([undefined, {}, { matchLabels: {}, matchExpressions: [] }])(
  'one that selects everything: %j',
  (selector) => {
    expect(() => selectorText(selector)).toThrow(/every pod/);
  },
);

test('an operator that is not known', () => {
  expect(() => selectorText({ matchExpressions: [{ key: 'a', operator: 'Gt', values: ['1'] }] })).toThrow(
    /Gt/,
  );
});
