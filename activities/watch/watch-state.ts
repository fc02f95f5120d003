import { activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity';
import type { LoadedEnvironment } from '../../environment/settings.js';
import type { DatabaseObservation, ServingFlagsObservation } from '../../procedure/observations.js';
import type { WatchStateInput, WatchStateOutput } from '../contract.js';
import { countConnections } from '../database/own-counts.js';
import type { Databases } from '../database/database.js';
import type { ActivityDeps } from '../support/deps.js';
import { textOf } from '../support/failure.js';
import { createTarget } from '../targets/create-target.js';
import { expectedFlags, judgeServingFlags } from '../targets/serving-flags.js';
import type { ServingProcess } from '../targets/target.js';
import { pace } from './pace.js';
import { RestartLog } from './restart-log.js';

const BEAT_MS = 1000;
/** A difference, or too many connections, must show in two reads in a row. */
const AGAIN_MS = 1000;
/** Connections are counted at every third look. */
const COUNT_EVERY = 3;

type Ended = WatchStateOutput['ended'];

/**
 * Looks at the target again and again and returns as soon as something is wrong: a flag differs, all serving processes
 * were replaced, too many connections. What cannot be read for a moment is neither.
 */
export async function watchState(
  world: { readonly deps: ActivityDeps; readonly databases: Databases },
  environment: LoadedEnvironment,
  input: WatchStateInput,
): Promise<WatchStateOutput> {
  const signal = cancellationSignal();
  const target = createTarget(environment, world.deps);
  const wanted = expectedFlags(input.expected, environment.settings.flags.baseline);
  const log = RestartLog.from(activityInfo().heartbeatDetails, input);
  const beat = (): void => {
    heartbeat(log.state());
  };
  beat();
  const timer = setInterval(beat, BEAT_MS);
  const until = performance.now() + input.maxMs;
  let flags: ServingFlagsObservation = observedFlags(input, [], {
    status: 'unknown',
    reason: 'not read yet',
  });
  let database: DatabaseObservation | null = null;
  let differed = false;
  let crowded = false;
  let ended: Ended = 'time';
  try {
    for (let look = 0; performance.now() < until; look += 1) {
      if (signal.aborted) {
        ended = 'cancelled';
        break;
      }
      const processes = await target.readServingFlags(signal).catch((error: unknown) => textOf(error));
      if (signal.aborted) continue;
      if (typeof processes === 'string') {
        flags = observedFlags(input, [], { status: 'unknown', reason: processes });
        if (log.gone()) ended = 'restart';
      } else {
        flags = observedFlags(input, processes, judgeServingFlags(processes, wanted));
        if (log.saw(processes.map(({ id }) => id))) ended = 'restart';
        if (flags.status === 'differs' && differed) ended = 'drift';
        differed = flags.status === 'differs';
      }
      if (look % COUNT_EVERY === 0 || crowded) {
        database = await connections(world.databases, environment, { input, signal });
        const over = isOver(database, input.connectionShare);
        if (over && crowded) ended = 'connections';
        crowded = over;
      }
      if (ended !== 'time') break;
      await pace(differed || crowded ? AGAIN_MS : input.everyMs, signal);
    }
  } finally {
    clearInterval(timer);
  }
  return { flags, database, restarts: log.observation(input.observationId), ...log.state(), ended };
}

function observedFlags(
  input: WatchStateInput,
  processes: readonly ServingProcess[],
  judged: Pick<ServingFlagsObservation, 'status' | 'reason'>,
): ServingFlagsObservation {
  return {
    kind: 'serving-flags',
    id: `${input.observationId}-flags`,
    at: new Date().toISOString(),
    source: 'processes',
    expected: input.expected,
    processes,
    ...judged,
  };
}

/** `null` when they could not be counted: the checks of the phases tell that. */
async function connections(
  databases: Databases,
  environment: LoadedEnvironment,
  { input, signal }: { readonly input: WatchStateInput; readonly signal: AbortSignal },
): Promise<DatabaseObservation | null> {
  try {
    const { used, usable } = await databases.withDatabase(environment, signal, countConnections);
    return {
      kind: 'database',
      id: `${input.observationId}-connections`,
      at: new Date().toISOString(),
      source: 'rows',
      orphanMappings: null,
      duplicateLegacyIds: null,
      connections: used,
      usableConnections: usable,
      reason: null,
    };
  } catch {
    return null;
  }
}

function isOver(database: DatabaseObservation | null, share: number): boolean {
  if (database === null) return false;
  const { connections: used, usableConnections: usable } = database;
  return used !== null && usable !== null && usable > 0 && used / usable > share;
}
