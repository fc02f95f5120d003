import { activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { LoadedEnvironment } from '../../environment/settings.js';
import { RETRYABLE } from '../../procedure/failures.js';
import type { DatabaseObservation, ServingFlagsObservation } from '../../procedure/observations.js';
import type { WatchStateInput, WatchStateOutput } from '../contract.js';
import type { Databases } from '../database/database.js';
import type { ActivityDeps } from '../support/deps.js';
import { textOf } from '../support/failure.js';
import { createTarget } from '../targets/create-target.js';
import { expectedFlags, judgeServingFlags } from '../targets/serving-flags.js';
import type { ServingProcess, Target } from '../targets/target.js';
import { connectionsNow, isCrowded } from './connections.js';
import { pace } from './pace.js';
import { RestartLog } from './restart-log.js';
import { TargetWatch } from './target-watch.js';

const BEAT_MS = 1000;
/** A difference, or too many connections, must show in two reads in a row. */
const AGAIN_MS = 1000;
/** Connections are counted at every third look. */
const COUNT_EVERY = 3;
/** Not to be read for so long is told. */
const BLIND_MS = 60_000;

type Ended = WatchStateOutput['ended'];

interface World {
  readonly deps: ActivityDeps;
  readonly databases: Databases;
}

/**
 * Looks at the target again and again and returns as soon as something is wrong: a flag differs, all serving processes
 * were replaced or are gone, too many connections, nothing to be read for a minute. What cannot be read for a moment is
 * none of these.
 */
export async function watchState(
  { deps, databases }: World,
  environment: LoadedEnvironment,
  input: WatchStateInput,
): Promise<WatchStateOutput> {
  const signal = cancellationSignal();
  const log = new RestartLog(input, activityInfo().heartbeatDetails);
  const looks = new Looks(input, environment, log);
  const changes = new TargetWatch(input, activityInfo().heartbeatDetails);
  const target = createTarget(environment, deps);
  const beat = (): void => {
    heartbeat({ ...log.beat(), target: changes.state });
  };
  beat();
  const timer = setInterval(beat, BEAT_MS);
  const until = performance.now() + input.maxMs;
  let ended: Ended | null = null;
  try {
    for (let look = 0; ended === null && performance.now() < until; look += 1) {
      const read = await readProcesses(target, signal);
      if (!signal.aborted) looks.take(read);
      if (!signal.aborted && (look % COUNT_EVERY === 0 || looks.unsure))
        looks.count(await connectionsNow(databases, environment, { input, signal }));
      if (!signal.aborted && read.kind !== 'unreadable' && look % COUNT_EVERY === 0)
        await changes.look(target, signal);
      ended = signal.aborted ? 'cancelled' : (looks.verdict() ?? (changes.changed ? 'changed' : null));
      if (ended === null) await pace(looks.unsure ? AGAIN_MS : input.everyMs, signal);
    }
  } finally {
    clearInterval(timer);
  }
  return {
    flags: looks.flags,
    database: looks.database,
    restarts: log.observation(input.observationId),
    ...log.state(),
    changes: changes.observations(),
    target: changes.state,
    ended: ended ?? 'time',
  };
}

type Read =
  | { readonly kind: 'processes'; readonly processes: readonly ServingProcess[] }
  /** The target was asked, and nothing serves. */
  | { readonly kind: 'gone'; readonly reason: string }
  /** The target could not be asked: that says nothing about what serves. */
  | { readonly kind: 'unreadable'; readonly reason: string };

async function readProcesses(target: Target, signal: AbortSignal): Promise<Read> {
  try {
    return { kind: 'processes', processes: await target.readServingFlags(signal) };
  } catch (error) {
    const gone = error instanceof ApplicationFailure && error.type === RETRYABLE.notServing;
    return { kind: gone ? 'gone' : 'unreadable', reason: textOf(error) };
  }
}

/** What the looks of one call add up to. */
class Looks {
  #flags: ServingFlagsObservation;
  #database: DatabaseObservation | null = null;
  /** In how many looks in a row. */
  #differed = 0;
  #crowded = 0;
  #blindSince: number | null = null;

  constructor(
    private readonly input: WatchStateInput,
    private readonly environment: LoadedEnvironment,
    private readonly log: RestartLog,
  ) {
    this.#flags = this.#observed([], { status: 'unknown', reason: 'not read yet' });
  }

  take(read: Read): void {
    if (read.kind === 'processes') {
      const wanted = expectedFlags(this.input.expected, this.environment.settings.flags.baseline);
      this.log.saw(read.processes.map(({ id }) => id));
      this.#flags = this.#observed(read.processes, judgeServingFlags(read.processes, wanted));
      this.#blindSince = null;
    } else {
      this.#flags = this.#observed([], { status: 'unknown', reason: read.reason });
      if (read.kind === 'gone') this.log.gone();
      this.#blindSince = read.kind === 'gone' ? null : (this.#blindSince ?? performance.now());
    }
    this.#differed = this.#flags.status === 'differs' ? this.#differed + 1 : 0;
  }

  count(database: DatabaseObservation | null): void {
    this.#database = database;
    this.#crowded = isCrowded(database, this.input.connectionShare) ? this.#crowded + 1 : 0;
  }

  /** Something is to be looked at once more before it is told. */
  get unsure(): boolean {
    return this.#differed > 0 || this.#crowded > 0;
  }

  get flags(): ServingFlagsObservation {
    if (this.#differed !== 1) return this.#flags;
    return { ...this.#flags, status: 'unknown', reason: 'a difference was seen once and not read again' };
  }

  get database(): DatabaseObservation | null {
    return this.#crowded === 1 ? null : this.#database;
  }

  /** Why the call is over; `null` = it is not. */
  verdict(): Ended | null {
    if (this.#differed > 1) return 'drift';
    if (this.log.tooLong || (this.log.fresh > 0 && this.#differed === 0)) return 'restart';
    if (this.#crowded > 1) return 'connections';
    return this.#blindSince !== null && performance.now() - this.#blindSince >= BLIND_MS ? 'blind' : null;
  }

  #observed(
    processes: readonly ServingProcess[],
    judged: Pick<ServingFlagsObservation, 'status' | 'reason'>,
  ): ServingFlagsObservation {
    return {
      kind: 'serving-flags',
      id: `${this.input.observationId}-flags`,
      at: new Date().toISOString(),
      source: 'processes',
      expected: this.input.expected,
      processes,
      ...judged,
    };
  }
}
