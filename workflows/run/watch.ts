import {
  CancellationScope,
  ChildWorkflowCancellationType,
  condition,
  getExternalWorkflowHandle,
  ParentClosePolicy,
  patched,
  startChild,
} from '@temporalio/workflow';
import type { LogCursor } from '../../activities/contract.js';
import {
  watchHoldSignal,
  watchLogFromSignal,
  watchLogHoldSignal,
  watchOnSignal,
  watchStopSignal,
  WORKFLOW,
} from '../messages.js';
import type { targetWatch } from '../watch.js';
import { blindLog } from '../watch-seen.js';
import { messageOf } from './message-of.js';
import type { Run } from './run.js';

/** Longer than an activity needs to notice its cancel. */
const STOP_PATIENCE_MS = 15_000;
/** The same where the last round must be heard: one read of a log, and a worker that dies in it. */
const LAST_ROUND_PATIENCE_MS = 60_000;
/** Longer than a dead worker takes to be noticed. */
const HOLD_PATIENCE_MS = 45_000;

/**
 * The run's side of watching: a child that follows the target's log and, once the flag is on, its processes and
 * connections, in every phase, gate, pause and attention, until the flag is off again.
 */
export class WatchLink {
  readonly #workflowId: string;
  #over = false;
  /** It was told to end. */
  #stopped = false;
  /** It was gone before it was told to end: what it would have seen since nobody knows. */
  #lost = false;
  #heldAt: LogCursor | null = null;

  private constructor(workflowId: string) {
    this.#workflowId = workflowId;
  }

  /** Begins with the log, from `from` on. To be called before the first act of enabling. */
  static async begin(run: Run, from: LogCursor): Promise<WatchLink> {
    const workflowId = `${run.workflowId}-watch-${run.plan.runId.slice(-12)}`;
    const link = new WatchLink(workflowId);
    const child = await CancellationScope.nonCancellable(() =>
      startChild<typeof targetWatch>(WORKFLOW.watch, {
        workflowId,
        args: [
          {
            scope: run.scope,
            holderWorkflowId: run.workflowId,
            holderRunId: run.runId,
            connectionShare: run.plan.thresholds.connectionShare,
            carried: {
              ...{ cursor: from, on: false, round: 0, known: null, restartTimes: [] },
              reference: run.targetAtBaseline,
            },
          },
        ],
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
        cancellationType: ChildWorkflowCancellationType.ABANDON,
        staticSummary: `watches ${run.environment ?? ''}: log, flags, restarts, connections`,
      }),
    );
    void CancellationScope.nonCancellable(async () => {
      let how = 'it was cancelled';
      await child.result().catch((error: unknown) => {
        how = messageOf(error);
        if (run.outcome === null) run.say(`Watching ended: ${how}`);
      });
      link.#over = true;
      if (link.#stopped || run.outcome !== null || run.rollingBack || !patched('watch-end-is-told')) return;
      link.#lost = true;
      run.observe(blindLog(`the watch ended though this run had not stopped it: ${how}`));
      run.asked = true;
      run.show();
    });
    return link;
  }

  /** The flag is on in every serving process: from now on these are watched too. */
  async flagIsOn(): Promise<void> {
    await this.#tell((watch) => watch.signal(watchOnSignal));
  }

  /** The run restarts the target itself: processes and flags are not watched until `flagIsOn` is called again. */
  async hold(): Promise<void> {
    await this.#tell((watch) => watch.signal(watchHoldSignal));
  }

  /**
   * The log is not followed until `followLogFrom` is called. Gives where it was read up to, all of it told; `null` = the
   * watch is over or did not answer in time.
   */
  async holdLog(): Promise<LogCursor | null> {
    this.#heldAt = null;
    await this.#tell((watch) => watch.signal(watchLogHoldSignal));
    await condition(() => this.#heldAt !== null || this.#over, HOLD_PATIENCE_MS, {
      summary: 'the log is held',
    });
    return this.#heldAt;
  }

  logIsHeld(at: LogCursor): void {
    this.#heldAt = at;
  }

  /** Goes on there; `null` = where it was. */
  async followLogFrom(from: LogCursor | null): Promise<void> {
    await this.#tell((watch) => watch.signal(watchLogFromSignal, { from }));
  }

  /** Nothing is left to be watched, and what the watch still has to say does not matter. */
  async stop(): Promise<void> {
    await this.#stop(STOP_PATIENCE_MS);
  }

  /** Ends it and waits for what its last round saw, which is with the run when this returns; false = it did not come. */
  async stopAndHear(): Promise<boolean> {
    await this.#stop(LAST_ROUND_PATIENCE_MS);
    return this.#over && !this.#lost;
  }

  /** Makes it tell what it saw so far of the log, and go on. False = it did not answer in time. */
  async hear(): Promise<boolean> {
    const at = await this.holdLog();
    await this.followLogFrom(null);
    return at !== null;
  }

  async #stop(patienceMs: number): Promise<void> {
    this.#stopped = true;
    await this.#tell((watch) => watch.signal(watchStopSignal));
    await condition(() => this.#over, patienceMs, { summary: 'watching ends' });
  }

  /** Never through the child handle: that breaks after a reset. */
  async #tell(send: (watch: ReturnType<typeof getExternalWorkflowHandle>) => Promise<void>): Promise<void> {
    if (this.#over) return;
    try {
      await CancellationScope.nonCancellable(() => send(getExternalWorkflowHandle(this.#workflowId)));
    } catch {
      // It is gone. After a reset this life of the run does not hear of it in another way.
      this.#over = true;
      this.#lost ||= patched('watch-end-is-told');
    }
  }
}
