import {
  PatchStrategy,
  type ConfigurationOptions,
  type CoreV1Event,
  type V1ConfigMap,
  type V1Container,
  type V1Deployment,
} from '@kubernetes/client-node';
import {
  apiFailure,
  ChangedMeanwhile,
  isConflict,
  isForbidden,
  isNotFound,
  isRefusedPatch,
} from './api-failure.js';
import { ask, asPatch, call, type Answer, type Ask, type KubernetesClient } from './client.js';
import type { ConfigMapPatch } from './config-map-patch.js';
import {
  nameOf,
  sourcesOf,
  type SourceContent,
  type SourceLookUp,
  type SourceObject,
} from './container-environment.js';
import { versionOf, type JsonPatchOperation } from './json-patch.js';
import { selectorText } from './label-selector.js';
import { FIELD_MANAGER } from './ownership.js';
import type { RolloutObjects } from './rollout-state.js';

/** The time and the cancellation that one request is made under. */
export interface Limits {
  readonly signal: AbortSignal;
  /** Milliseconds; the client's default when it is not told. */
  readonly timeoutMs?: number;
}

/** The objects of one Deployment, read and changed over the API. Every function throws failures of ours (`apiFailure`). */
export interface Workload {
  readDeployment(limits: Limits): Promise<V1Deployment>;
  /** The Deployment with its ReplicaSets, its pods and what the kubelets say of their probes. */
  readRollout(limits: Limits): Promise<RolloutObjects>;
  readConfigMap(name: string, limits: Limits): Promise<V1ConfigMap>;
  /** What the ConfigMaps and Secrets hold that the container takes variables from; one that may not be read says so. */
  readSources(container: V1Container, limits: Limits): Promise<SourceLookUp>;
  /** @throws the client's own conflict (`isConflict`) when the object is not the one that was read any more. */
  patchDeployment(patch: readonly JsonPatchOperation[], limits: Limits): Promise<V1Deployment>;
  /** @throws as `patchDeployment`. */
  patchConfigMap(name: string, patch: ConfigMapPatch, limits: Limits): Promise<V1ConfigMap>;
}

export function createWorkload(
  client: KubernetesClient,
  { namespace, deployment: name }: { readonly namespace: string; readonly deployment: string },
): Workload {
  const target = `deployment ${namespace}/${name}`;
  const readDeployment = (limits: Limits): Promise<V1Deployment> =>
    ask(client, { ...limits, what: `read ${target}`, kind: 'Deployment' }, (options) =>
      client.apps.readNamespacedDeployment({ name, namespace }, options),
    );
  return {
    readDeployment,
    readRollout: async (limits) => {
      const deployment = await readDeployment(limits);
      const selected = { namespace, labelSelector: selectorText(deployment.spec?.selector) };
      // Pods after ReplicaSets: a pod whose ReplicaSet is not known yet belongs to nobody, and is seen the next time.
      const replicaSets = await ask(
        client,
        { ...limits, what: `list replica sets of ${target}`, kind: 'ReplicaSetList' },
        (options) => client.apps.listNamespacedReplicaSet(selected, options),
      );
      const pods = await ask(
        client,
        { ...limits, what: `list pods of ${target}`, kind: 'PodList' },
        (options) => client.core.listNamespacedPod(selected, options),
      );
      const events = await ask(
        client,
        { ...limits, what: `list events in ${namespace}`, kind: 'EventList' },
        (options) => client.core.listNamespacedEvent({ namespace, fieldSelector: PROBE_EVENTS }, options),
      );
      return {
        deployment,
        replicaSets: replicaSets.items,
        pods: pods.items,
        events: events.items.sort((left, right) => timeOf(left) - timeOf(right)),
      };
    },
    readConfigMap: (configMap, limits) =>
      ask(
        client,
        { ...limits, what: `read config map ${namespace}/${configMap}`, kind: 'ConfigMap' },
        (options) => client.core.readNamespacedConfigMap({ name: configMap, namespace }, options),
      ),
    readSources: async (container, limits) => {
      const contents = new Map<string, SourceContent>();
      for (const object of sourcesOf(container))
        contents.set(nameOf(object), await contentOf(client, { ...object, namespace }, limits));
      return (object) =>
        contents.get(nameOf(object)) ?? { state: 'unreadable', reason: 'it was not asked for' };
    },
    patchDeployment: (patch, limits) =>
      change(
        client,
        {
          ...limits,
          what: `change ${target}`,
          kind: 'Deployment',
          isStale: async () => (await readDeployment(limits)).metadata?.resourceVersion !== versionOf(patch),
        },
        (options) =>
          client.apps.patchNamespacedDeployment(
            { name, namespace, body: patch, fieldManager: FIELD_MANAGER },
            asPatch(options, PatchStrategy.JsonPatch),
          ),
      ),
    patchConfigMap: (configMap, patch, limits) =>
      change(
        client,
        { ...limits, what: `change config map ${namespace}/${configMap}`, kind: 'ConfigMap' },
        (options) =>
          client.core.patchNamespacedConfigMap(
            { name: configMap, namespace, body: patch, fieldManager: FIELD_MANAGER },
            asPatch(options, PatchStrategy.MergePatch),
          ),
      ),
  };
}

const PROBE_EVENTS = 'involvedObject.kind=Pod,reason=Unhealthy';

interface Change extends Ask {
  /** Whether the object is another one than the patch was made for. */
  readonly isStale?: () => Promise<boolean>;
}

/** A conflict stays what it is, for `changeUntilNoConflict`. */
async function change<T extends Answer>(
  client: KubernetesClient,
  request: Change,
  make: (options: ConfigurationOptions) => Promise<T>,
): Promise<T> {
  try {
    return await call(request, make);
  } catch (error) {
    request.signal.throwIfAborted();
    if (isConflict(error)) throw error;
    // The server applies a patch before it compares versions: a place in a list that is gone is refused, and no conflict.
    if (isRefusedPatch(error) && (await request.isStale?.()) === true)
      throw new ChangedMeanwhile(request.what, { cause: error });
    throw apiFailure(error, { what: request.what, server: client.server });
  }
}

async function contentOf(
  client: KubernetesClient,
  { kind, name, namespace }: SourceObject & { readonly namespace: string },
  limits: Limits,
): Promise<SourceContent> {
  const what = `read ${nameOf({ kind, name })} in ${namespace}`;
  try {
    const request = { ...limits, what, kind };
    const data =
      kind === 'ConfigMap'
        ? (
            await call(request, (options) =>
              client.core.readNamespacedConfigMap({ name, namespace }, options),
            )
          ).data
        : decoded(
            (await call(request, (options) => client.core.readNamespacedSecret({ name, namespace }, options)))
              .data,
          );
    return { state: 'present', data: data ?? {} };
  } catch (error) {
    limits.signal.throwIfAborted();
    if (isNotFound(error)) return { state: 'absent' };
    if (isForbidden(error)) return { state: 'unreadable', reason: 'the worker has no right to get it' };
    throw apiFailure(error, { what, server: client.server });
  }
}

function decoded(data: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
  );
}

function timeOf({ lastTimestamp, eventTime, metadata }: CoreV1Event): number {
  return new Date(lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? 0).getTime();
}
