import type { CoreV1Event, V1ContainerStatus, V1Pod } from '@kubernetes/client-node';
import { redact } from '../../support/redact.js';
import { podName } from './owned.js';

/** Why a pod does not come up, as its objects name it. */
export type PodProblemKind =
  | 'image-pull'
  | 'crash-loop'
  | 'out-of-memory'
  | 'cannot-start'
  | 'failing-probe'
  | 'unschedulable'
  | 'not-up-yet'
  | 'pod-failed';

export interface PodProblem {
  readonly kind: PodProblemKind;
  /** Pod and container as they are called; `null` where the whole pod is meant. */
  readonly pod: string;
  readonly container: string | null;
  /** The word that the object itself uses, e.g. `ImagePullBackOff`, `OOMKilled`, `Unschedulable`. */
  readonly reason: string;
  /** One line for people: what, where, exit code, message. */
  readonly text: string;
  /** Waiting longer does not mend it: it needs another image, another value, another size. */
  readonly final: boolean;
}

/** Dead again after so many new starts it is a loop; the first time may be a database that was not up yet. */
const CRASHES_OF_A_LOOP = 2;

const KILLING_PROBE = /\b(Liveness|Startup) probe\b/;
const IMAGE_REASONS = ['ErrImagePull', 'ImagePullBackOff', 'ImageInspectError', 'RegistryUnavailable'];
const IMAGE_REASONS_FINAL = ['ErrImageNeverPull', 'InvalidImageName'];
const START_REASONS = [
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
  'PreStartHookError',
  'PostStartHookError',
];

/**
 * What is wrong with one pod, the worst first: at most one problem a container, those of the pod itself, and the probe
 * that a container dies of. Of one that is not ready and has nothing wrong with it: how far it has come, and on which node,
 * for a node whose kubelet is away says nothing. Pure.
 */
export function problemsOfPod(pod: V1Pod, events: readonly CoreV1Event[]): readonly PodProblem[] {
  const { status } = pod;
  if (pod.metadata?.deletionTimestamp !== undefined) return [];
  const own = [...podFailed(pod), ...unschedulable(pod)];
  if (own.length > 0) return own;
  const statuses = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  const found = statuses.flatMap((container) => {
    const problem = ofContainer(pod, container);
    return problem === null ? [] : [problem];
  });
  // Who is killed by a probe dies with a code that says nothing; a failing readiness probe kills nobody.
  const dies = found.some(({ kind }) => kind === 'crash-loop');
  const probes = failingProbe(pod, events).filter(
    ({ text }) => found.length === 0 || (dies && KILLING_PROBE.test(text)),
  );
  const problems = [...found, ...probes];
  if (problems.length === 0) return notUpYet(pod, statuses);
  return [...problems.filter((one) => one.final), ...problems.filter((one) => !one.final)];
}

function ofContainer(pod: V1Pod, status: V1ContainerStatus): PodProblem | null {
  const waiting = status.state?.waiting;
  const reason = waiting?.reason ?? '';
  const common = { pod: pod.metadata?.name ?? '', container: status.name };
  const where = `${podName(pod)}, container ${status.name}`;
  const said = line(waiting?.message);
  if (IMAGE_REASONS_FINAL.includes(reason) || IMAGE_REASONS.includes(reason)) {
    const text = `${where}: image ${status.image} is not pulled (${reason}${said})`;
    return { ...common, kind: 'image-pull', reason, text, final: IMAGE_REASONS_FINAL.includes(reason) };
  }
  if (START_REASONS.includes(reason))
    return {
      ...common,
      kind: 'cannot-start',
      reason,
      text: `${where} cannot be started (${reason}${said})`,
      final: false,
    };
  return crashed(status, { common, where });
}

interface Where {
  readonly common: { readonly pod: string; readonly container: string };
  readonly where: string;
}

/** Dead now, waiting for its next start, or running again after it died. */
function crashed(status: V1ContainerStatus, { common, where }: Where): PodProblem | null {
  const now = status.state?.terminated;
  const ended = now ?? status.lastState?.terminated;
  const backingOff = status.state?.waiting?.reason === 'CrashLoopBackOff';
  if (ended === undefined) return null;
  const outOfMemory = ended.reason === 'OOMKilled';
  // An init container that has ended well is done; one that runs again and is ready has recovered.
  if (!backingOff && (now?.exitCode === 0 || status.ready)) return null;
  if (now === undefined && !backingOff && status.restartCount === 0) return null;
  const reason = ended.reason ?? 'Error';
  const how = `exit code ${String(ended.exitCode)}, ${reason}${line(ended.message)}`;
  const times = `started again ${String(status.restartCount)} time${status.restartCount === 1 ? '' : 's'}`;
  return {
    ...common,
    kind: outOfMemory ? 'out-of-memory' : 'crash-loop',
    reason,
    text: outOfMemory
      ? `${where} was killed because it needs more memory than its limit (${how}; ${times})`
      : `${where} dies (${how}; ${times})`,
    // One that runs at this moment may still make it.
    final: status.restartCount >= CRASHES_OF_A_LOOP && status.state?.running === undefined,
  };
}

function podFailed(pod: V1Pod): PodProblem[] {
  const { phase, reason = 'Failed', message } = pod.status ?? {};
  if (phase !== 'Failed') return [];
  const text = `${podName(pod)} has failed (${reason}${line(message)})`;
  // Its ReplicaSet makes another one.
  return [{ kind: 'pod-failed', pod: pod.metadata?.name ?? '', container: null, reason, text, final: false }];
}

function unschedulable(pod: V1Pod): PodProblem[] {
  const condition = pod.status?.conditions?.find((one) => one.type === 'PodScheduled');
  if (condition?.status !== 'False' || condition.reason !== 'Unschedulable') return [];
  const text = `${podName(pod)} fits on no node (Unschedulable${line(condition.message)})`;
  const common = { pod: pod.metadata?.name ?? '', container: null, final: false } as const;
  return [{ ...common, kind: 'unschedulable', reason: 'Unschedulable', text }];
}

/** Every pod looks so for a while; one that is left so when the time is over is the cause. */
function notUpYet(pod: V1Pod, containers: readonly V1ContainerStatus[]): PodProblem[] {
  const { spec, status } = pod;
  const ready = status?.conditions?.find((one) => one.type === 'Ready');
  if (ready?.status === 'True' || status?.phase === 'Succeeded') return [];
  const node = spec?.nodeName ?? '';
  const waiting = containers.flatMap(({ name, state }) =>
    state?.waiting === undefined ? [] : [`container ${name}: ${state.waiting.reason ?? 'waiting'}`],
  );
  const how =
    status?.startTime === undefined
      ? 'its kubelet has not taken it up'
      : waiting.join(', ') || `${status.phase ?? 'no phase'}, not ready`;
  const text = node === '' ? `${podName(pod)} has no node yet` : `${podName(pod)} on node ${node}: ${how}`;
  const common = { pod: pod.metadata?.name ?? '', container: null, final: false } as const;
  return [{ ...common, kind: 'not-up-yet', reason: 'NotReady', text }];
}

/** It runs and is not ready, and the kubelet has said that a probe fails; every slow start looks so for a while. */
function failingProbe(pod: V1Pod, events: readonly CoreV1Event[]): PodProblem[] {
  const ready = pod.status?.conditions?.find((one) => one.type === 'Ready');
  if (pod.status?.phase !== 'Running' || ready?.status === 'True') return [];
  const event = events.findLast(
    ({ involvedObject, reason }) => reason === 'Unhealthy' && involvedObject.uid === pod.metadata?.uid,
  );
  if (event === undefined) return [];
  const container = /\{([^}]+)\}/.exec(event.involvedObject.fieldPath ?? '')?.[1] ?? null;
  const where = container === null ? podName(pod) : `${podName(pod)}, container ${container}`;
  const text = `${where} is not ready (Unhealthy${line(event.message)})`;
  return [
    {
      kind: 'failing-probe',
      pod: pod.metadata?.name ?? '',
      container,
      reason: 'Unhealthy',
      text,
      final: false,
    },
  ];
}

/** Messages of runtimes are long and have several lines. Masked before it is cut: half of a secret is not known as one. */
function line(message: string | undefined): string {
  const text = redact((message ?? '').replaceAll(/\s+/g, ' ').trim());
  return text === '' ? '' : `: ${text.length > 300 ? `${text.slice(0, 299)}…` : text}`;
}
