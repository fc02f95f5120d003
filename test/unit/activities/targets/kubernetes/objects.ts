import type {
  V1ConfigMap,
  V1Container,
  V1ContainerStatus,
  V1Deployment,
  V1ManagedFieldsEntry,
  V1Pod,
  V1PodStatus,
  V1ReplicaSet,
} from '@kubernetes/client-node';
import type {
  SourceContent,
  SourceLookUp,
  SourceObject,
} from '../../../../../activities/targets/kubernetes/container-environment.js';
import type { JsonPatchOperation } from '../../../../../activities/targets/kubernetes/json-patch.js';
import type { FieldPath } from '../../../../../activities/targets/kubernetes/ownership.js';

export const ENABLED = 'TEAM_VNEXT_DUAL_WRITE_ENABLED';
export const STRICT = 'TEAM_VNEXT_DUAL_WRITE_STRICT_MODE';
export const BLOCKED = 'TEAM_LEGACY_WRITE_BLOCKED';

/** A Deployment with one container `web`, as the server would give it. */
export function deploymentWith(container: Partial<V1Container> = {}, name = 'deltacrown-web'): V1Deployment {
  return {
    metadata: { name, namespace: 'deltacrown', uid: 'd-1', resourceVersion: '100', generation: 1 },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          containers: [
            { name: 'proxy', image: 'proxy:1' },
            { name: 'web', image: 'web:1', ...container },
          ],
        },
      },
    },
  };
}

export function configMapWith(data: Record<string, string> | undefined, immutable = false): V1ConfigMap {
  return {
    metadata: { name: 'deltacrown-config', namespace: 'deltacrown', resourceVersion: '7' },
    ...(data === undefined ? {} : { data }),
    ...(immutable ? { immutable } : {}),
  };
}

/** Objects by `ConfigMap name` and `Secret name`; what is not named is absent. */
export function sources(
  contents: Readonly<Record<string, Record<string, string> | string>> = {},
): SourceLookUp {
  return ({ kind, name }: SourceObject): SourceContent => {
    const content = contents[`${kind} ${name}`];
    if (content === undefined) return { state: 'absent' };
    return typeof content === 'string'
      ? { state: 'unreadable', reason: content }
      : { state: 'present', data: content };
  };
}

/** The same object under another resourceVersion, as after somebody's change. */
export function withVersion<T extends { metadata?: { resourceVersion?: string } }>(
  object: T,
  version: string,
): T {
  const copy = structuredClone(object);
  Object.assign(copy.metadata ?? {}, { resourceVersion: version });
  return copy;
}

/** Applies a JSON patch as the server does: a resourceVersion that is not the current one is a conflict. */
export function patched<T extends object>(object: T, operations: readonly JsonPatchOperation[]): T {
  const result = structuredClone(object) as Node;
  const before = valueAt(result, ['metadata', 'resourceVersion']);
  for (const operation of operations) apply(result, operation);
  if (valueAt(result, ['metadata', 'resourceVersion']) !== before) throw new Error('409 Conflict');
  return result as T;
}

type Node = Record<string, unknown> | unknown[];

function apply(root: Node, operation: JsonPatchOperation): void {
  const parts = operation.path
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  const key = parts.at(-1) ?? '';
  const parent = valueAt(root, parts.slice(0, -1));
  if (typeof parent !== 'object' || parent === null) throw new Error(`422 no parent: ${operation.path}`);
  if (Array.isArray(parent)) applyToList(parent, key, operation);
  else applyToObject(parent as Record<string, unknown>, key, operation);
}

function applyToList(list: unknown[], key: string, operation: JsonPatchOperation): void {
  const index = key === '-' ? list.length : Number(key);
  const last = operation.op === 'add' ? list.length : list.length - 1;
  if (!Number.isInteger(index) || index < 0 || index > last) throw new Error(`422 index: ${operation.path}`);
  if (operation.op === 'remove') list.splice(index, 1);
  else list.splice(index, operation.op === 'add' ? 0 : 1, structuredClone(operation.value));
}

function applyToObject(target: Record<string, unknown>, key: string, operation: JsonPatchOperation): void {
  if (operation.op !== 'add' && !Object.hasOwn(target, key))
    throw new Error(`422 missing: ${operation.path}`);
  if (operation.op === 'remove') Reflect.deleteProperty(target, key);
  else target[key] = structuredClone(operation.value);
}

function valueAt(root: unknown, parts: readonly string[]): unknown {
  return parts.reduce<unknown>(
    (node, part) =>
      typeof node === 'object' && node !== null ? (node as Record<string, unknown>)[part] : undefined,
    root,
  );
}

/** A pod of a ReplicaSet with one container `web`, running and ready unless told otherwise. */
export function podWith(
  name: string,
  {
    owner = 'rs-new',
    container = {},
    ...parts
  }: { owner?: string; container?: Partial<V1ContainerStatus> } & Partial<V1PodStatus> & {
      leaving?: boolean;
    } = {},
): V1Pod {
  const { leaving = false, ...status } = parts;
  const web: V1ContainerStatus = {
    name: 'web',
    image: 'web:1',
    imageID: '',
    ready: true,
    restartCount: 0,
    state: { running: {} },
    ...container,
  };
  return {
    metadata: {
      name,
      uid: `uid-${name}`,
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: owner, uid: owner, controller: true },
      ],
      ...(leaving ? { deletionTimestamp: new Date(0) } : {}),
    },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: web.ready ? 'True' : 'False' }],
      containerStatuses: [web],
      ...status,
    },
  };
}

export function replicaSetWith(
  uid: string,
  revision: string,
  status: V1ReplicaSet['status'] = { replicas: 1 },
): V1ReplicaSet {
  return {
    metadata: {
      name: uid,
      uid,
      annotations: { 'deployment.kubernetes.io/revision': revision },
      ownerReferences: [
        { apiVersion: 'apps/v1', kind: 'Deployment', name: 'deltacrown-web', uid: 'd-1', controller: true },
      ],
    },
    status,
  };
}

/** A managedFields entry that owns these paths. */
export function managed(
  manager: string,
  paths: readonly FieldPath[],
  { time, ...rest }: { operation?: string; time?: string; subresource?: string } = {},
): V1ManagedFieldsEntry {
  const fieldsV1: Record<string, unknown> = {};
  for (const path of paths) {
    let node = fieldsV1;
    for (const part of path) node = (node[part] ??= {}) as Record<string, unknown>;
  }
  return {
    manager,
    operation: 'Update',
    fieldsV1,
    ...(time === undefined ? {} : { time: new Date(time) }),
    ...rest,
  };
}
