import type { V1Pod } from '@kubernetes/client-node';
import { textOf } from '../../support/failure.js';
import type { ServingProcess } from '../target.js';
import { restartedBy } from './env-patch.js';
import { podName, podsOf, replicaSetsOf } from './owned.js';
import { ROLLBACK_MANAGERS } from './ownership.js';
import type { RolloutObjects } from './rollout-state.js';

export interface StaleQuestion {
  readonly objects: RolloutObjects;
  readonly container: string;
  /** The processes of one pod. */
  readonly readPod: (pod: V1Pod) => Promise<readonly ServingProcess[]>;
  /** Which process carries something else than is wanted; `null` = none. */
  readonly differing: (processes: readonly ServingProcess[]) => string | null;
  /** When what the pods read at their start was last written; `null` = not known. */
  readonly changedAt: () => Promise<Date | null>;
  /** Whether pods that cannot be read are judged by their start: those that are just coming up get time first. */
  readonly judgeUnread: boolean;
}

/**
 * Why no waiting mends a rollout that is not complete: a pod of the newest template was started before the values were
 * written and carries others, so that the rollout comes to its end never, or with the wrong values. Told by what its processes
 * carry; where they cannot be read (it hangs before it listens, it dies) by when it was started. `null` = nothing of the kind.
 */
export async function stalePod(question: StaleQuestion): Promise<string | null> {
  const { objects, container, readPod, differing } = question;
  const { current } = replicaSetsOf(objects.deployment, objects.replicaSets);
  const pods = podsOf(current === null ? [] : [current], objects.pods).filter(isAlive);
  const looks = await Promise.all(
    pods.map(
      async (
        pod,
      ): Promise<{ readonly differs: string } | { readonly unread: V1Pod; readonly why: string } | null> => {
        const status = pod.status?.containerStatuses?.find(({ name }) => name === container);
        if (status?.state?.running === undefined) return { unread: pod, why: 'it does not run' };
        try {
          const found = differing(await readPod(pod));
          return found === null ? null : { differs: found };
        } catch (error) {
          return { unread: pod, why: textOf(error) };
        }
      },
    ),
  );
  for (const found of looks) if (found !== null && 'differs' in found) return found.differs;
  if (!question.judgeUnread) return null;
  const changedAt = await question.changedAt();
  for (const found of looks) {
    if (found === null || !('unread' in found)) continue;
    const { unread, why } = found;
    const startedAt = lastStart(unread, container);
    if (startedAt !== null && isOlder(startedAt, changedAt, objects))
      return `${podName(unread)} was started before the values were put back, and what it carries cannot be read (${why})`;
  }
  return null;
}

/**
 * Whether one more restart can change what the processes carry. Not, when a rollback has ordered one already and every pod was
 * started since the values were written: then something else gives them their values. Pure.
 */
export function restartMayHelp(objects: RolloutObjects, container: string, changedAt: Date | null): boolean {
  if (restartedBy(objects.deployment) !== ROLLBACK_MANAGERS.restart) return true;
  if (changedAt === null) return false;
  const { current } = replicaSetsOf(objects.deployment, objects.replicaSets);
  const last = changedAt.getTime() + SEEN_BY_NODES_MS;
  return podsOf(current === null ? [] : [current], objects.pods)
    .filter(isAlive)
    .some((pod) => (lastStart(pod, container)?.getTime() ?? 0) <= last);
}

/** A node may start a pod with what it has remembered of a ConfigMap for so long. */
const SEEN_BY_NODES_MS = 120_000;

/** When a key was removed nobody has recorded the time; the restart that enabled was before it all the same. */
function isOlder(startedAt: Date, changedAt: Date | null, { deployment }: RolloutObjects): boolean {
  if (changedAt !== null) return startedAt.getTime() <= changedAt.getTime();
  const by = restartedBy(deployment);
  return by !== null && !Object.values<string>(ROLLBACK_MANAGERS).includes(by);
}

/** When the container's newest process was started; `null` = none ever was. */
function lastStart({ status }: V1Pod, container: string): Date | null {
  const { state, lastState } = status?.containerStatuses?.find(({ name }) => name === container) ?? {};
  const at = state?.running?.startedAt ?? state?.terminated?.startedAt ?? lastState?.terminated?.startedAt;
  return at === undefined ? null : new Date(at);
}

/** Whether a pod still runs or will; one that is on its way out is waited for. */
function isAlive({ metadata, status }: V1Pod): boolean {
  return metadata?.deletionTimestamp === undefined && !hasEnded(status?.phase);
}

/** Whether a pod has no process any more. */
export function hasEnded(phase: string | undefined): boolean {
  return phase === 'Succeeded' || phase === 'Failed';
}
