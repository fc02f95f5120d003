import type { V1Pod } from '@kubernetes/client-node';
import { ApplicationFailure } from '@temporalio/common';
import { RETRYABLE, TERMINAL } from '../../../procedure/failures.js';
import { failure } from '../../support/failure.js';
import type { ServingProcess } from '../target.js';
import type { KubernetesClient } from './client.js';
import { execInPod } from './exec.js';
import { podName, podsOf, replicaSetsOf } from './owned.js';
import { podProcessesCommand, servingInPod } from './pod-processes.js';
import type { RolloutObjects } from './rollout-state.js';
import type { Workload } from './workload.js';

/** Where the application's processes are. */
export interface PodPlace {
  readonly namespace: string;
  readonly deployment: string;
  readonly container: string;
  readonly python: string;
}

const EXEC_MS = 15_000;
/** A pod that goes away while it is read is none any more: the others are read again. */
const LOOKS = 3;

/** Pods of the Deployment that answer requests: ready and not on their way out, whatever pod template they have. Pure. */
export function readyPods({ deployment, replicaSets, pods }: RolloutObjects): readonly V1Pod[] {
  const { current, old } = replicaSetsOf(deployment, replicaSets);
  return podsOf([...(current === null ? [] : [current]), ...old], pods).filter(
    ({ metadata, status }) =>
      metadata?.deletionTimestamp === undefined &&
      status?.phase === 'Running' &&
      (status.conditions ?? []).some(({ type, status: is }) => type === 'Ready' && is === 'True'),
  );
}

/**
 * The four variables of every process that answers requests, in every ready pod, read inside the pods and not from the
 * Deployment's text. @throws NotServing when no pod is ready; NotFound, Unauthorized or TargetUnreachable otherwise.
 */
export async function servingInPods(
  {
    client,
    workload,
    place,
  }: { readonly client: KubernetesClient; readonly workload: Workload; readonly place: PodPlace },
  signal: AbortSignal,
): Promise<readonly ServingProcess[]> {
  for (let look = 1; ; look += 1) {
    const pods = readyPods(await workload.readRollout({ signal }));
    if (pods.length === 0)
      throw failure(
        RETRYABLE.notServing,
        `No pod of deployment ${place.namespace}/${place.deployment} is ready.`,
      );
    try {
      const read = await Promise.all(pods.map((pod) => servingInOne({ client, place, pod }, signal)));
      return read.flat();
    } catch (error) {
      signal.throwIfAborted();
      if (look === LOOKS || !mayBeGone(error)) throw error;
    }
  }
}

/** Of one pod, whether it is ready or not. @throws as {@link servingInPods}. */
export async function servingInOne(
  {
    client,
    place,
    pod,
  }: { readonly client: KubernetesClient; readonly place: PodPlace; readonly pod: V1Pod },
  signal: AbortSignal,
): Promise<readonly ServingProcess[]> {
  const { namespace, container, python } = place;
  const name = pod.metadata?.name ?? '';
  const argv = podProcessesCommand(python);
  const result = await execInPod(
    client,
    { namespace, pod: name, container, argv },
    { timeoutMs: EXEC_MS, signal },
  );
  return servingInPod(result, podName(pod)).map(({ pid, values }) => ({
    id: `${podName(pod)} pid ${String(pid)}`,
    values,
  }));
}

/** What a pod that has just gone away answers. */
function mayBeGone(error: unknown): boolean {
  const types: readonly string[] = [
    TERMINAL.notFound,
    TERMINAL.unexpected,
    RETRYABLE.notServing,
    RETRYABLE.targetUnreachable,
  ];
  return error instanceof ApplicationFailure && types.includes(error.type ?? '');
}
