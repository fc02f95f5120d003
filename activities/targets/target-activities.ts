import { activityInfo } from '@temporalio/activity';
import { RETRYABLE } from '../../procedure/failures.js';
import type {
  ChangeFlagsInput,
  ChangeFlagsOutput,
  RestoreFlagsInput,
  StepScope,
  TargetActivities,
} from '../contract.js';
import type { ActivityDeps } from '../support/deps.js';
import { failure, textOf } from '../support/failure.js';
import { jsonText, writeEvidenceFile } from '../support/files.js';
import type { Databases } from '../database/database.js';
import { countingFor } from '../database/report-counts.js';
import { createTarget } from './create-target.js';
import { countQueries } from './query-counts.js';
import { beating } from './heartbeat.js';
import { freePermission, permissionFor } from './permission.js';
import { validationReport } from './report-step.js';
import { readServingFlags } from './read-serving-flags.js';
import { collectStaticFiles } from './static-files.js';
import { takeBack } from './take-back.js';
import { assignmentOf, type SettleResult, type Target } from './target.js';

/** Everything that reads or changes the application under test, through the method that the environment names. */
export function createTargetActivities(deps: ActivityDeps, databases: Databases): TargetActivities {
  const targetOf = async ({ environment }: StepScope): Promise<Target> =>
    createTarget(await deps.loadEnvironment(environment.name, environment.digest), deps);
  return {
    readServingFlags: (input) =>
      beating(async (signal) => {
        const environment = await deps.loadEnvironment(input.environment.name, input.environment.digest);
        const { baseline } = environment.settings.flags;
        return readServingFlags({ target: createTarget(environment, deps), baseline }, input, signal);
      }),
    captureFlags: (input) =>
      beating(async (signal) => {
        const captured = await (await targetOf(input)).captureFlags(signal);
        await writeEvidenceFile(input.evidence, 'baseline/flags_captured.json', jsonText(captured));
        return captured;
      }),
    changeFlags: (input) =>
      beating(async (signal) => changeFlags(deps, await targetOf(input), { input, signal })),
    restoreFlags: (input) => beating((signal) => restoreFlags(deps, input, signal)),
    runValidationReport: (input) =>
      beating(async (signal) => {
        const count = countingFor(
          databases,
          await deps.loadEnvironment(input.environment.name, input.environment.digest),
        );
        const target = await targetOf(input);
        // Before everything that the baseline measures.
        const now = input.side === 'baseline' ? await target.readChanges?.(null, signal) : undefined;
        const report = await validationReport({ target, count }, input, signal);
        return now === undefined ? report : { ...report, target: now.state };
      }),
    countQueries: (input) =>
      beating(async (signal) => {
        const environment = await deps.loadEnvironment(input.environment.name, input.environment.digest);
        return countQueries(
          { target: createTarget(environment, deps), environment, databases },
          input,
          signal,
        );
      }),
    collectStatic: (input) =>
      beating(async (signal) => {
        const { settings } = await deps.loadEnvironment(input.environment.name, input.environment.digest);
        return collectStaticFiles(await targetOf(input), settings.api, signal);
      }),
  };
}

async function changeFlags(
  deps: ActivityDeps,
  target: Target,
  { input, signal }: { readonly input: ChangeFlagsInput; readonly signal: AbortSignal },
): Promise<ChangeFlagsOutput> {
  const began = performance.now();
  const { activityId, attempt, workflowExecution } = activityInfo();
  const owner = `${workflowExecution?.workflowId ?? 'no-workflow'}/${activityId}/${String(attempt)}`;
  const permission =
    input.authority === null ? freePermission : permissionFor(deps.client, input.authority, owner);
  const wanted = assignmentOf(input.change);
  const written = await target.setFlags(wanted, permission, signal);
  const settled = await target.settle({ wanted, permission, readiness: 'required' }, signal);
  const enables = Object.values(input.change).includes('true');
  return output({ written, settled, id: input.observationId, change: enables ? 'enable' : 'disable', began });
}

/**
 * The environment file may have been edited since the run was planned. That must not stand in the way of a rollback, as
 * long as the file still leads to the place whose state was captured.
 */
async function targetForRestore(deps: ActivityDeps, input: RestoreFlagsInput): Promise<Target> {
  const { name, digest } = input.environment;
  try {
    return createTarget(await deps.loadEnvironment(name, digest), deps);
  } catch (error) {
    const target = createTarget(await deps.loadEnvironment(name), deps);
    if (input.capture === null || target.place === input.capture.place) return target;
    throw error;
  }
}

async function restoreFlags(
  deps: ActivityDeps,
  input: RestoreFlagsInput,
  signal: AbortSignal,
): Promise<ChangeFlagsOutput> {
  const began = performance.now();
  const { capture } = input;
  try {
    const target = await targetForRestore(deps, input);
    const { written, settled, note } = await takeBack(target, capture, signal);
    const made = output({ written, settled, id: input.observationId, change: 'disable', began });
    return note === undefined ? made : { ...made, note };
  } catch (error) {
    signal.throwIfAborted();
    // Whatever stands in the way, a rollback is tried again until it is done: nothing is terminal here.
    throw failure(RETRYABLE.notYet, `The flags are not back yet: ${textOf(error)}`, error);
  }
}

interface Made {
  readonly written: boolean;
  readonly settled: SettleResult;
  readonly id: string;
  readonly change: 'enable' | 'disable';
  readonly began: number;
}

function output({ written, settled, id, change, began }: Made): ChangeFlagsOutput {
  return {
    changed: written || settled.restarted,
    restarted: settled.restarted,
    rollout: {
      kind: 'rollout',
      id,
      at: new Date().toISOString(),
      source: 'supervisor',
      change,
      status: settled.status,
      restartLoop: settled.restartLoop,
      durationMs: Math.round(performance.now() - began),
      reason: settled.reason,
    },
  };
}
