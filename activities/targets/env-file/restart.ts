import { setTimeout as delay } from 'node:timers/promises';
import type { EnvFileTargetSettings } from '../../../environment/settings.js';
import type { FlagValues } from '../../../procedure/flags.js';
import { textOf } from '../../support/failure.js';
import type { SettleOptions, SettleResult } from '../target.js';
import { readEnvFile, type EnvFileContent } from './env-file.js';
import { commandInFlight } from './in-flight.js';
import { standingsOf } from './env-file-text.js';
import { differing, nextStep, type RestartView } from './restart-decision.js';
import { servingTree } from './serving-processes.js';
import { programStatus, supervisorctl } from './supervisor.js';

/** What the state machine needs besides the target's settings. */
export interface RestartSurroundings {
  /** `null` when the readiness path answers 200, otherwise what it did. */
  readonly readinessProblem: (signal: AbortSignal) => Promise<string | null>;
  /** The last lines of the program's log, masked, for a failure's reason. */
  readonly lastLogLines: () => Promise<string>;
}

const POLL_MS = 300;
/** The same serving processes for so long, so that a worker that dies at once is noticed. */
const STABLE_MS = 1500;
/** Fewer serving processes than before are waited for so long, then accepted: the file may have changed their number. */
const MISSING_WORKERS_MS = 10_000;
/** A rollback does not hang on a readiness page that stays red for another reason, a database for example. */
const READINESS_GRACE_MS = 20_000;
/** So many different first processes within one restart are a loop, even if the supervisor still says RUNNING. */
const LOOP_STARTS = 4;

/** Where one restart stands; a new attempt begins with an empty one and loses nothing. */
interface Progress {
  starts: number;
  countBefore: number;
  readonly roots: Set<number>;
  stable: { readonly pids: string; readonly since: number } | null;
  carriedSince: number | null;
  waitingFor: string;
}

/**
 * Brings it about that every serving process carries the wanted values: restarts when needed and only then, and waits
 * until the processes are stable and ready. State decides at every turn, so it may be killed and called again at any point.
 */
export async function settleProgram(
  settings: EnvFileTargetSettings,
  surroundings: RestartSurroundings,
  options: SettleOptions & { readonly signal: AbortSignal },
): Promise<SettleResult> {
  const deadline = performance.now() + settings.restartTimeoutMs;
  const progress: Progress = {
    starts: 0,
    countBefore: 0,
    roots: new Set(),
    stable: null,
    carriedSince: null,
    waitingFor: '',
  };
  const failed = async (reason: string, restartLoop: boolean): Promise<SettleResult> => ({
    status: 'failed',
    restarted: progress.starts > 0,
    restartLoop,
    reason: `${settings.supervisor.program}: ${reason}. Last lines of its log: ${await surroundings.lastLogLines()}`,
  });
  for (;;) {
    options.signal.throwIfAborted();
    const view = await look(settings, options, progress);
    const step = nextStep(view);
    if (progress.roots.size >= LOOP_STARTS) {
      return failed(`it died and was started ${String(progress.roots.size)} times within this restart`, true);
    }
    switch (step.kind) {
      case 'fail':
        return failed(step.reason, step.restartLoop);
      case 'start':
      case 'restart':
        progress.countBefore = Math.max(progress.countBefore, view.processes.length);
        progress.stable = null;
        progress.carriedSince = null;
        await command(step.kind, settings, { ...options, deadline });
        progress.starts += 1;
        break;
      case 'wait':
        progress.stable = null;
        progress.carriedSince = null;
        progress.waitingFor = step.why;
        break;
      case 'carried': {
        const note = await completeness(view, progress, { surroundings, options });
        if (note !== undefined)
          return { status: 'complete', restarted: progress.starts > 0, restartLoop: false, reason: note };
      }
    }
    if (performance.now() > deadline) {
      return failed(
        `not complete after ${String(settings.restartTimeoutMs)} ms: ${progress.waitingFor}`,
        progress.roots.size > 1,
      );
    }
    await delay(POLL_MS, undefined, { signal: options.signal });
  }
}

async function look(
  settings: EnvFileTargetSettings,
  options: SettleOptions & { readonly signal: AbortSignal },
  progress: Progress,
): Promise<RestartView> {
  // This order matters: a command that ends between two looks shows its effect in the later one.
  const inFlight = await commandInFlight(settings.supervisor);
  const status = await programStatus(settings.supervisor, options.signal);
  const tree = status.pid === null ? { startedAtMs: null, processes: [] } : await servingTree(status.pid);
  const file = await readEnvFile(settings.envFile);
  if (status.pid !== null && progress.starts > 0) progress.roots.add(status.pid);
  return {
    commandInFlight: inFlight,
    state: status.state,
    startedAtMs: tree.startedAtMs,
    fileWrittenAtMs: file.modifiedAtMs,
    fileValues: valuesIn(file),
    processes: tree.processes,
    wanted: options.wanted,
    starts: progress.starts,
  };
}

async function command(
  action: 'start' | 'restart',
  settings: EnvFileTargetSettings,
  options: SettleOptions & { readonly signal: AbortSignal; readonly deadline: number },
): Promise<void> {
  await options.permission(action, async (budget) => {
    // A worker that was frozen since it was allowed to: the rollback has passed meanwhile, the next look tells.
    if (differing(valuesIn(await readEnvFile(settings.envFile)), options.wanted).length > 0) return;
    const timeoutMs = Math.max(1000, Math.min(budget.leftMs(), options.deadline - performance.now()));
    // Its answer is not needed: the next look tells what became of it, also when it was cut off here.
    await supervisorctl(settings.supervisor, action, { timeoutMs, signal: options.signal });
  });
}

function valuesIn(file: EnvFileContent): FlagValues {
  return Object.fromEntries(standingsOf(file.text).map(({ name, value }) => [name, value])) as FlagValues;
}

/** `undefined` = not complete yet; otherwise complete, with what is worth knowing. */
async function completeness(
  view: RestartView,
  progress: Progress,
  {
    surroundings,
    options,
  }: {
    readonly surroundings: RestartSurroundings;
    readonly options: SettleOptions & { readonly signal: AbortSignal };
  },
): Promise<string | null | undefined> {
  const now = performance.now();
  progress.carriedSince ??= now;
  const pids = view.processes
    .map(({ pid }) => pid)
    .sort((left, right) => left - right)
    .join(' ');
  if (progress.stable?.pids !== pids) progress.stable = { pids, since: now };
  // Nothing was restarted: the processes served before this call, so there is nothing that could still fall over.
  const stableFor =
    progress.starts === 0 && view.startedAtMs !== null && Date.now() - view.startedAtMs > 15_000
      ? Infinity
      : now - progress.stable.since;
  if (stableFor < STABLE_MS) {
    progress.waitingFor = 'the serving processes are not stable yet';
    return undefined;
  }
  const missing = progress.countBefore - view.processes.length;
  if (missing > 0 && now - progress.carriedSince < MISSING_WORKERS_MS) {
    progress.waitingFor = `${String(missing)} of ${String(progress.countBefore)} serving processes are not back yet`;
    return undefined;
  }
  const problem = await surroundings
    .readinessProblem(options.signal)
    .catch((error: unknown) => textOf(error));
  const fewer = missing > 0 ? `${String(missing)} serving process(es) fewer than before` : null;
  if (problem === null) return fewer;
  progress.waitingFor = problem;
  const tolerated = options.readiness === 'reported' && now - progress.carriedSince > READINESS_GRACE_MS;
  return tolerated ? `every serving process carries the values, but ${problem}` : undefined;
}
