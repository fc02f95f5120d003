import type { V1Pod } from '@kubernetes/client-node';
import type { LogCursor } from '../contract.js';
import { streamLog, type LogRequest } from '../targets/kubernetes/log-stream.js';
import type { KubernetesParts } from '../targets/kubernetes/kubernetes-target.js';
import { podsOf, replicaSetsOf } from '../targets/kubernetes/owned.js';
import type { LogRead, LogSource } from './log-source.js';
import {
  NewLines,
  parseMarks,
  planReads,
  type ContainerMark,
  type ContainerRead,
  type PresentContainer,
} from './pod-log-cursor.js';

/** A line of a log is about so long. */
const LINE_BYTES = 150;
/** Each read is some requests; the file of method D costs next to nothing. */
const POLL_MS = 1000;

/**
 * The logs of all containers of a Deployment's pods, old and new (methods A and B). Read on by the time that the container
 * runtime gave each line: nothing twice, nothing left out, also when a container was started again. A pod that went away took
 * its log with it, which is told. Lines of one container come in order; containers one after the other.
 */
export function createPodLogSource(parts: () => KubernetesParts): LogSource {
  const { namespace, deployment } = parts().settings;
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
    const marks: ContainerMark[] = [];
    for (const one of await presentContainers(parts(), signal)) {
      let at: string | null = null;
      const onLine = (line: string): void => {
        at ??= line.slice(0, line.indexOf(' '));
      };
      await streamLog(parts().client, { ...logOf(one), tailLines }, { onLine, signal });
      marks.push({ ...one, at, lines: at === null ? 0 : lines, ended: false });
    }
    return marks;
  };

  return {
    pollMs: POLL_MS,
    mark: async () => cursorOf(await marksBack(1, -1)),
    back: async (bytes) => cursorOf(await marksBack(Math.max(1, Math.ceil(bytes / LINE_BYTES)), 0)),
    read: async (from, onLine, signal): Promise<LogRead> => {
      const marks = from.source === source ? parseMarks(from.generation) : null;
      const plan = planReads(marks ?? [], await presentContainers(parts(), signal));
      const next: ContainerMark[] = [];
      let given = 0;
      const count = (line: string): void => {
        given += 1;
        onLine(line);
      };
      let failed = false;
      const unread: string[] = [];
      for (const read of plan.reads) {
        const fresh = new NewLines(read.from);
        try {
          if (!failed)
            unread.push(
              ...(await readContainer(
                { parts: parts(), log: logOf(read.present), read, fresh },
                count,
                signal,
              )),
            );
        } catch (error) {
          // What was given already is behind us: thrown away with the place, it would come again. The next read tells.
          if (given === 0) throw error;
          failed = true;
        }
        const mark = fresh.mark(failed ? (read.from ?? read.present) : read.present);
        if (read.from !== null || mark.at !== null || !failed) next.push(mark);
      }
      const lost = [
        ...(marks === null
          ? ['the place in the log is of another source: it is read from the beginning']
          : []),
        ...plan.lost,
        ...unread,
      ];
      return lost.length === 0
        ? { next: cursorOf(next), note: null }
        : { next: cursorOf(next), note: lost.join('; '), lost: true };
    },
  };
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
  const leaving = metadata?.deletionTimestamp !== undefined || status?.phase === 'Succeeded';
  return statuses
    .filter(({ state, restartCount }) => state?.waiting === undefined || restartCount > 0)
    .map(({ name, restartCount, state }) => ({
      pod: metadata?.name ?? '',
      uid: metadata?.uid ?? '',
      container: name,
      restarts: restartCount,
      // A container that will be started again has not ended.
      ended: state?.terminated !== undefined && leaving,
    }));
}

interface Reading {
  readonly parts: KubernetesParts;
  readonly log: LogRequest;
  readonly read: ContainerRead;
  readonly fresh: NewLines;
}

async function readContainer(
  { parts, log, read, fresh }: Reading,
  onLine: (line: string) => void,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { from, previous, present } = read;
  const since = from?.at ?? null;
  const request = { ...log, ...(since === null ? {} : { sinceTime: since }) };
  let gone = false;
  const take = (line: string): void => {
    // In the place of a log that the kubelet has thrown away it says so, with 200 and without a time.
    gone ||= line.startsWith('unable to retrieve container logs for ');
    const text = fresh.take(line);
    if (text !== null) onLine(text);
  };
  const former =
    !previous || (await streamLog(parts.client, { ...request, previous }, { onLine: take, signal }));
  await streamLog(parts.client, request, { onLine: take, signal });
  return former && !gone
    ? []
    : [
        `container ${present.container} of pod ${present.pod} was started again, and a log of it is gone: what it wrote since ${since ?? 'its start'} is lost`,
      ];
}
