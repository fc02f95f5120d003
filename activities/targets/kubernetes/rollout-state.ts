import type {
  CoreV1Event,
  V1Deployment,
  V1DeploymentCondition,
  V1Pod,
  V1ReplicaSet,
} from '@kubernetes/client-node';
import { redact } from '../../support/redact.js';
import { podName, podsOf, replicaSetsOf, REVISION } from './owned.js';
import { problemsOfPod, type PodProblem, type PodProblemKind } from './pod-problems.js';

/** Everything that a rollout can be told from, read at about the same time; more objects than the Deployment's do no harm. */
export interface RolloutObjects {
  readonly deployment: V1Deployment;
  readonly replicaSets: readonly V1ReplicaSet[];
  readonly pods: readonly V1Pod[];
  /** Events of these pods, oldest first. */
  readonly events: readonly CoreV1Event[];
}

export type RolloutProblem =
  | PodProblem
  | {
      readonly kind: 'quota' | 'pod-refused' | 'deadline-exceeded' | 'paused';
      readonly pod: null;
      readonly container: null;
      readonly reason: string;
      readonly text: string;
      readonly final: boolean;
    };
export type RolloutProblemKind = PodProblemKind | RolloutProblem['kind'];

/**
 * Where a rollout stands. `complete`: the server has seen the newest pod template, every replica runs it and is available,
 * and no pod of a former one is left. `failed`: something that no waiting mends, or the Deployment's own deadline has passed;
 * old pods may serve on. `progressing`: everything else, with what it waits for; problems may pass by themselves.
 */
export type RolloutState =
  | { readonly kind: 'complete'; readonly revision: string | null; readonly replicas: number }
  | {
      readonly kind: 'progressing' | 'failed';
      readonly revision: string | null;
      readonly waitingFor: string;
      /** The worst first; never empty when it failed. */
      readonly problems: readonly RolloutProblem[];
    };

/** Tells the state of a Deployment's rollout from its objects alone. Pure. */
export function rolloutState(objects: RolloutObjects): RolloutState {
  const { deployment } = objects;
  const revision = deployment.metadata?.annotations?.[REVISION] ?? null;
  if (!isObserved(deployment)) {
    // What conditions and ReplicaSets say is about the template before.
    return {
      kind: 'progressing',
      revision,
      waitingFor: 'the newest change is not observed yet',
      problems: [],
    };
  }
  const waitingFor = whatIsMissing(objects);
  if (waitingFor === null) return { kind: 'complete', revision, replicas: deployment.status?.replicas ?? 0 };
  const problems = problemsOf(objects);
  const failed = problems.some((problem) => problem.final);
  return { kind: failed ? 'failed' : 'progressing', revision, waitingFor, problems };
}

/**
 * One text of the problems for a person: each once, however many pods have it; `logLines` are the last lines of the container
 * that dies, which only its log can tell.
 */
export function rolloutProblemText(
  problems: readonly RolloutProblem[],
  logLines: readonly string[] = [],
): string {
  const seen = new Set<string>();
  const texts = problems.filter(({ kind, container, reason }) => {
    const key = `${kind}/${container ?? ''}/${reason}`;
    return !seen.has(key) && seen.add(key);
  });
  const more = problems.length - texts.length;
  const text = texts.map((problem) => problem.text).join('; ');
  const others = more > 0 ? ` (and ${String(more)} more of the same kind)` : '';
  const last = logLines.length > 0 ? `. Last lines of its log: ${logLines.join(' | ')}` : '';
  // What a container said when it died stands in its object too.
  return redact(`${text}${others}${last}`);
}

function isObserved({ metadata, status }: V1Deployment): boolean {
  return (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0);
}

/** The rules of `kubectl rollout status`, and besides: pods of former templates are gone, for they answer requests until then. */
function whatIsMissing({ deployment, replicaSets, pods }: RolloutObjects): string | null {
  const wanted = deployment.spec?.replicas ?? 1;
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = deployment.status ?? {};
  if (updatedReplicas < wanted)
    return `${String(updatedReplicas)} of ${String(wanted)} replicas have the newest pod template`;
  if (replicas > updatedReplicas)
    return `${String(replicas - updatedReplicas)} replica(s) with a former pod template are still there`;
  if (availableReplicas < updatedReplicas)
    return `${String(availableReplicas)} of ${String(updatedReplicas)} new replicas are available`;
  const { old } = replicaSetsOf(deployment, replicaSets);
  const left = [...podsOf(old, pods), ...podsWithoutReplicaSet(deployment, replicaSets, pods)].filter(
    ({ status }) => !['Succeeded', 'Failed'].includes(status?.phase ?? ''),
  );
  return left.length === 0 ? null : `${left.map(podOnNode).join(', ')} of a former pod template still ends`;
}

/** Who ends a pod is its node's kubelet. */
function podOnNode(pod: V1Pod): string {
  const node = pod.spec?.nodeName ?? '';
  return node === '' ? podName(pod) : `${podName(pod)} on node ${node}`;
}

/**
 * Pods on their way out whose ReplicaSet is gone already: with a `revisionHistoryLimit` of 0 the controller deletes it while
 * they still answer requests.
 */
function podsWithoutReplicaSet(
  { metadata }: V1Deployment,
  replicaSets: readonly V1ReplicaSet[],
  pods: readonly V1Pod[],
): readonly V1Pod[] {
  const prefix = `${metadata?.name ?? ''}-`;
  // A hash has no dash: what has one more belongs to another Deployment.
  const isOurs = (name: string): boolean =>
    name.startsWith(prefix) && !name.slice(prefix.length).includes('-');
  return pods.filter(
    (pod) =>
      pod.metadata?.deletionTimestamp !== undefined &&
      (pod.metadata.ownerReferences ?? []).some(
        ({ controller, kind, name, uid }) =>
          controller === true &&
          kind === 'ReplicaSet' &&
          isOurs(name) &&
          !replicaSets.some((one) => one.metadata?.uid === uid),
      ),
  );
}

function problemsOf(objects: RolloutObjects): RolloutProblem[] {
  const { deployment, replicaSets, pods, events } = objects;
  const { current } = replicaSetsOf(deployment, replicaSets);
  const ofPods = podsOf(current === null ? [] : [current], pods).flatMap((pod) => problemsOfPod(pod, events));
  const problems = [
    ...refusedPods(deployment, current),
    ...ofPods,
    ...paused(deployment),
    ...deadlineExceeded(deployment),
  ];
  return [...problems.filter((one) => one.final), ...problems.filter((one) => !one.final)];
}

const WHOLE = { pod: null, container: null } as const;

/** The ReplicaSet may not make its pods: a quota, an admission rule. The Deployment repeats it when the ReplicaSet is not there. */
function refusedPods(deployment: V1Deployment, current: V1ReplicaSet | null): RolloutProblem[] {
  const conditions = current?.status?.conditions ?? deployment.status?.conditions ?? [];
  const condition = conditions.find((one) => one.type === 'ReplicaFailure' && one.status === 'True');
  if (condition === undefined) return [];
  const message = redact(condition.message ?? '').slice(0, 400);
  const reason = condition.reason ?? 'FailedCreate';
  // There is no field that tells a quota from another refusal; nothing but this word depends on it.
  const isQuota = message.includes('exceeded quota');
  const text = isQuota
    ? `the namespace's quota allows no further pod (${reason}: ${message})`
    : `the server refuses its pods (${reason}: ${message})`;
  return [{ ...WHOLE, kind: isQuota ? 'quota' : 'pod-refused', reason, text, final: false }];
}

function paused({ spec }: V1Deployment): RolloutProblem[] {
  if (spec?.paused !== true) return [];
  const text = 'the Deployment is paused, so that nothing is rolled out (kubectl rollout resume)';
  return [{ ...WHOLE, kind: 'paused', reason: 'DeploymentPaused', text, final: true }];
}

function deadlineExceeded({ spec, status }: V1Deployment): RolloutProblem[] {
  const condition = status?.conditions?.find(
    (one: V1DeploymentCondition) => one.type === 'Progressing' && one.reason === 'ProgressDeadlineExceeded',
  );
  if (condition === undefined) return [];
  const seconds = String(spec?.progressDeadlineSeconds ?? 600);
  const text = `the rollout made no progress for ${seconds} seconds (ProgressDeadlineExceeded)`;
  return [{ ...WHOLE, kind: 'deadline-exceeded', reason: 'ProgressDeadlineExceeded', text, final: true }];
}
