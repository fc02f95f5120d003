import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import type { V1ManagedFieldsEntry } from '@kubernetes/client-node';
import {
  envPath,
  keepersOf,
  ownersOf,
  ownershipProblem,
  type FieldPath,
} from '../../../../../activities/targets/kubernetes/ownership.js';
import { ENABLED, managed, STRICT } from './objects.js';

const SINCE = '2026-11-27T10:00:00.000Z';
const path = envPath('web', ENABLED);
const problem = (...managedFields: V1ManagedFieldsEntry[]) =>
  ownershipProblem({ managedFields }, { path, what: ENABLED });

describe('who owns a field', () => {
  test('found by the path in what a real server (1.33) recorded; the newest first, never the status', () => {
    const recorded = readFileSync(new URL('./managed-fields.json', import.meta.url), 'utf8');
    const metadata = { managedFields: JSON.parse(recorded) as V1ManagedFieldsEntry[] };
    const managers = (path: FieldPath) => ownersOf(metadata, path).map(({ manager }) => manager);
    expect(ownersOf(metadata, path)).toEqual([
      { manager: 'kubectl-set', operation: 'Update', time: '2026-11-27T18:45:08.000Z' },
    ]);
    expect(managers(envPath('web', STRICT))).toEqual(['readiness', 'argocd-controller', 'kubectl-replace']);
    expect(ownersOf(metadata, ['f:spec', 'f:replicas'])).toEqual([
      { manager: 'kubectl', operation: 'Update', time: null },
    ]);
    expect(managers(envPath('proxy', ENABLED))).toEqual([]);
    expect(managers(['f:status', 'f:replicas'])).toEqual([]);
    expect(ownersOf(undefined, path)).toEqual([]);
    expect(ownershipProblem(metadata, { path: envPath('web', STRICT), what: STRICT })).toBe(
      `${STRICT} belongs to argocd-controller (Apply, 2026-11-27T18:44:28.000Z), which puts its own value back by itself`,
    );
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

  test('of several all are named, those who come back by themselves first, whoever wrote last', () => {
    const later = '2026-11-27T11:00:00.000Z';
    expect(
      problem(
        managed('deployer', [path], { operation: 'Apply', time: later }),
        managed('argocd-controller', [path], { operation: 'Apply', time: SINCE }),
        managed('kubectl-set', [path], { operation: 'Update', time: later }),
      ),
    ).toBe(
      `${ENABLED} belongs to argocd-controller (Apply, ${SINCE}), which puts its own value back by itself, and to deployer (Apply, ${later}), which puts its own value back the next time it is run`,
    );
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
