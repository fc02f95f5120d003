import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node';

/** One container that was started again between two looks. */
export interface ContainerRestart {
  readonly pod: string;
  readonly container: string;
  /** How often since the first look; a pod that is new counts from zero. */
  readonly restarts: number;
  /** How it ended last: `OOMKilled`, `Error`, `Completed` …; `null` when the server does not say. */
  readonly reason: string | null;
  readonly exitCode: number | null;
  /** When it ended last, ISO 8601; `null` when the server does not say. */
  readonly endedAt: string | null;
}

/** What became of the pods between two looks at them. */
export interface PodChanges {
  readonly restarts: readonly ContainerRestart[];
  /** Those of the restarts that ended because of too much memory, and containers that died of it and are not back yet. */
  readonly outOfMemory: readonly ContainerRestart[];
  /** `pod/container` that is in CrashLoopBackOff at the second look, and was not at the first one. */
  readonly crashLoops: readonly string[];
  /** Pods of the first look that are gone or are on their way out. */
  readonly gone: readonly string[];
  /** Pods that the first look did not have. */
  readonly added: readonly string[];
  /** Pods that were thrown out by their node, with the reason. */
  readonly evicted: readonly { readonly pod: string; readonly reason: string }[];
}

/**
 * Compares two looks at the same workload's pods. Pods are told apart by their uid, so that one of the same name that was made
 * anew is another one. Pure.
 */
export function comparePods(before: readonly V1Pod[], after: readonly V1Pod[]): PodChanges {
  const former = new Map(before.map((pod) => [uidOf(pod), pod]));
  const present = after.filter((pod) => !isLeaving(pod));
  const presentUids = new Set(present.map(uidOf));
  const ends = present.flatMap((pod) => endsOf(pod, former.get(uidOf(pod))));
  return {
    restarts: ends.filter((one) => one.restarts > 0),
    outOfMemory: ends.filter((one) => one.reason === 'OOMKilled'),
    crashLoops: present.flatMap((pod) => {
      const known = loopingIn(former.get(uidOf(pod)));
      return loopingIn(pod)
        .filter((name) => !known.includes(name))
        .map((name) => `${nameOf(pod)}/${name}`);
    }),
    gone: before.filter((pod) => !isLeaving(pod) && !presentUids.has(uidOf(pod))).map(nameOf),
    added: present.filter((pod) => !former.has(uidOf(pod))).map(nameOf),
    evicted: after.flatMap((pod) => {
      const { phase, reason } = pod.status ?? {};
      const news = phase === 'Failed' && former.get(uidOf(pod))?.status?.phase !== 'Failed';
      return news ? [{ pod: nameOf(pod), reason: reason ?? 'Failed' }] : [];
    }),
  };
}

/** Containers that ended since the first look: started again, or dead at this moment. */
function endsOf(pod: V1Pod, before: V1Pod | undefined): ContainerRestart[] {
  const former = new Map((before === undefined ? [] : statusesOf(before)).map((one) => [one.name, one]));
  return statusesOf(pod).flatMap((status) => {
    const earlier = former.get(status.name);
    const restarts = Math.max(0, status.restartCount - (earlier?.restartCount ?? 0));
    const dead = status.state?.terminated;
    const ended = dead ?? status.lastState?.terminated;
    const news = dead !== undefined && dead.containerID !== earlier?.state?.terminated?.containerID;
    if (restarts === 0 && !(news && dead.exitCode !== 0)) return [];
    return [
      {
        pod: nameOf(pod),
        container: status.name,
        restarts,
        reason: ended?.reason ?? null,
        exitCode: ended?.exitCode ?? null,
        endedAt: ended?.finishedAt?.toISOString() ?? null,
      },
    ];
  });
}

/** Containers that died so often that the kubelet waits before it starts them again. */
function loopingIn(pod: V1Pod | undefined): readonly string[] {
  return (pod === undefined ? [] : statusesOf(pod))
    .filter(({ state }) => state?.waiting?.reason === 'CrashLoopBackOff')
    .map(({ name }) => name);
}

function statusesOf({ status }: V1Pod): readonly V1ContainerStatus[] {
  return [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
}

/** Ended pods of a workload stay listed for a while; they answer no requests. */
function isLeaving({ metadata, status }: V1Pod): boolean {
  return metadata?.deletionTimestamp !== undefined || ['Failed', 'Succeeded'].includes(status?.phase ?? '');
}

function uidOf({ metadata }: V1Pod): string {
  return metadata?.uid ?? metadata?.name ?? '';
}

function nameOf({ metadata }: V1Pod): string {
  return metadata?.name ?? '?';
}
