import type { RestartsObservation } from '../../procedure/observations.js';
import type { WatchStateInput } from '../contract.js';

const LOOP_RESTARTS = 3;
const LOOP_WINDOW_MS = 120_000;
/** Nothing serves for so long after something did. */
const GONE_MS = 60_000;
const TIMES_KEPT = 10;

interface State {
  readonly known: readonly string[] | null;
  readonly restartTimes: readonly number[];
}
/** What a heartbeat carries. */
interface Beat extends State {
  readonly goneSince: number | null;
}

/** Remembers which processes serve, across looks, attempts and calls, and sees when all of them were replaced. */
export class RestartLog {
  #known: readonly string[] | null;
  #times: readonly number[];
  #goneSince: number | null;
  /** Restarts that a former call has told already. */
  readonly #told: ReadonlySet<number>;
  readonly #now: () => number;

  /** Goes on from an earlier attempt's last heartbeat, when there was one. */
  constructor(input: Pick<WatchStateInput, 'known' | 'restartTimes'>, beat?: unknown, now = Date.now) {
    const before = beat as Partial<Beat> | undefined;
    this.#known = before?.known ?? input.known;
    this.#times = before?.restartTimes ?? input.restartTimes;
    this.#goneSince = before?.goneSince ?? null;
    this.#told = new Set(input.restartTimes);
    this.#now = now;
  }

  /** Takes in which processes serve: a restart when none of those before is among them; a part is a worker that was recycled. */
  saw(ids: readonly string[]): void {
    this.#goneSince = null;
    const before = this.#known;
    this.#known = ids;
    if (before === null || before.length === 0 || ids.some((id) => before.includes(id))) return;
    this.#times = [...this.#times, this.#now()].slice(-TIMES_KEPT);
  }

  /** The target was asked, and no process serves. */
  gone(): void {
    if (this.#known !== null) this.#goneSince ??= this.#now();
  }

  /** Restarts that nobody was told of. */
  get fresh(): number {
    return this.#times.filter((at) => !this.#told.has(at)).length;
  }

  /** Nothing has served for too long. */
  get tooLong(): boolean {
    return this.#goneSince !== null && this.#now() - this.#goneSince >= GONE_MS;
  }

  state(): State {
    return { known: this.#known, restartTimes: this.#times };
  }

  beat(): Beat {
    return { ...this.state(), goneSince: this.#goneSince };
  }

  /** `count` = restarts of this call. */
  observation(id: string): RestartsObservation {
    const now = this.#now();
    const recent = this.#times.filter((at) => now - at <= LOOP_WINDOW_MS);
    return {
      kind: 'restarts',
      id: `${id}-restarts`,
      at: new Date(now).toISOString(),
      source: 'processes',
      count: this.fresh,
      windowMs: LOOP_WINDOW_MS,
      loop: this.tooLong || recent.length >= LOOP_RESTARTS,
      reason: this.#reason(now, recent.length),
    };
  }

  #reason(now: number, recent: number): string | null {
    if (this.#goneSince !== null && this.tooLong)
      return `no process has served for ${String(Math.round((now - this.#goneSince) / 1000))} s`;
    if (recent >= LOOP_RESTARTS)
      return `${String(recent)} restarts within ${String(LOOP_WINDOW_MS / 1000)} s`;
    const last = this.#times.at(-1);
    return this.fresh > 0 && last !== undefined
      ? `all serving processes were replaced at ${new Date(last).toISOString()}`
      : null;
  }
}
