/** How far one container's log was read. */
export interface ContainerMark {
  readonly pod: string;
  /** Uid of the pod: one of the same name that was made anew is another one. */
  readonly uid: string;
  readonly container: string;
  /** Which instance of the container, counted from 0. */
  readonly restarts: number;
  /** Time of the last line that was read, as the server wrote it; `null` = none so far. */
  readonly at: string | null;
  /** So many lines of that very time were read; -1 = all there were. */
  readonly lines: number;
  /** It had ended when it was read: nothing can come any more. */
  readonly ended: boolean;
}

/** A container as the API shows it now. */
export interface PresentContainer {
  readonly pod: string;
  readonly uid: string;
  readonly container: string;
  readonly restarts: number;
  readonly ended: boolean;
}

/** What has to be read of one container. */
export interface ContainerRead {
  readonly present: PresentContainer;
  /** Where the former look ended; `null` = the container was not there then, and all of it is new. */
  readonly from: ContainerMark | null;
  /** It was started again since: the rest of the former instance's log comes first. */
  readonly previous: boolean;
}

export interface ReadPlan {
  readonly reads: readonly ContainerRead[];
  /** What can never be read any more, in words. */
  readonly lost: readonly string[];
}

/** The containers to be read, and what has gone away with its log. Pure. */
export function planReads(marks: readonly ContainerMark[], present: readonly PresentContainer[]): ReadPlan {
  const markOf = (one: PresentContainer): ContainerMark | null =>
    marks.find((mark) => mark.uid === one.uid && mark.container === one.container) ?? null;
  const reads = present.map((one): ContainerRead => {
    const from = markOf(one);
    return { present: one, from, previous: from !== null && one.restarts > from.restarts };
  });
  const gone = marks.filter(
    (mark) => !mark.ended && !present.some((one) => one.uid === mark.uid && one.container === mark.container),
  );
  const skipped = reads.filter(({ present: now, from }) => from !== null && now.restarts > from.restarts + 1);
  return {
    reads,
    lost: [
      ...gone.map(
        ({ pod, container, at }) =>
          `pod ${pod} is gone with its log: what container ${container} wrote since ${at ?? 'its start'} is lost`,
      ),
      ...skipped.map(
        ({ present: now, from }) =>
          `container ${now.container} of pod ${now.pod} was started ${String(now.restarts - (from?.restarts ?? 0))} times since the former look: only the last two instances have a log`,
      ),
    ],
  };
}

/** Tells for each line, in order, whether it is new since the mark, and keeps count. */
export class NewLines {
  #at: string | null;
  #seen: number;
  #skip: number;

  constructor(from: ContainerMark | null) {
    this.#at = from?.at ?? null;
    this.#seen = from?.lines ?? 0;
    this.#skip = from?.lines ?? 0;
  }

  /** The text of a new line without its time; `null` = it was read before, or has no time. */
  take(line: string): string | null {
    const space = line.indexOf(' ');
    const time = space < 0 ? line : line.slice(0, space);
    if (!TIME.test(time)) return null;
    const order = this.#at === null ? 1 : compareTimes(time, this.#at);
    if (order < 0) return null;
    if (order === 0) {
      if (this.#skip !== 0) {
        if (this.#skip > 0) this.#skip -= 1;
        return null;
      }
      this.#seen += 1;
    } else {
      this.#at = time;
      this.#seen = 1;
      this.#skip = 0;
    }
    return space < 0 ? '' : line.slice(space + 1);
  }

  /** Another instance of the container writes on; its times go on too. */
  mark(present: PresentContainer): ContainerMark {
    const { pod, uid, container, restarts, ended } = present;
    return { pod, uid, container, restarts, ended, at: this.#at, lines: this.#seen };
  }
}

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

/** Orders two RFC 3339 times to the nanosecond. Pure. */
export function compareTimes(left: string, right: string): number {
  const seconds = Math.sign(secondsOf(left) - secondsOf(right));
  return seconds === 0 ? Math.sign(nanosOf(left) - nanosOf(right)) : seconds;
}

function secondsOf(time: string): number {
  return Date.parse(time.replace(/\.\d+/, ''));
}

function nanosOf(time: string): number {
  return Number((/\.(\d+)/.exec(time)?.[1] ?? '0').slice(0, 9).padEnd(9, '0'));
}

/** The marks of a cursor; `null` = they are none of ours. */
export function parseMarks(generation: string): readonly ContainerMark[] | null {
  try {
    const told: unknown = JSON.parse(generation);
    return Array.isArray(told) ? (told as ContainerMark[]) : null;
  } catch {
    return null;
  }
}
