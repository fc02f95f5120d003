import { describe, expect, test } from '@jest/globals';
import type { V1ManagedFieldsEntry } from '@kubernetes/client-node';
import {
  envPath,
  keepersOf,
  ownersOf,
  ownershipProblem,
} from '../../../../../activities/targets/kubernetes/ownership.js';
import { ENABLED, managed, STRICT } from './objects.js';

const SINCE = '2026-11-27T10:00:00.000Z';
const path = envPath('web', ENABLED);
const problem = (...managedFields: V1ManagedFieldsEntry[]) =>
  ownershipProblem({ managedFields }, { path, what: ENABLED });

describe('who owns a field', () => {
  test('found by the path, as the server writes it; the newest first', () => {
    // Copied from a real object.
    const fieldsV1 = {
      'f:spec': {
        'f:template': {
          'f:spec': {
            'f:containers': {
              'k:{"name":"web"}': {
                'f:env': { [`k:{"name":"${ENABLED}"}`]: { '.': {}, 'f:name': {}, 'f:value': {} } },
              },
            },
          },
        },
      },
    };
    const managedFields = [
      { manager: 'kubectl-set', operation: 'Update', time: new Date('2026-11-27T09:00:00Z'), fieldsV1 },
      { manager: 'kubectl-edit', operation: 'Update', time: new Date(SINCE), fieldsV1 },
      { manager: 'kube-controller-manager', operation: 'Update', subresource: 'status', fieldsV1 },
    ];
    expect(ownersOf({ managedFields }, path)).toEqual([
      { manager: 'kubectl-edit', operation: 'Update', time: SINCE },
      { manager: 'kubectl-set', operation: 'Update', time: '2026-11-27T09:00:00.000Z' },
    ]);
    expect(ownersOf({ managedFields }, envPath('web', STRICT))).toEqual([]);
    expect(ownersOf({ managedFields }, envPath('proxy', ENABLED))).toEqual([]);
    expect(ownersOf(undefined, path)).toEqual([]);
  });

  test.each([
    ['argocd-controller', 'Apply', 'puts its own value back by itself'],
    ['argocd-application-controller', 'Update', 'puts its own value back by itself'],
    ['kustomize-controller', 'Apply', 'puts its own value back by itself'],
    ['helm', 'Update', 'puts its own value back the next time it is run'],
    ['kubectl-client-side-apply', 'Update', 'puts its own value back the next time it is run'],
    ['someone', 'Apply', 'puts its own value back the next time it is run'],
  ])('%s (%s) is in the way', (manager, operation, effect) => {
    const owned = managed(manager, [path], { operation, time: SINCE });
    expect(problem(owned)).toBe(`${ENABLED} belongs to ${manager} (${operation}, ${SINCE}), which ${effect}`);
  });

  test.each([
    ['kubectl-set', 'Update'],
    ['kubectl-edit', 'Update'],
    ['readiness', 'Update'],
    ['node-fetch', 'Update'],
  ])('%s (%s) is not', (manager, operation) => {
    expect(problem(managed(manager, [path], { operation, time: SINCE }))).toBeNull();
  });

  test('a tool that owns other fields only is not in the way of this one', () => {
    expect(
      problem(managed('argocd-controller', [envPath('web', STRICT)], { operation: 'Apply' })),
    ).toBeNull();
  });
});

test('tools that keep the whole object are known by their marks, each once', () => {
  const keepers = keepersOf({
    labels: { 'argocd.argoproj.io/instance': 'staging', 'app.kubernetes.io/instance': 'x' },
    annotations: {
      'argocd.argoproj.io/tracking-id': 'staging:apps/Deployment',
      'meta.helm.sh/release-name': 'web',
    },
  });
  expect(keepers).toEqual([
    { tool: 'Argo CD', mark: 'argocd.argoproj.io/tracking-id=staging:apps/Deployment' },
    { tool: 'Helm', mark: 'meta.helm.sh/release-name=web' },
  ]);
  expect(keepersOf({ name: 'x' })).toEqual([]);
});
