import { setTimeout as delay } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import type { V1Pod } from '@kubernetes/client-node';
import { FLAG_NAMES, type FlagName } from '../../../procedure/flags.js';
import { RETRYABLE } from '../../../procedure/failures.js';
import { textOf } from '../../support/failure.js';
import { Outage } from '../../support/patiently.js';
import type { ServingProcess, SettleOptions, SettleResult } from '../target.js';
import { changeUntilNoConflict } from './conflict.js';
import { restartPatch } from './env-patch.js';
import { podName, podsOf, replicaSetsOf } from './owned.js';
import { FIELD_MANAGER, ROLLBACK_MANAGERS } from './ownership.js';
import {
  rolloutProblemText,
  rolloutState,
  type RolloutObjects,
  type RolloutProblem,
} from './rollout-state.js';
import { meansTheSame } from './safe-values.js';
import { hasEnded, restartMayHelp, stalePod } from './stale-pods.js';
import type { Limits, Workload } from './workload.js';

/** What waiting for a rollout needs besides the cluster's objects. */
export interface RolloutSurroundings {
  readonly workload: Workload;
  /** `deployment deltacrown/deltacrown-web`, for messages. */
  readonly what: string;
  readonly timeoutMs: number;
  readonly readServing: (signal: AbortSignal) => Promise<readonly ServingProcess[]>;
  /** The container that carries the variables. */
  readonly container: string;
  /** The processes of one pod, ready or not. */
  readonly readPod: (pod: V1Pod, signal: AbortSignal) => Promise<readonly ServingProcess[]>;
  /** Pods read the values when they start (method B). In method A they stand in the template, so that every pod of the newest one has them. */
  readonly readsAtStart: boolean;
  /** When what pods read at their start was last written; `null` = not known. */
  readonly changedAt: (limits: Limits) => Promise<Date | null>;
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
/** So long a pod may need to listen; only then is one that cannot be read judged by when it was started. */
const START_GRACE_MS = 20_000;
/** Every look asks every new pod. */
const STALE_LOOK_MS = 3000;

/**
 * Waits until the rollout is complete and every serving process carries the wanted values; restarts once when they do not
 * although nothing is being rolled out (a ConfigMap that the pods have not read). A rollback also restarts when what is being
 * rolled out carries other values, and never comes to its end for it; for it a value counts as the application reads it, and a
 * Deployment without replicas is done when its next pods will be. State decides at every turn, so it may be killed and called
 * again at any point.
 */
export async function settleRollout(
  surroundings: RolloutSurroundings,
  options: SettleOptions & { readonly signal: AbortSignal },
): Promise<SettleResult> {
  const { signal } = options;
  const deadline = performance.now() + surroundings.timeoutMs;
  const outage = new Outage();
  let restarts = 0;
  let carriedSince: number | null = null;
  let waitingFor = '';
  const turning: Turning = { ...options, outage, beganAt: performance.now(), stale: { lookedAt: -Infinity } };
  const failed = (reason: string, restartLoop: boolean): SettleResult => ({
    ...{ status: 'failed', restarted: restarts > 0, restartLoop },
    reason: `${surroundings.what}: ${reason}`,
  });
  for (;;) {
    signal.throwIfAborted();
    const turn = await look(surroundings, turning);
    if (turn.kind === 'nobody')
      return { status: 'complete', restarted: restarts > 0, restartLoop: false, reason: turn.why };
    if (turn.kind === 'failed') return failed(turn.reason, turn.restartLoop);
    if (turn.kind !== 'carried') carriedSince = null;
    if (turn.kind === 'waiting') waitingFor = turn.why;
    if (turn.kind === 'differs') {
      waitingFor = turn.why;
      if (restarts === 0 && (await restarted(surroundings, turning))) restarts += 1;
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
  | { readonly kind: 'waiting' | 'differs' | 'nobody'; readonly why: string }
  | { readonly kind: 'failed'; readonly reason: string; readonly restartLoop: boolean }
  | { readonly kind: 'carried' };

interface Turning extends SettleOptions {
  readonly signal: AbortSignal;
  readonly outage: Outage;
  readonly beganAt: number;
  readonly stale: { lookedAt: number };
}

function isRollback({ readiness }: SettleOptions): boolean {
  return readiness === 'reported';
}

async function look(surroundings: RolloutSurroundings, turning: Turning): Promise<Turn> {
  const { signal, outage } = turning;
  try {
    const objects = await surroundings.workload.readRollout({ signal });
    const state = rolloutState(objects);
    if (state.kind !== 'complete' && isRollback(turning)) {
      const stale = await staleIn(surroundings, objects, { ...turning, isFinal: state.kind === 'failed' });
      if (stale !== null) return { kind: 'differs', why: stale };
    }
    if (state.kind === 'failed') {
      const lines = await surroundings.lastLines(state.problems, signal).catch(() => []);
      const restartLoop = state.problems.some(({ kind }) => kind === 'crash-loop');
      return { kind: 'failed', reason: rolloutProblemText(state.problems, lines), restartLoop };
    }
    if (state.kind === 'progressing') {
      const problems = state.problems.length === 0 ? '' : ` (${rolloutProblemText(state.problems)})`;
      return { kind: 'waiting', why: `${state.waitingFor}${problems}` };
    }
    if (isRollback(turning) && objects.deployment.spec?.replicas === 0)
      return await nobodyServes(surroundings, objects, turning);
    const differing = differs(await surroundings.readServing(signal), turning);
    if (differing === null) return { kind: 'carried' };
    if (isRollback(turning) && !(await mayHelp(surroundings, objects, signal)))
      return {
        kind: 'waiting',
        why: `${differing}, after a restart too: its image or its entrypoint gives it the value`,
      };
    return { kind: 'differs', why: differing };
  } catch (error) {
    signal.throwIfAborted();
    // An API server that is away for a while is waited for: the rollout itself goes on without it.
    if (isPassing(error, outage)) return { kind: 'waiting', why: textOf(error) };
    throw error;
  }
}

async function mayHelp(
  { container, changedAt }: RolloutSurroundings,
  objects: RolloutObjects,
  signal: AbortSignal,
): Promise<boolean> {
  return restartMayHelp(objects, container, await changedAt({ signal }));
}

/** Why what is being rolled out can never be what is wanted; `null` = it may be, or it is not the time to ask. */
async function staleIn(
  surroundings: RolloutSurroundings,
  objects: RolloutObjects,
  { isFinal, ...turning }: Turning & { readonly isFinal: boolean },
): Promise<string | null> {
  const { signal, stale, beganAt } = turning;
  const { metadata, status } = objects.deployment;
  const now = performance.now();
  // Which pods are the newest ones is not told before the server has seen the newest template.
  if ((status?.observedGeneration ?? 0) < (metadata?.generation ?? 0)) return null;
  if (now - stale.lookedAt < STALE_LOOK_MS && !isFinal) return null;
  stale.lookedAt = now;
  const found = await stalePod({
    ...{ objects, container: surroundings.container },
    readPod: (pod) => surroundings.readPod(pod, signal),
    differing: (processes) => differs(processes, turning),
    changedAt: () => surroundings.changedAt({ signal }),
    judgeUnread: surroundings.readsAtStart && (isFinal || now - beganAt > START_GRACE_MS),
  });
  signal.throwIfAborted();
  return found !== null && (await mayHelp(surroundings, objects, signal)) ? found : null;
}

/** With no replicas the rollback is done when the next pods will carry the values, and the last ones are gone. */
async function nobodyServes(
  { carried }: RolloutSurroundings,
  objects: RolloutObjects,
  turning: Turning,
): Promise<Turn> {
  const { current } = replicaSetsOf(objects.deployment, objects.replicaSets);
  const left = podsOf(current === null ? [] : [current], objects.pods).filter(
    ({ status }) => !hasEnded(status?.phase),
  );
  if (left.length > 0) return { kind: 'waiting', why: `${left.map(podName).join(', ')} still ends` };
  const values = await carried({ signal: turning.signal });
  const otherwise = FLAG_NAMES.find((name) => !isAsWanted(name, values[name], turning));
  if (otherwise !== undefined)
    return {
      kind: 'waiting',
      why: `no process serves, but the next ones will carry ${otherwise}=${values[otherwise] ?? '(absent)'}`,
    };
  const found = FLAG_NAMES.filter((name) => turning.wanted[name] !== undefined).map(
    (name) => `${name}=${values[name] ?? '(absent)'}`,
  );
  const why = `no process serves (0 replicas); the next ones will carry ${found.join(', ')}`;
  return { kind: 'nobody', why };
}

function isPassing(error: unknown, outage: Outage): boolean {
  const types: readonly string[] = Object.values(RETRYABLE);
  return outage.covers(error) || (error instanceof ApplicationFailure && types.includes(error.type ?? ''));
}

/** Which process does not carry what it should; `null` = all do. */
function differs(processes: readonly ServingProcess[], options: SettleOptions): string | null {
  const { wanted } = options;
  const found = processes.flatMap(({ id, values }) =>
    FLAG_NAMES.filter((name) => !isAsWanted(name, values[name], options)).map(
      (name) =>
        `${id} carries ${name}=${values[name] ?? '(absent)'} instead of ${wanted[name] ?? '(absent)'}`,
    ),
  );
  return found[0] === undefined
    ? null
    : `${found[0]}${found.length > 1 ? ` (and ${String(found.length - 1)} more)` : ''}`;
}

/**
 * A step that enables wants its very word. A rollback wants what the application reads: a value that the image gives, or one
 * that an entrypoint writes in another way, is safe when it means the same, and no restart would change it.
 */
function isAsWanted(name: FlagName, value: string | null, options: SettleOptions): boolean {
  const asked = options.wanted[name];
  if (asked === undefined || asked === value) return true;
  return isRollback(options) && meansTheSame(name, value, asked);
}

/** Ordering waits for an API server that is away too: the next turn looks again, also at what an order without an answer did. */
async function restarted(surroundings: RolloutSurroundings, turning: Turning): Promise<boolean> {
  try {
    return await restart(surroundings, turning);
  } catch (error) {
    turning.signal.throwIfAborted();
    if (isPassing(error, turning.outage)) return false;
    throw error;
  }
}

/**
 * Orders one restart, but only while new pods would carry the wanted values: a worker that was frozen since it was allowed
 * to, and wakes after the rollback, restarts nothing. False: it was not the time for it.
 */
async function restart(
  { workload, carried, what }: RolloutSurroundings,
  options: SettleOptions & { readonly signal: AbortSignal },
): Promise<boolean> {
  const { permission, signal } = options;
  const manager = isRollback(options) ? ROLLBACK_MANAGERS.restart : FIELD_MANAGER;
  return permission('restart', async (budget) => {
    const limits = (): Limits => ({ signal, timeoutMs: Math.max(1, budget.leftMs()) });
    const values = await carried(limits());
    if (FLAG_NAMES.some((name) => wouldCarryAnother(name, values[name], options))) return false;
    return changeUntilNoConflict({
      what,
      read: () => workload.readDeployment(limits()),
      patchOf: (deployment) => restartPatch(deployment, new Date().toISOString()),
      write: async (patch) => {
        if (budget.leftMs() <= 0) return false;
        await workload.patchDeployment(patch, limits(), manager);
        return true;
      },
      signal,
    });
  });
}

/** Absent in the objects, a rollback cannot tell what the image gives: that shows in the processes. */
function wouldCarryAnother(name: FlagName, value: string | null, options: SettleOptions): boolean {
  if (isRollback(options) && value === null) return false;
  return !isAsWanted(name, value, options);
}
