import type {
  V1Container,
  V1ObjectMeta,
  V1Pod,
  V1PodSpec,
  V1ReplicaSet,
  V1Volume,
} from '@kubernetes/client-node';
import { keyOfEnv, objectOfEnvFrom } from './container-environment.js';
import { REVISION } from './owned.js';

/** Everything in a namespace by which pods are known, without a right to read the objects that make them. */
export interface NamespacePods {
  readonly replicaSets: readonly V1ReplicaSet[];
  readonly pods: readonly V1Pod[];
}

/** Somebody whose pods take something from a ConfigMap, and how. */
export interface ConfigMapUser {
  /** `Deployment deltacrown-worker`, `StatefulSet queue`, `pod debug`. */
  readonly name: string;
  /** Variables are read when a container starts; files are replaced under a running one. */
  readonly takes: 'variables' | 'files';
}

export interface SharedKeys {
  readonly configMap: string;
  /** The keys that will be written: whoever takes other keys only is not concerned. */
  readonly keys: readonly string[];
  /** The Deployment that it is about, which is none of the others. */
  readonly own: V1ObjectMeta | undefined;
}

/**
 * Who else in the namespace takes one of these keys. Deployments are told by their newest ReplicaSet, so those without a pod
 * too; all others by the pods that they have now, so nobody sees a CronJob between its runs or a StatefulSet of no pod. Pure.
 */
export function configMapUsers(
  { replicaSets, pods }: NamespacePods,
  shared: SharedKeys,
): readonly ConfigMapUser[] {
  const found = [...ofDeployments(replicaSets, shared), ...ofOthers(pods, shared)].flatMap(
    ({ name, spec }): ConfigMapUser[] => {
      const takes = taken(spec, shared);
      return takes === null ? [] : [{ name, takes }];
    },
  );
  const key = ({ name, takes }: ConfigMapUser): string => `${name} ${takes}`;
  const each = new Map(found.map((user) => [key(user), user]));
  return [...each.values()].sort((left, right) => key(left).localeCompare(key(right)));
}

/** What it means for them, in one sentence; `null` = there is nobody else. Pure. */
export function configMapUsersText(configMap: string, users: readonly ConfigMapUser[]): string | null {
  if (users.length === 0) return null;
  const of = (takes: ConfigMapUser['takes']): string =>
    users
      .filter((user) => user.takes === takes)
      .map(({ name }) => name)
      .join(', ');
  const variables = of('variables');
  const files = of('files');
  const effects = [
    ...(variables === '' ? [] : [`${variables} (variables, which change with the next restart)`]),
    ...(files === '' ? [] : [`${files} (files, which change within minutes and without a restart)`]),
  ];
  return `ConfigMap ${configMap} is not the target's alone: the flags reach ${effects.join(' and ')}`;
}

interface PodMaker {
  readonly name: string;
  readonly spec: V1PodSpec | undefined;
}

function ofDeployments(replicaSets: readonly V1ReplicaSet[], { own }: SharedKeys): PodMaker[] {
  const newest = new Map<string, V1ReplicaSet>();
  for (const one of replicaSets) {
    const owner = controllerOf(one.metadata);
    const key = owner?.uid ?? one.metadata?.uid ?? '';
    const before = newest.get(key);
    if (before === undefined || isNewer(one, before)) newest.set(key, one);
  }
  return [...newest.entries()]
    .filter(([uid]) => uid !== own?.uid)
    .map(([, one]) => ({
      name: ownerName(one.metadata, 'ReplicaSet'),
      spec: one.spec?.template?.spec,
    }));
}

/** Pods of ReplicaSets are told by these. */
function ofOthers(pods: readonly V1Pod[], { own }: SharedKeys): PodMaker[] {
  return pods
    .filter(({ metadata, status }) => {
      const owner = controllerOf(metadata);
      const over = status?.phase === 'Succeeded' || status?.phase === 'Failed';
      return !over && owner?.kind !== 'ReplicaSet' && owner?.uid !== own?.uid;
    })
    .map(({ metadata, spec }) => ({ name: ownerName(metadata, 'pod'), spec }));
}

function controllerOf(metadata: V1ObjectMeta | undefined) {
  return metadata?.ownerReferences?.find(({ controller }) => controller === true);
}

function ownerName(metadata: V1ObjectMeta | undefined, otherwise: string): string {
  const owner = controllerOf(metadata);
  return owner === undefined ? `${otherwise} ${metadata?.name ?? '?'}` : `${owner.kind} ${owner.name}`;
}

/** Controllers other than Deployments count elsewhere or not at all: there the time decides. */
function isNewer(one: V1ReplicaSet, other: V1ReplicaSet): boolean {
  const difference = revisionOf(one) - revisionOf(other);
  return difference === 0 ? bornAt(one) > bornAt(other) : difference > 0;
}

function bornAt({ metadata }: V1ReplicaSet): number {
  return new Date(metadata?.creationTimestamp ?? 0).getTime();
}

function revisionOf({ metadata }: V1ReplicaSet): number {
  return Number(metadata?.annotations?.[REVISION] ?? 0);
}

/** A file is told before a variable: it changes sooner. */
function taken(spec: V1PodSpec | undefined, shared: SharedKeys): ConfigMapUser['takes'] | null {
  if ((spec?.volumes ?? []).some((volume) => isMounted(volume, shared))) return 'files';
  const containers = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])];
  return containers.some((container) => takesVariable(container, shared)) ? 'variables' : null;
}

function isMounted(volume: V1Volume, { configMap, keys }: SharedKeys): boolean {
  const sources = [volume.configMap, ...(volume.projected?.sources ?? []).map((one) => one.configMap)];
  return sources.some(
    (source) =>
      source?.name === configMap &&
      (source.items === undefined || source.items.some(({ key }) => keys.includes(key))),
  );
}

function takesVariable(container: V1Container, { configMap, keys }: SharedKeys): boolean {
  const whole = (container.envFrom ?? []).some((entry) => {
    const object = objectOfEnvFrom(entry);
    return object?.kind === 'ConfigMap' && object.name === configMap;
  });
  return (
    whole ||
    (container.env ?? []).some((entry) => {
      const reference = keyOfEnv(entry);
      return (
        reference?.object.kind === 'ConfigMap' &&
        reference.object.name === configMap &&
        keys.includes(reference.key)
      );
    })
  );
}
