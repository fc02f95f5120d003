import { describe, expect, test } from '@jest/globals';
import type { V1Container } from '@kubernetes/client-node';
import { environmentOf } from '../../../../../activities/targets/kubernetes/container-environment.js';
import { carriedOtherwise, wantedAfter } from '../../../../../activities/targets/kubernetes/safe-values.js';
import { BASELINE_FLAGS, FLAG_NAMES, type FlagValues } from '../../../../../procedure/flags.js';
import { BLOCKED, ENABLED, sources, STRICT } from './objects.js';

const NONE = Object.fromEntries(FLAG_NAMES.map((name) => [name, null])) as FlagValues;
const CONFIG = { envFrom: [{ configMapRef: { name: 'c' } }] };
const seen = (container: Partial<V1Container>, data: Record<string, string> | string = {}) =>
  environmentOf({ name: 'web', ...container }, sources({ 'ConfigMap c': data }));

describe('what serving processes carry otherwise than the objects give it', () => {
  test.each<[string, Record<string, string> | string, Partial<FlagValues>, RegExp | null]>([
    ['as it stands', { [ENABLED]: 'false' }, { [ENABLED]: 'false' }, null],
    ['written in another way', { [STRICT]: 'False' }, { [STRICT]: 'false' }, null],
    ['nowhere', {}, {}, null],
    ['a safe value of the image', {}, { [BLOCKED]: 'true', [ENABLED]: 'false' }, null],
    [
      'an unsafe value of the image',
      {},
      { [BLOCKED]: 'false' },
      /BLOCKED=false, which no object gives it but its image/,
    ],
    [
      'written and not read',
      { [STRICT]: 'true' },
      { [STRICT]: 'false' },
      /carries .*STRICT_MODE=false, but .*ConfigMap c .*gives .*=true/,
    ],
    [
      'taken away and still carried',
      { [ENABLED]: 'false' },
      { [ENABLED]: 'true' },
      /carries .*ENABLED=true, but/,
    ],
    ['not known here', 'no right', { [ENABLED]: 'true' }, null],
  ])('%s', (...[, data, values, expected]) => {
    const processes = [{ id: 'pod a pid 7', values: { ...NONE, ...values } }];
    const found = carriedOtherwise(seen(CONFIG, data), processes, BASELINE_FLAGS);
    if (expected === null) expect(found).toEqual([]);
    else expect(found).toEqual([expect.stringMatching(expected)]);
  });
});

test.each<[string, Record<string, string> | string, Partial<FlagValues>]>([
  ['what the objects give', { [ENABLED]: 'FALSE' }, { [ENABLED]: 'FALSE' }],
  ['the baseline where nothing gives it', {}, BASELINE_FLAGS],
  ['the baseline where nobody can know it', 'no right', BASELINE_FLAGS],
  ['a safe value where they give another', { [ENABLED]: 'true', [BLOCKED]: 'false' }, BASELINE_FLAGS],
])('wanted after a rollback: %s', (_, data, expected) => {
  expect(wantedAfter(seen(CONFIG, data), BASELINE_FLAGS)).toMatchObject(expected);
});
