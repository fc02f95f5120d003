/** How far one container's log was read. */
export interface ContainerMark {
  readonly pod: string;
  /** Uid of the pod: one of the same name that was made anew is another one. */
  readonly uid: string;
  readonly container: string;
  /** Which instance of the container, counted from 0. */
  readonly restarts: number;
  /** Time of the line that was read last, as the server wrote it; `null` = none so far. */
  readonly at: string | null;
  /** So many lines of that very time were read; -1 = all there were. */
  readonly lines: number;
  /** It had ended when it was read: nothing can come any more. */
  readonly ended: boolean;
  /** That line is in an earlier log, and of this one nothing was read; absent = it is in this one. */
  readonly fresh?: true;
  /** Since when that line is not to be found, ISO 8601; absent = it is there. */
  readonly missingSince?: string;
}

/** A container as the API shows it now. */
export interface PresentContainer {
  readonly pod: string;
  readonly uid: string;
  readonly container: string;
  readonly restarts: number;
  readonly ended: boolean;
  /** It has ended and waits for its next start: then the API calls this very instance the former one. */
  readonly waiting: boolean;
}

/** Which lines of a log are new: those that stand behind the mark's line, or those that have a later time than it. */
export type NewSince = 'behind' | 'later';

/** What has to be read of one container. */
export interface ContainerRead {
  readonly present: PresentContainer;
  /** Where the former look ended; `null` = the container was not there then, and all of it is new. */
  readonly from: ContainerMark | null;
  /** The log of the instance before the present one, which comes first; `null` = it is read already, or nobody can read it. */
  readonly former: NewSince | null;
  /** The log of the present instance. */
  readonly current: NewSince;
}

export interface ReadPlan {
  readonly reads: readonly ContainerRead[];
  /** What can never be read any more, in words. */
  readonly lost: readonly string[];
}

/** The containers to be read, and what has gone away with its log. Pure. */
export function planReads(marks: readonly ContainerMark[], present: readonly PresentContainer[]): ReadPlan {
  const reads = present.map((one): ContainerRead => {
    const from = marks.find((mark) => mark.uid === one.uid && mark.container === one.container) ?? null;
    const starts = startsSince(from, one);
    const on = from === null || from.fresh === true ? 'later' : 'behind';
    if (starts <= 0) return { present: one, from, former: null, current: on };
    const former = one.waiting ? null : starts === 1 ? on : 'later';
    return { present: one, from, former, current: 'later' };
  });
  const gone = marks.filter(
    (mark) => !mark.ended && !present.some((one) => one.uid === mark.uid && one.container === mark.container),
  );
  return {
    reads,
    lost: [
      ...gone.map(
        ({ pod, container, at }) =>
          `pod ${pod} is gone with its log: what container ${container} wrote since ${at ?? 'its start'} is lost`,
      ),
      ...reads.flatMap(skippedText),
    ],
  };
}

/** How often it was started again since the former look, or at all when there was none. */
function startsSince(from: ContainerMark | null, { restarts }: PresentContainer): number {
  return restarts - (from?.restarts ?? 0);
}

/** Only the last two instances have a log; the last one alone while it waits for its next start. */
function skippedText({ present, from }: ContainerRead): string[] {
  const { container, pod, waiting } = present;
  const starts = startsSince(from, present);
  if (starts <= (waiting ? 0 : 1)) return [];
  const when = from === null ? 'before it was first seen' : 'since the former look';
  const left = waiting ? 'the last instance alone has' : 'only the last two instances have';
  const times = starts === 1 ? 'once again' : `${String(starts)} times`;
  return [
    `container ${container} of pod ${pod} was started ${times} ${when}, and ${left} a log: what the others wrote since ${from?.at ?? 'its start'} is lost`,
  ];
}

/** A place in one container's log. */
export type LogPlace = Pick<ContainerMark, 'at' | 'lines'>;

/**
 * Tells for each line of a log, in order, whether it is new since a place, and keeps count. The place is a line and no time:
 * a container writes by two streams, and the runtime takes the time of a line before it is its turn to be written, so that
 * now and then an older line stands behind a newer one.
 */
export class NewLines {
  readonly #from: LogPlace | null;
  readonly #since: NewSince;
  #at: string | null;
  #seen: number;
  /** Of the lines of the place's own time so many were read before. */
  #before: number;
  #found: boolean;
  #behind: boolean;
  #given = 0;

  constructor(from: LogPlace | null, since: NewSince) {
    this.#from = from?.at == null ? null : from;
    this.#since = since;
    this.#at = from?.at ?? null;
    this.#seen = from?.lines ?? 0;
    this.#before = from?.lines ?? 0;
    this.#found = this.#from === null;
    this.#behind = this.#from === null;
  }

  /** The line of the place was there; a log without it is another one, or its beginning was cut off. */
  get found(): boolean {
    return this.#found;
  }

  /** So many lines were new. */
  get given(): number {
    return this.#given;
  }

  /** Behind the last line that was new. */
  get place(): LogPlace {
    return { at: this.#at, lines: this.#seen };
  }

  /** The text of a new line without its time; `null` = it was read before, or has no time. */
  take(line: string): string | null {
    const time = timeOf(line);
    if (time === null || !this.#isNew(time)) return null;
    this.#seen = this.#given > 0 && time === this.#at ? this.#seen + 1 : this.#seenOf(time);
    this.#at = time;
    this.#given += 1;
    return line.slice(time.length + 1);
  }

  /** The first new line may have the place's own time. */
  #seenOf(time: string): number {
    return time === this.#from?.at && this.#from.lines > 0 ? this.#from.lines + 1 : 1;
  }

  #isNew(time: string): boolean {
    const at = this.#from?.at ?? null;
    if (at === null) return true;
    this.#found ||= time === at;
    if (this.#since === 'later') return compareTimes(time, at) > 0;
    if (this.#behind) return true;
    if (time === at && this.#before !== 0) {
      this.#before -= 1;
      return false;
    }
    this.#behind = this.#found;
    return this.#behind;
  }
}

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

/** The time that the server wrote in front of a line; `null` = what the server says in the place of a log. Pure. */
export function timeOf(line: string): string | null {
  const space = line.indexOf(' ');
  const time = space < 0 ? line : line.slice(0, space);
  return TIME.test(time) ? time : null;
}

/**
 * From when on the server is asked, so that the line of that time is among what it sends: it knows whole seconds only, and
 * older lines may stand behind newer ones. Pure.
 */
export function askedFrom(at: string): string {
  return new Date(secondsOf(at) - 1000).toISOString();
}

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
