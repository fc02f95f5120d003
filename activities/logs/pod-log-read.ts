import type { KubernetesClient } from '../targets/kubernetes/client.js';
import { streamLog } from '../targets/kubernetes/log-stream.js';
import {
  askedFrom,
  NewLines,
  timeOf,
  type ContainerMark,
  type ContainerRead,
  type NewSince,
  type PresentContainer,
} from './pod-log-cursor.js';

/** What reads a container's log: the server's client, where new lines go, and when to stop. */
export interface ReadingWith {
  readonly client: KubernetesClient;
  readonly namespace: string;
  readonly onLine: (line: string) => void;
  readonly signal: AbortSignal;
}

/** A container that was just started again has another log a moment before the API counts the start. */
const PATIENCE_MS = 3000;

/** `absent` = nobody has this log; `elsewhere` = it does not hold the line behind which it was to be read. */
type Found = 'read' | 'absent' | 'elsewhere';

/** Reads one container on: the rest of its former instance, then the present one. */
export class ContainerReading {
  /** What nobody can read any more, in words. */
  readonly lost: string[] = [];
  #mark: ContainerMark | null;
  #unsure = false;

  constructor(
    private readonly read: ContainerRead,
    private readonly using: ReadingWith,
  ) {
    this.#mark = read.from;
  }

  get present(): PresentContainer {
    return this.read.present;
  }

  /** How far it came, also when it failed in the middle; of one that was never read, its very beginning. */
  get mark(): ContainerMark {
    const { pod, uid, container } = this.read.present;
    return this.#mark ?? { pod, uid, container, restarts: 0, at: null, lines: 0, ended: false };
  }

  /** The line that was read last is not there: what that means, a later look tells. */
  get unsure(): boolean {
    return this.#unsure;
  }

  async run(): Promise<void> {
    const { former, current, present } = this.read;
    if (former !== null) await this.#former(former);
    // Where the present instance has no log yet, the next look goes on behind the former one.
    if ((await this.#current(current)) || this.#mark === null)
      this.#mark = {
        ...this.#placed(present.restarts),
        ...(this.#mark?.fresh === true ? { fresh: true } : {}),
        ended: present.ended,
      };
  }

  async #former(since: NewSince): Promise<void> {
    const { container, pod, restarts } = this.read.present;
    const from = this.#mark?.at ?? null;
    const { found } = await this.#stream(since, restarts - 1);
    // The line that was read last tells which instance it is; looking for later times there is only a second choice.
    if (found === 'elsewhere' && since === 'behind') await this.#stream('later', restarts - 1);
    if (found === 'absent' || (found === 'elsewhere' && since === 'behind'))
      this.lost.push(
        `container ${container} of pod ${pod} was started again, and a log of it is gone: what it wrote since ${from ?? 'its start'} is lost`,
      );
  }

  /** Whether what was read is that of the present instance. */
  async #current(since: NewSince): Promise<boolean> {
    const { container, pod, restarts } = this.read.present;
    const from = this.#mark?.at ?? null;
    const { found, given, thrownAway } = await this.#stream(since, restarts);
    if (found === 'read') return true;
    if (found === 'absent') {
      if (!thrownAway) return false;
      this.lost.push(
        `the log of container ${container} of pod ${pod} is gone: what it wrote since ${from ?? 'its start'} is lost`,
      );
      return this.#beginning(given);
    }
    if (since === 'later') return this.#beginning(given);
    const missingSince = this.read.from?.missingSince ?? new Date(Date.now()).toISOString();
    this.#unsure = Date.now() - Date.parse(missingSince) < PATIENCE_MS;
    if (this.#unsure) {
      this.#mark = { ...this.#placed(restarts), missingSince };
      return false;
    }
    this.lost.push(
      `the beginning of the log of container ${container} of pod ${pod} was cut off (rotated by its node): what it wrote after ${from ?? 'its start'} and before the first line that is left is lost`,
    );
    return this.#beginning((await this.#stream('later', restarts)).given);
  }

  /** This log does not hold the line that was read last: as long as nothing of it was read, all that is later is new. */
  #beginning(given: number): true {
    if (given === 0) this.#mark = { ...this.#placed(this.read.present.restarts), fresh: true };
    return true;
  }

  async #stream(
    since: NewSince,
    instance: number,
  ): Promise<{ readonly found: Found; readonly given: number; readonly thrownAway: boolean }> {
    const { client, namespace, onLine, signal } = this.using;
    const { pod, container, restarts } = this.read.present;
    const from = this.#mark;
    const fresh = new NewLines(from, since);
    let thrownAway = false;
    const take = (line: string): void => {
      // In the place of a log that is not there any more the kubelet says why, with 200 and without a time.
      thrownAway ||= line !== '' && timeOf(line) === null;
      const text = fresh.take(line);
      if (text !== null) onLine(text);
    };
    const at = from?.at ?? null;
    const log = {
      ...{ namespace, pod, container },
      ...(instance < restarts ? { previous: true } : {}),
      ...(at === null ? {} : { sinceTime: askedFrom(at) }),
    };
    try {
      const there = await streamLog(client, log, { onLine: take, signal });
      const found = !there || thrownAway ? 'absent' : fresh.found ? 'read' : 'elsewhere';
      return { found, given: fresh.given, thrownAway };
    } finally {
      // What was given is behind us, also when the rest of it could not be read.
      if (fresh.given > 0) this.#mark = { ...this.#placed(instance), ...fresh.place };
    }
  }

  #placed(restarts: number): ContainerMark {
    const { pod, uid, container } = this.read.present;
    const { at, lines } = this.#mark ?? { at: null, lines: 0 };
    return { pod, uid, container, restarts, at, lines, ended: false };
  }
}
