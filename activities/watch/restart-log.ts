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

/** Remembers which processes serve, across looks, attempts and calls, and sees when all of them were replaced. */
export class RestartLog {
  #known: readonly string[] | null;
  #times: readonly number[];
  #fresh = 0;
  #goneSince: number | null = null;
  readonly #now: () => number;

  constructor(state: State, now: () => number = Date.now) {
    this.#known = state.known;
    this.#times = state.restartTimes;
    this.#now = now;
  }

  /** Goes on from an earlier attempt's last heartbeat, when there was one. */
  static from(details: unknown, input: WatchStateInput): RestartLog {
    const before = details as Partial<State> | undefined;
    return new RestartLog({
      known: before?.known ?? input.known,
      restartTimes: before?.restartTimes ?? input.restartTimes,
    });
  }

  /** True when none of the processes that served before serves now; a part of them is a worker that was recycled. */
  saw(ids: readonly string[]): boolean {
    this.#goneSince = null;
    const before = this.#known;
    this.#known = ids;
    if (before === null || before.length === 0 || ids.some((id) => before.includes(id))) return false;
    this.#times = [...this.#times, this.#now()].slice(-TIMES_KEPT);
    this.#fresh += 1;
    return true;
  }

  /** No process serves. True when that has lasted too long. */
  gone(): boolean {
    if (this.#known === null) return false;
    this.#goneSince ??= this.#now();
    return this.#now() - this.#goneSince >= GONE_MS;
  }

  state(): State {
    return { known: this.#known, restartTimes: this.#times };
  }

  /** `count` = restarts of this call. */
  observation(id: string): RestartsObservation {
    const now = this.#now();
    const recent = this.#times.filter((at) => now - at <= LOOP_WINDOW_MS);
    const gone = this.#goneSince !== null && now - this.#goneSince >= GONE_MS;
    const loop = gone || recent.length >= LOOP_RESTARTS;
    const last = this.#times.at(-1);
    const reason = gone
      ? `no process has served for ${String(Math.round((now - (this.#goneSince ?? now)) / 1000))} s`
      : recent.length >= LOOP_RESTARTS
        ? `${String(recent.length)} restarts within ${String(LOOP_WINDOW_MS / 1000)} s`
        : this.#fresh > 0 && last !== undefined
          ? `all serving processes were replaced at ${new Date(last).toISOString()}`
          : null;
    return {
      kind: 'restarts',
      id: `${id}-restarts`,
      at: new Date(now).toISOString(),
      source: 'processes',
      count: this.#fresh,
      windowMs: LOOP_WINDOW_MS,
      loop,
      reason,
    };
  }
}
