import type { V1ContainerStatus, V1Deployment, V1Pod } from '@kubernetes/client-node';
import type { TargetChange, TargetChanges } from '../target.js';
import { configMapDrift, knownOf, type FlagConfigMap, type KnownConfigMap } from './config-map-drift.js';
import { deploymentDrift, driftText } from './drift.js';
import { OWN_MANAGERS } from './ownership.js';
import { podsOf, replicaSetsOf } from './owned.js';
import { concealed } from './concealed.js';
import { comparePods, type ContainerRestart } from './pod-restarts.js';
import type { RolloutObjects } from './rollout-state.js';

/** What has to be known of a former look, as text for whoever carries it; no value that may be a secret stands in it. */
interface Remembered {
  readonly deployment: V1Deployment;
  readonly pods: readonly V1Pod[];
  /** Method B; absent also in what earlier versions remembered. */
  readonly configMap?: KnownConfigMap;
}

/** The objects of one look; of method B with its ConfigMap. */
export type ChangeableObjects = RolloutObjects & { readonly configMap?: FlagConfigMap };

/**
 * What became of Deployment, ConfigMap and pods since a former look (`null` = this is the first one): edits, scaling, restarts and
 * rollbacks with who made them, containers that were started again, killed for memory, or that die again and again. With
 * `leaveOut: 'own'` what was written under our name is no change. Pure.
 */
export function changesSince(
  since: string | null,
  objects: ChangeableObjects,
  leaveOut: 'own' | 'nothing' = 'nothing',
): TargetChanges {
  const pods = ownPods(objects);
  const state = JSON.stringify(remember(objects, pods));
  const { spec = {} } = concealed(objects.deployment);
  // Who wrote what stands in the object itself.
  const now = { spec, metadata: objects.deployment.metadata ?? {} } as V1Deployment;
  const before = since === null ? null : recall(since);
  if (before === null) return { state, drift: [], restarts: [], loops: [] };
  const compared = comparePods(before.pods, pods);
  return {
    state,
    drift: [
      ...deploymentDrift(before.deployment, now, objects.replicaSets),
      ...(before.configMap === undefined || objects.configMap === undefined
        ? []
        : configMapDrift(before.configMap, objects.configMap)),
    ]
      .filter(({ by }) => leaveOut === 'nothing' || !OWN_MANAGERS.includes(by?.manager ?? ''))
      .map((drift): TargetChange => ({
        kind: drift.kind === 'scaled' ? 'scaled' : 'edited',
        text: driftText(drift),
      })),
    restarts: [
      ...compared.restarts.map(restartText),
      ...compared.outOfMemory.filter((one) => !compared.restarts.includes(one)).map(restartText),
      ...compared.evicted.map(({ pod, reason }) => `pod ${pod} was thrown out by its node (${reason})`),
    ],
    loops: compared.crashLoops.map((name) => `container ${name} dies again and again (CrashLoopBackOff)`),
  };
}

function ownPods({ deployment, replicaSets, pods }: RolloutObjects): readonly V1Pod[] {
  const { current, old } = replicaSetsOf(deployment, replicaSets);
  return podsOf([...(current === null ? [] : [current]), ...old], pods);
}

/** No more than what two looks are compared by: it is carried with every heartbeat, and stands in the history. */
function remember({ deployment, configMap }: ChangeableObjects, pods: readonly V1Pod[]): Remembered {
  return {
    deployment: concealed(deployment),
    ...(configMap === undefined ? {} : { configMap: knownOf(configMap) }),
    pods: pods.map(
      ({ metadata, status }) =>
        ({
          metadata: {
            uid: metadata?.uid,
            name: metadata?.name,
            deletionTimestamp: metadata?.deletionTimestamp,
          },
          status: {
            phase: status?.phase,
            containerStatuses: status?.containerStatuses?.map(counted),
            initContainerStatuses: status?.initContainerStatuses?.map(counted),
          },
        }) as unknown as V1Pod,
    ),
  };
}

/** Without what it said when it ended, which may be the last lines of its log. */
function counted({ name, restartCount, state }: V1ContainerStatus): object {
  const containerID = state?.terminated?.containerID;
  const reason = state?.waiting?.reason;
  const ended = containerID === undefined ? {} : { terminated: { containerID } };
  return { name, restartCount, state: reason === undefined ? ended : { waiting: { reason } } };
}

function recall(text: string): Remembered | null {
  try {
    return JSON.parse(text) as Remembered;
  } catch {
    return null;
  }
}

function restartText({ pod, container, restarts, reason, exitCode, endedAt }: ContainerRestart): string {
  const code = exitCode === null ? '' : `, exit code ${String(exitCode)}`;
  const how =
    reason === 'OOMKilled'
      ? `was killed because it used too much memory (OOMKilled${code})`
      : `ended (${reason ?? 'no reason given'}${code})`;
  const again = restarts === 0 ? 'is not started again yet' : `was started ${String(restarts)} time(s) again`;
  return `container ${container} of pod ${pod} ${how}${endedAt === null ? '' : ` at ${endedAt}`} and ${again}`;
}
