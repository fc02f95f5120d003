import { setTimeout as delay } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import { FLAG_NAMES, type FlagName } from '../../../procedure/flags.js';
import { RETRYABLE } from '../../../procedure/failures.js';
import { textOf } from '../../support/failure.js';
import type { FlagAssignment, ServingProcess, SettleOptions, SettleResult } from '../target.js';
import { changeUntilNoConflict } from './conflict.js';
import { restartPatch } from './env-patch.js';
import { rolloutProblemText, rolloutState, type RolloutProblem } from './rollout-state.js';
import type { Limits, Workload } from './workload.js';

/** What waiting for a rollout needs besides the cluster's objects. */
export interface RolloutSurroundings {
  readonly workload: Workload;
  /** `deployment deltacrown/deltacrown-web`, for messages. */
  readonly what: string;
  readonly timeoutMs: number;
  readonly readServing: (signal: AbortSignal) => Promise<readonly ServingProcess[]>;
  /** What new pods would carry, by the objects as they are. */
  readonly carried: (limits: Limits) => Promise<Readonly<Record<FlagName, string | null>>>;
  /** `null` when the readiness path answers 200, otherwise what it did. */
  readonly readinessProblem: (signal: AbortSignal) => Promise<string | null>;
  /** The last lines of the containers that die. */
  readonly lastLines: (
    problems: readonly RolloutProblem[],
    signal: AbortSignal,
  ) => Promise<readonly string[]>;
}

const POLL_MS = 1000;
/** A rollback does not hang on a readiness page that stays red for another reason, a database for example. */
const READINESS_GRACE_MS = 20_000;

/**
 * Waits until the rollout is complete and every serving process carries the wanted values; restarts once when they do not
 * although nothing is being rolled out (a ConfigMap that the pods have not read). State decides at every turn, so it may be
 * killed and called again at any point.
 */
export async function settleRollout(
  surroundings: RolloutSurroundings,
  options: SettleOptions & { readonly signal: AbortSignal },
): Promise<SettleResult> {
  const { signal } = options;
  const deadline = performance.now() + surroundings.timeoutMs;
  let restarts = 0;
  let carriedSince: number | null = null;
  let waitingFor = '';
  const failed = (reason: string, restartLoop: boolean): SettleResult => ({
    ...{ status: 'failed', restarted: restarts > 0, restartLoop },
    reason: `${surroundings.what}: ${reason}`,
  });
  for (;;) {
    signal.throwIfAborted();
    const turn = await look(surroundings, options);
    if (turn.kind === 'failed') return failed(turn.reason, turn.restartLoop);
    if (turn.kind !== 'carried') carriedSince = null;
    if (turn.kind === 'waiting') waitingFor = turn.why;
    if (turn.kind === 'differs') {
      waitingFor = turn.why;
      if (restarts === 0 && (await restart(surroundings, options))) restarts += 1;
    }
    if (turn.kind === 'carried') {
      carriedSince ??= performance.now();
      const problem = await surroundings.readinessProblem(signal).catch((error: unknown) => textOf(error));
      const complete = { status: 'complete', restarted: restarts > 0, restartLoop: false } as const;
      if (problem === null) return { ...complete, reason: null };
      waitingFor = problem;
      if (options.readiness === 'reported' && performance.now() - carriedSince > READINESS_GRACE_MS)
        return { ...complete, reason: `every serving process carries the values, but ${problem}` };
    }
    if (performance.now() > deadline)
      return failed(`not complete after ${String(surroundings.timeoutMs)} ms: ${waitingFor}`, false);
    await delay(POLL_MS, undefined, { signal });
  }
}

type Turn =
  | { readonly kind: 'waiting' | 'differs'; readonly why: string }
  | { readonly kind: 'failed'; readonly reason: string; readonly restartLoop: boolean }
  | { readonly kind: 'carried' };

async function look(
  surroundings: RolloutSurroundings,
  { wanted, signal }: SettleOptions & { readonly signal: AbortSignal },
): Promise<Turn> {
  try {
    const state = rolloutState(await surroundings.workload.readRollout({ signal }));
    if (state.kind === 'failed') {
      const lines = await surroundings.lastLines(state.problems, signal).catch(() => []);
      const restartLoop = state.problems.some(({ kind }) => kind === 'crash-loop');
      return { kind: 'failed', reason: rolloutProblemText(state.problems, lines), restartLoop };
    }
    if (state.kind === 'progressing') {
      const problems = state.problems.length === 0 ? '' : ` (${rolloutProblemText(state.problems)})`;
      return { kind: 'waiting', why: `${state.waitingFor}${problems}` };
    }
    const differing = differs(await surroundings.readServing(signal), wanted);
    return differing === null ? { kind: 'carried' } : { kind: 'differs', why: differing };
  } catch (error) {
    signal.throwIfAborted();
    // An API server that is away for a while is waited for: the rollout itself goes on without it.
    if (isPassing(error)) return { kind: 'waiting', why: textOf(error) };
    throw error;
  }
}

function isPassing(error: unknown): boolean {
  const types: readonly string[] = Object.values(RETRYABLE);
  return error instanceof ApplicationFailure && types.includes(error.type ?? '');
}

/** Which process does not carry what it should; `null` = all do. */
function differs(processes: readonly ServingProcess[], wanted: FlagAssignment): string | null {
  const found = processes.flatMap(({ id, values }) =>
    FLAG_NAMES.filter((name) => wanted[name] !== undefined && values[name] !== wanted[name]).map(
      (name) =>
        `${id} carries ${name}=${values[name] ?? '(absent)'} instead of ${wanted[name] ?? '(absent)'}`,
    ),
  );
  return found[0] === undefined
    ? null
    : `${found[0]}${found.length > 1 ? ` (and ${String(found.length - 1)} more)` : ''}`;
}

/**
 * Orders one restart, but only while new pods would carry the wanted values: a worker that was frozen since it was allowed
 * to, and wakes after the rollback, restarts nothing. False: it was not the time for it.
 */
async function restart(
  { workload, carried, what }: RolloutSurroundings,
  { wanted, permission, signal }: SettleOptions & { readonly signal: AbortSignal },
): Promise<boolean> {
  return permission('restart', async (budget) => {
    const limits = (): Limits => ({ signal, timeoutMs: Math.max(1, budget.leftMs()) });
    const values = await carried(limits());
    if (FLAG_NAMES.some((name) => wanted[name] !== undefined && values[name] !== wanted[name])) return false;
    return changeUntilNoConflict({
      what,
      read: () => workload.readDeployment(limits()),
      patchOf: (deployment) => restartPatch(deployment, new Date().toISOString()),
      write: async (patch) => {
        if (budget.leftMs() <= 0) return false;
        await workload.patchDeployment(patch, limits());
        return true;
      },
      signal,
    });
  });
}
