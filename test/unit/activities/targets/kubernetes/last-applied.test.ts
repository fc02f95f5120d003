import { expect, test } from '@jest/globals';
import {
  isInLastApplied,
  isKeyInLastApplied,
} from '../../../../../activities/targets/kubernetes/last-applied.js';
import { deploymentWith, ENABLED, STRICT } from './objects.js';

const applied = (manifest: string) => ({
  annotations: { 'kubectl.kubernetes.io/last-applied-configuration': manifest },
});

test('a variable that the applied manifest sets, in this container and no other', () => {
  const metadata = applied(JSON.stringify(deploymentWith({ env: [{ name: ENABLED, value: 'false' }] })));
  expect(isInLastApplied(metadata, { container: 'web', variable: ENABLED })).toBe(true);
  expect(isInLastApplied(metadata, { container: 'proxy', variable: ENABLED })).toBe(false);
  expect(isInLastApplied(metadata, { container: 'web', variable: STRICT })).toBe(false);
});

test('a key that the applied manifest sets', () => {
  const metadata = applied('{"data":{"k":""}}');
  expect(isKeyInLastApplied(metadata, 'k')).toBe(true);
  expect(isKeyInLastApplied(metadata, 'constructor')).toBe(false);
});

test.each([undefined, {}, applied(''), applied('['), applied('null'), applied('{"spec":{"template":7}}')])(
  'nothing is applied: %j',
  (metadata) => {
    expect(isInLastApplied(metadata, { container: 'web', variable: ENABLED })).toBe(false);
    expect(isKeyInLastApplied(metadata, 'k')).toBe(false);
  },
);
