import {
  ActivityCancellationType,
  CancellationScope,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  isCancellation,
  patched,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  sleep,
  workflowInfo,
  type ExternalWorkflowHandle,
} from '@temporalio/workflow';
import type {
  Activities,
  FollowLogOutput,
  LogCursor,
  StepScope,
  WatchStateInput,
  WatchStateOutput,
} from '../activities/contract.js';
import type { Observation } from '../procedure/observations.js';
import {
  watchHoldSignal,
  watchLogFromSignal,
  watchLogHeldSignal,
  watchLogHoldSignal,
  watchOnSignal,
  watchSawSignal,
  watchStopSignal,
} from './messages.js';
import { messageOf } from './run/message-of.js';
import { blindLog, blindProcesses, isQuiet, ofLog, ofState } from './watch-seen.js';

export interface WatchInput {
  readonly scope: StepScope;
  readonly holderWorkflowId: string;
  readonly holderRunId: string;
  /** Share of the usable connections from which on it is told at once, 0…1. */
  readonly connectionShare: number;
  readonly carried: WatchState;
}
/** Handed on when the watch continues as new. */
export interface WatchState {
  readonly cursor: LogCursor;
  /** The flag is on in every serving process. */
  readonly on: boolean;
  readonly round: number;
  /** Serving processes as they were seen last. */
  readonly known: readonly string[] | null;
  readonly restartTimes: readonly number[];
  /** The target itself as it was seen last; absent where the method cannot tell. */
  readonly target?: string | null;
  /** The same from before the run's own change. */
  readonly reference?: string | null;
  /** The log is not followed for now; absent = it is. */
  readonly logHeld?: boolean;
}

/** One look at the processes; once it is held, however it ends says nothing: not even that it could not be made. */
interface Look {
  readonly scope: CancellationScope;
  held: boolean;
}

const ROUND_MS = 10 * 60_000;
const STATE_EVERY_MS = 5000;
/** After something was seen the next look waits a little, so that a storm of lines makes no storm of events. */
const AFTER_EVENT_MS = 1000;
const EVENTS_A_HISTORY = 3000;
const AFTER_FAILURE_MS = 30_000;

const watching = proxyActivities<Activities>({
  startToCloseTimeout: ROUND_MS + 60_000,
  heartbeatTimeout: '6 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  // A watcher never gives up: what cannot be read now is read later.
  retry: { initialInterval: '500 milliseconds', backoffCoefficient: 1.5, maximumInterval: '5 seconds' },
});

/**
 * Watches the target from the first act of enabling until the flag is off or the run is over: the log at once, flags,
 * restarts and connections once the flag is on. What is seen goes to the run, which alone decides.
 */
export async function targetWatch(input: WatchInput): Promise<void> {
  const state = { ...input.carried };
  let over = false;
  const scope = new CancellationScope();
  const end = (): void => {
    over = true;
    scope.cancel();
  };
  setHandler(watchOnSignal, () => {
    state.on = true;
  });
  let looking: Look | null = null;
  setHandler(watchHoldSignal, () => {
    // Who serves after the restart that is meant is not compared with who served before it.
    const reference = state.target ?? state.reference ?? null;
    Object.assign(state, { on: false, known: null, target: null, reference });
    if (looking === null) return;
    looking.held = true;
    looking.scope.cancel();
  });
  let following: Look | null = null;
  setHandler(watchLogHoldSignal, () => {
    state.logHeld = true;
    if (following === null) return;
    following.held = true;
    following.scope.cancel();
  });
  setHandler(watchLogFromSignal, ({ from }) => {
    state.cursor = from ?? state.cursor;
    state.logHeld = false;
  });
  setHandler(watchStopSignal, end);
  CancellationScope.current().cancelRequested.catch(end);
  setCurrentDetails('## Watching the log, and once the flag is on the processes\n\n---\n\n');

  const tell = async (send: (run: ExternalWorkflowHandle) => Promise<void>): Promise<void> => {
    try {
      await send(getExternalWorkflowHandle(input.holderWorkflowId, input.holderRunId));
    } catch (error) {
      // The run is gone: its guardian does what is left to do, and there is nobody to tell.
      if (!isCancellation(error)) end();
    }
  };
  /** The last round's too: it ends because the scope was cancelled, and there nothing can be sent. */
  const saw = (observations: readonly Observation[]): Promise<void> => {
    const send = (): Promise<void> => tell((run) => run.signal(watchSawSignal, { observations }));
    return scope.consideredCancelled && patched('watch-tells-last-round')
      ? CancellationScope.nonCancellable(send)
      : send();
  };
  const crowded = (): boolean =>
    workflowInfo().historyLength > EVENTS_A_HISTORY || workflowInfo().continueAsNewSuggested;
  const label = (): string => {
    state.round += 1;
    return String(state.round).padStart(4, '0');
  };

  /** A look that can never succeed as things stand (another environment file, say) is told, and tried again later. */
  const look = async <T>(
    act: () => Promise<T>,
    blind: (reason: string) => Observation,
    one?: Look,
  ): Promise<T | null> => {
    try {
      return await act();
    } catch (error) {
      if (!over && one?.held === true) return null;
      if (over || isCancellation(error)) throw error;
      await saw([blind(messageOf(error))]);
      if (crowded()) scope.cancel();
      await sleep(AFTER_FAILURE_MS);
      return null;
    }
  };

  const log = async (): Promise<void> => {
    while (!over) {
      if (state.logHeld === true) {
        await tell((run) => run.signal(watchLogHeldSignal, { at: state.cursor }));
        await condition(() => state.logHeld !== true);
        continue;
      }
      const observationId = `watch-log-${label()}`;
      const one: Look = { scope: new CancellationScope(), held: false };
      following = one;
      const act = (): Promise<FollowLogOutput> =>
        one.scope.run(() =>
          watching.followLog.executeWithOptions({ summary: 'follows the log' }, [
            { ...input.scope, observationId, from: state.cursor, maxMs: ROUND_MS },
          ]),
        );
      const seen = await look(act, blindLog, one);
      if (seen === null) continue;
      state.cursor = seen.next;
      await saw([ofLog(seen, observationId)]);
      if (crowded()) scope.cancel();
      if (seen.ended === 'critical' || seen.ended === 'blind') await sleep(AFTER_EVENT_MS);
    }
  };
  const processes = async (): Promise<void> => {
    while (!over) {
      await condition(() => state.on);
      const { known, restartTimes } = state;
      const step: WatchStateInput = {
        ...input.scope,
        observationId: `watch-state-${label()}`,
        expected: 'enabled',
        everyMs: STATE_EVERY_MS,
        maxMs: ROUND_MS,
        connectionShare: input.connectionShare,
        known,
        target: state.target ?? null,
        reference: state.reference ?? null,
        restartTimes,
      };
      const summary = 'looks at processes, flags and connections';
      const one: Look = { scope: new CancellationScope(), held: false };
      looking = one;
      const act = (): Promise<WatchStateOutput> =>
        one.scope.run(() => watching.watchState.executeWithOptions({ summary }, [step]));
      const seen = await look(act, blindProcesses, one);
      if (seen === null || one.held) continue;
      state.known = seen.known;
      state.target = seen.target ?? null;
      state.restartTimes = seen.restartTimes;
      await saw(ofState(seen));
      if (crowded()) scope.cancel();
      if (!isQuiet(seen)) await sleep(AFTER_EVENT_MS);
    }
  };
  try {
    await scope.run(async () => {
      const loops = [log(), processes()];
      try {
        await Promise.all(loops);
      } catch (error) {
        // One of them ends at once when it is cancelled, the other brings what its last round saw.
        if (patched('watch-tells-last-round')) {
          scope.cancel();
          await Promise.allSettled(loops);
        }
        throw error;
      }
    });
  } catch (error) {
    // A worker that died while the end was asked for leaves a timeout instead of an answer.
    if (!over && !isCancellation(error)) throw error;
  }
  if (over) return;
  await continueAsNew<typeof targetWatch>({ ...input, carried: state });
}
