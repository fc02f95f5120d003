import { expect, test } from '@jest/globals';
import type { V1LabelSelector } from '@kubernetes/client-node';
import fc from 'fast-check';
import { selectorText } from '../../../../../activities/targets/kubernetes/label-selector.js';

type Labels = Readonly<Record<string, string>>;

/** What a selector means, by the words of the API's description. */
function selects({ matchLabels = {}, matchExpressions = [] }: V1LabelSelector, labels: Labels): boolean {
  const has = (key: string): boolean => Object.hasOwn(labels, key);
  return (
    Object.entries(matchLabels).every(([key, value]) => has(key) && labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const among = has(key) && values.includes(labels[key] ?? '');
      return { In: among, NotIn: !among, Exists: has(key), DoesNotExist: !has(key) }[operator];
    })
  );
}

/** What the server makes of its text, by the grammar of label selectors. */
function selectsByText(text: string, labels: Labels): boolean {
  return text.split(/,(?![^(]*\))/).every((part) => {
    const set = /^(\S+) (in|notin) \(([^)]*)\)$/.exec(part);
    if (set !== null) {
      const [, key = '', how, values = ''] = set;
      const among = Object.hasOwn(labels, key) && values.split(',').includes(labels[key] ?? '');
      return how === 'in' ? among : !among;
    }
    if (part.startsWith('!')) return !Object.hasOwn(labels, part.slice(1));
    const [key = '', value] = part.split('=');
    return Object.hasOwn(labels, key) && (value === undefined || labels[key] === value);
  });
}

const key = fc.constantFrom('app', 'app.kubernetes.io/name', 'tier', 'in', 'notin', 'a-b_c.d');
const value = fc.constantFrom('', 'web', 'x', 'in', 'a-b_c.d');
const values = fc.uniqueArray(value, { minLength: 1, maxLength: 3 });
const expression = fc.oneof(
  fc.record({ key, operator: fc.constantFrom('In', 'NotIn'), values }),
  fc.record({ key, operator: fc.constantFrom('Exists', 'DoesNotExist') }),
);
const selector: fc.Arbitrary<V1LabelSelector> = fc.record(
  {
    matchLabels: fc.dictionary(key, value, { maxKeys: 3 }),
    matchExpressions: fc.array(expression, { maxLength: 3 }),
  },
  { requiredKeys: [] },
);
const isEmpty = ({ matchLabels = {}, matchExpressions = [] }: V1LabelSelector): boolean =>
  Object.keys(matchLabels).length + matchExpressions.length === 0;

test('the text selects what the selector means, whatever labels a pod has', () => {
  fc.assert(
    fc.property(selector, fc.dictionary(key, value), (one, labels) => {
      fc.pre(!isEmpty(one));
      expect(selectsByText(selectorText(one), labels)).toBe(selects(one, labels));
    }),
    { numRuns: 1000 },
  );
});
