import type { V1Pod } from '@kubernetes/client-node';
import { ApplicationFailure } from '@temporalio/common';
import { RETRYABLE } from '../../procedure/failures.js';
import type { LogCursor } from '../contract.js';
import { failure, textOf } from '../support/failure.js';
import { streamLog, type LogRequest } from '../targets/kubernetes/log-stream.js';
import type { KubernetesParts } from '../targets/kubernetes/kubernetes-target.js';
import { podsOf, replicaSetsOf } from '../targets/kubernetes/owned.js';
import type { LogRead, LogSource, UnreadPart } from './log-source.js';
import {
  parseMarks,
  planReads,
  timeOf,
  type ContainerMark,
  type ContainerRead,
  type PresentContainer,
} from './pod-log-cursor.js';
import { ContainerReading, type ReadingWith } from './pod-log-read.js';

/** A line of a log is about so long. */
const LINE_BYTES = 150;
/** Each read is some requests; the file of method D costs next to nothing. */
const POLL_MS = 1000;
/** Each is a connection of its own to the API server, and by it one to a kubelet. */
const READ_AT_ONCE = 5;
/** What one poll brings is read within a moment; whose node does not answer must not keep the others from being read again. */
const CONTAINER_MS = 8000;

/**
 * The logs of all containers of a Deployment's pods, old and new (methods A and B). Read on behind the line that was read last,
 * which is known by the time that the container runtime gave it: nothing twice, nothing left out, also when a container was
 * started again. A pod that went away took its log with it, which is told. Lines of one container come in order; those of
 * several ones come as they are read, a few containers at a time.
 */
export function createPodLogSource(
  parts: () => KubernetesParts,
  { containerMs = CONTAINER_MS }: { readonly containerMs?: number } = {},
): LogSource {
  const { namespace, deployment } = parts().settings;
  /** Parts that the last read could not read: who hangs comes last, so that nobody waits for it. */
  let slow: readonly string[] = [];
  const source = `pods:${namespace}/${deployment}`;
  const cursorOf = (marks: readonly ContainerMark[]): LogCursor => ({
    ...{ source, generation: JSON.stringify(marks), position: 0, at: new Date().toISOString() },
  });
  const logOf = (one: PresentContainer): LogRequest => ({
    namespace,
    pod: one.pod,
    container: one.container,
  });

  /** The time of the line so far back; where there are fewer, the first one. */
  const marksBack = async (tailLines: number, lines: ContainerMark['lines']): Promise<ContainerMark[]> => {
    const signal = AbortSignal.timeout(30_000);
    return sideBySide(await presentContainers(parts(), signal), READ_AT_ONCE, async (one) => {
      const { pod, uid, container, restarts } = one;
      let at: string | null = null;
      const onLine = (line: string): void => {
        at ??= timeOf(line);
      };
      await streamLog(parts().client, { ...logOf(one), tailLines }, { onLine, signal });
      const place = { at, lines: at === null ? 0 : lines };
      return { ...{ pod, uid, container, restarts }, ...place, ended: false };
    });
  };

  return {
    pollMs: POLL_MS,
    mark: async () => cursorOf(await marksBack(1, -1)),
    back: async (bytes) => cursorOf(await marksBack(Math.max(1, Math.ceil(bytes / LINE_BYTES)), 0)),
    read: async (from, onLine, signal): Promise<LogRead> => {
      const marks = from.source === source ? parseMarks(from.generation) : null;
      const plan = planReads(marks ?? [], await presentContainers(parts(), signal));
      const last = ({ present }: ContainerRead): number => (slow.includes(partOf(present)) ? 1 : 0);
      const { next, lost, unsure, unread } = await readAll(
        plan.reads.toSorted((left, right) => last(left) - last(right)),
        { ...{ client: parts().client, namespace, onLine, signal, containerMs } },
      );
      slow = unread.map(({ part }) => part);
      const told = [
        ...(marks === null
          ? ['the place in the log is of another source: it is read from the beginning']
          : []),
        ...plan.lost,
        ...lost,
      ];
      return {
        next: cursorOf(next),
        note: told.length === 0 ? null : told.join('; '),
        ...(told.length > 0 ? { lost: true } : {}),
        ...(unsure ? { unsure: true } : {}),
        ...(unread.length === 0 ? {} : { unread }),
      };
    },
  };
}

interface AllRead {
  readonly next: readonly ContainerMark[];
  readonly lost: readonly string[];
  readonly unsure: boolean;
  readonly unread: readonly UnreadPart[];
}

/** Every container for itself: one that cannot be read, or not in time, is told and hides no other one. */
async function readAll(
  reads: readonly ContainerRead[],
  using: ReadingWith & { readonly containerMs: number },
): Promise<AllRead> {
  const { signal, containerMs } = using;
  let given = 0;
  const onLine = (line: string): void => {
    given += 1;
    using.onLine(line);
  };
  const failures: unknown[] = [];
  const unread: UnreadPart[] = [];
  const readings = await sideBySide(reads, READ_AT_ONCE, async (read) => {
    const time = AbortSignal.timeout(containerMs);
    const reading = new ContainerReading(read, {
      ...using,
      ...{ onLine, signal: AbortSignal.any([signal, time]) },
    });
    try {
      signal.throwIfAborted();
      await reading.run();
    } catch (error) {
      failures.push(error);
      const cutOff = signal.aborted || time.aborted;
      const reason = cutOff ? notInTime(using.namespace, read.present, containerMs) : textOf(error);
      unread.push({ part: partOf(read.present), reason });
    }
    return reading;
  });
  // What was given already is behind us: thrown away with the place, it would come again.
  if (given === 0) signal.throwIfAborted();
  if (given === 0 && failures.length > 0 && failures.length === reads.length)
    throw asFailure(failures[0], unread);
  return {
    next: readings.map(({ mark }) => mark),
    lost: readings.flatMap(({ lost }) => lost),
    unsure: readings.some(({ unsure }) => unsure),
    unread,
  };
}

/** A read that was cut off by its time limit failed with no failure of ours. */
function asFailure(error: unknown, [unread]: readonly UnreadPart[]): unknown {
  return error instanceof ApplicationFailure
    ? error
    : failure(RETRYABLE.targetUnreachable, unread?.reason ?? textOf(error), error);
}

function partOf({ pod, container }: PresentContainer): string {
  return `container ${container} of pod ${pod}`;
}

function notInTime(namespace: string, { pod, container }: PresentContainer, milliseconds: number): string {
  return `The log of pod ${namespace}/${pod}, container ${container}, was not read to its end within ${String(milliseconds / 1000)} s; its node or the API server is slow or away.`;
}

/** Results in the order of the items; so many of them at a time. */
async function sideBySide<T, R>(
  items: readonly T[],
  atOnce: number,
  step: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const left = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of left) results[index] = await step(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}

async function presentContainers(
  { workload }: KubernetesParts,
  signal: AbortSignal,
): Promise<readonly PresentContainer[]> {
  const { deployment, replicaSets, pods } = await workload.readRollout({ signal });
  const { current, old } = replicaSetsOf(deployment, replicaSets);
  const own = podsOf([...(current === null ? [] : [current]), ...old], pods);
  return own.flatMap(containersOf).sort((left, right) => left.pod.localeCompare(right.pod));
}

function containersOf({ metadata, status }: V1Pod): PresentContainer[] {
  const statuses = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  const over = ['Succeeded', 'Failed'].includes(status?.phase ?? '');
  const leaving = metadata?.deletionTimestamp !== undefined || over;
  return statuses
    .filter(
      ({ state, lastState, restartCount }) =>
        state?.waiting === undefined || lastState?.terminated !== undefined || restartCount > 0,
    )
    .map(({ name, restartCount, state }) => ({
      pod: metadata?.name ?? '',
      uid: metadata?.uid ?? '',
      container: name,
      restarts: restartCount,
      // A container that will be started again has not ended.
      ended: state?.terminated !== undefined && leaving,
      waiting: state?.waiting !== undefined,
    }));
}
