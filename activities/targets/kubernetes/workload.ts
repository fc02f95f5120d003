import {
  PatchStrategy,
  type ConfigurationOptions,
  type CoreV1Event,
  type V1ConfigMap,
  type V1Container,
  type V1Deployment,
} from '@kubernetes/client-node';
import { apiFailure, ChangedMeanwhile, isConflict, isRefusedPatch } from './api-failure.js';
import { ask, asPatch, call, type Answer, type Ask, type KubernetesClient } from './client.js';
import type { ConfigMapPatch } from './config-map-patch.js';
import type { NamespacePods } from './config-map-users.js';
import { nameOf, sourcesOf, type SourceContent, type SourceLookUp } from './container-environment.js';
import { versionOf, type JsonPatchOperation } from './json-patch.js';
import { selectorText } from './label-selector.js';
import { FIELD_MANAGER } from './ownership.js';
import type { RolloutObjects } from './rollout-state.js';
import { contentOf } from './source-content.js';

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
  /** All ReplicaSets and pods of the namespace, of others too. */
  readNamespace(limits: Limits): Promise<NamespacePods>;
  /** What the ConfigMaps and Secrets hold that the container takes variables from; one that may not be read says so. */
  readSources(container: V1Container, limits: Limits): Promise<SourceLookUp>;
  /** @throws the client's own conflict (`isConflict`) when the object is not the one that was read any more. */
  patchDeployment(
    patch: readonly JsonPatchOperation[],
    limits: Limits,
    manager?: string,
  ): Promise<V1Deployment>;
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
  /** `labelSelector` absent = all of the namespace. */
  const readPods = async (
    selected: { readonly labelSelector?: string },
    whose: string,
    limits: Limits,
  ): Promise<NamespacePods> => {
    const which = { namespace, ...selected };
    // Pods after ReplicaSets: a pod whose ReplicaSet is not known yet belongs to nobody, and is seen the next time.
    const replicaSets = await ask(
      client,
      { ...limits, what: `list replica sets ${whose}`, kind: 'ReplicaSetList' },
      (options) => client.apps.listNamespacedReplicaSet(which, options),
    );
    const pods = await ask(client, { ...limits, what: `list pods ${whose}`, kind: 'PodList' }, (options) =>
      client.core.listNamespacedPod(which, options),
    );
    return { replicaSets: replicaSets.items, pods: pods.items };
  };
  return {
    readDeployment,
    readNamespace: (limits) => readPods({}, `in ${namespace}`, limits),
    readRollout: async (limits) => {
      const deployment = await readDeployment(limits);
      const selected = { labelSelector: selectorText(deployment.spec?.selector) };
      const { replicaSets, pods } = await readPods(selected, `of ${target}`, limits);
      const events = await ask(
        client,
        { ...limits, what: `list events in ${namespace}`, kind: 'EventList' },
        (options) => client.core.listNamespacedEvent({ namespace, fieldSelector: PROBE_EVENTS }, options),
      );
      return {
        deployment,
        replicaSets,
        pods,
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
    patchDeployment: (patch, limits, manager = FIELD_MANAGER) =>
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
            { name, namespace, body: patch, fieldManager: manager },
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
    return await call(client, request, make);
  } catch (error) {
    request.signal.throwIfAborted();
    if (isConflict(error)) throw error;
    // The server applies a patch before it compares versions: a place in a list that is gone is refused, and no conflict.
    if (isRefusedPatch(error) && (await request.isStale?.()) === true)
      throw new ChangedMeanwhile(request.what, { cause: error });
    throw apiFailure(error, { what: request.what, server: client.server });
  }
}

function timeOf({ lastTimestamp, eventTime, metadata }: CoreV1Event): number {
  return new Date(lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? 0).getTime();
}
