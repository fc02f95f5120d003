import type { V1ContainerStatus, V1Deployment, V1Pod } from '@kubernetes/client-node';
import type { TargetChange, TargetChanges } from '../target.js';
import { deploymentDrift, driftText } from './drift.js';
import { podsOf, replicaSetsOf } from './owned.js';
import { concealed } from './concealed.js';
import { comparePods, type ContainerRestart } from './pod-restarts.js';
import type { RolloutObjects } from './rollout-state.js';

/** What has to be known of a former look, as text for whoever carries it; no value that may be a secret stands in it. */
interface Remembered {
  readonly deployment: V1Deployment;
  readonly pods: readonly V1Pod[];
}

/**
 * What became of Deployment and pods since a former look (`null` = this is the first one): edits, scaling, restarts and
 * rollbacks with who made them, containers that were started again, killed for memory, or that die again and again. Pure.
 */
export function changesSince(since: string | null, objects: RolloutObjects): TargetChanges {
  const pods = ownPods(objects);
  const state = JSON.stringify(remember(objects.deployment, pods));
  const { spec = {} } = concealed(objects.deployment);
  // Who wrote what stands in the object itself.
  const now = { spec, metadata: objects.deployment.metadata ?? {} } as V1Deployment;
  const before = since === null ? null : recall(since);
  if (before === null) return { state, drift: [], restarts: [], loops: [] };
  const compared = comparePods(before.pods, pods);
  return {
    state,
    drift: deploymentDrift(before.deployment, now, objects.replicaSets).map((drift): TargetChange => ({
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
function remember(deployment: V1Deployment, pods: readonly V1Pod[]): Remembered {
  return {
    deployment: concealed(deployment),
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
  return { name, restartCount, state: containerID === undefined ? {} : { terminated: { containerID } } };
}

function recall(text: string): Remembered | null {
  try {
    return JSON.parse(text) as Remembered;
  } catch {
    return null;
  }
}

function restartText({ pod, container, restarts, reason, exitCode, endedAt }: ContainerRestart): string {
  const how =
    reason === 'OOMKilled'
      ? 'was killed because it used too much memory (OOMKilled)'
      : `ended (${reason ?? 'no reason given'}${exitCode === null ? '' : `, exit code ${String(exitCode)}`})`;
  return `container ${container} of pod ${pod} ${how}${endedAt === null ? '' : ` at ${endedAt}`} and was started ${String(restarts)} time(s) again`;
}
