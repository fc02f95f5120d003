import { ApplicationFailure } from '@temporalio/common';
import type { KubernetesTargetSettings } from '../../../environment/settings.js';
import type { FlagName } from '../../../procedure/flags.js';
import { TERMINAL } from '../../../procedure/failures.js';
import { failure } from '../../support/failure.js';
import { patiently } from '../../support/patiently.js';
import type { CommandResult } from '../command.js';
import type { ManagementOptions, Target } from '../target.js';
import { kubernetesAccessChecks } from './access-checks.js';
import type { KubernetesClient } from './client.js';
import { clientOf } from './client-cache.js';
import { configMapPlace } from './config-map-place.js';
import { containerOf } from './env-patch.js';
import { execInPod } from './exec.js';
import { envPlace, type FlagPlace } from './flag-place.js';
import { lastLogLines } from './last-log-lines.js';
import type { RolloutProblem } from './rollout-state.js';
import { readyPods, servingInOne, servingInPods } from './serving-pods.js';
import { settleRollout } from './settle-rollout.js';
import { changesSince, type ChangeableObjects } from './target-changes.js';
import { createWorkload, type Limits, type Workload } from './workload.js';
import { flagKeysOf } from './written-place.js';

export interface KubernetesTargetDeps {
  /** `null` when the readiness path answers 200, otherwise what it did. */
  readonly readinessProblem: (signal: AbortSignal) => Promise<string | null>;
  /** The values that the four variables must have for a captured state to be a safe one to go back to. */
  readonly baseline: Readonly<Record<FlagName, 'true' | 'false'>>;
}

/** What every part of a target in a cluster works with. */
export interface KubernetesParts {
  readonly settings: KubernetesTargetSettings;
  readonly client: KubernetesClient;
  readonly workload: Workload;
  readonly flags: FlagPlace;
  /** The values that the four variables have while nothing is enabled. */
  readonly baseline: KubernetesTargetDeps['baseline'];
}

const LAST_LINES = 6;
/** An API server that restarts is back by then; the call that reads has two minutes, of which one look takes some seconds. */
const PATIENCE_MS = 60_000;

/** Methods A and B of seed §2: the application is a Deployment; nothing is asked of the cluster before the first call. */
export function createKubernetesTarget(
  settings: KubernetesTargetSettings,
  deps: KubernetesTargetDeps,
): Target {
  const parts = kubernetesParts(settings, deps.baseline);
  const { namespace, deployment, container, configMap } = settings;
  const what = `deployment ${namespace}/${deployment}`;
  const isConfigMap = settings.method === 'kubernetes-config-map';
  const readServing: Target['readServingFlags'] = (signal) => {
    const { client, workload } = parts();
    return servingInPods({ client, workload, place: settings }, signal);
  };
  return {
    method: isConfigMap
      ? { letter: 'B', description: `config map ${namespace}/${configMap}, ${what}` }
      : { letter: 'A', description: `${what}, env of container ${container}` },
    place: isConfigMap ? `config map ${namespace}/${configMap}` : `${what}, env of container ${container}`,
    patienceMs: PATIENCE_MS,
    readServingFlags: readServing,
    captureFlags: (signal) => parts().flags.capture({ signal }),
    setFlags: (assignment, permission, signal) =>
      patiently({ signal, forMs: PATIENCE_MS }, () =>
        parts().flags.write(assignment, permission, { signal }),
      ),
    putBack: (capture, permission, signal) => parts().flags.putBack(capture, permission, { signal }),
    hiding: (wanted, signal) => parts().flags.hiding(wanted, { signal }),
    settle: (options, signal) => {
      const { client, workload, flags } = parts();
      return settleRollout(
        {
          ...{ workload, what, timeoutMs: settings.restartTimeoutMs, readServing },
          container,
          readPod: (pod, aborted) => servingInOne({ client, place: settings, pod }, aborted),
          carried: (limits) => flags.carried(limits),
          readsAtStart: isConfigMap,
          changedAt: (limits) => flags.changedAt(limits),
          readinessProblem: deps.readinessProblem,
          lastLines: (problems, aborted) => lastLines({ client, namespace }, problems, aborted),
        },
        { ...options, signal },
      );
    },
    readChanges: async (since, signal, leaveOut) =>
      changesSince(since, await changeable(parts(), { signal }), leaveOut),
    runManagement: (args, options) => runManagement(parts(), args, options),
    accessChecks: () => kubernetesAccessChecks(parts, isConfigMap),
  };
}

/** Connecting reads files that may be missing, which is a failure of the call that needs it: so it is done by the first one. */
export function kubernetesParts(
  settings: KubernetesTargetSettings,
  baseline: KubernetesTargetDeps['baseline'],
): () => KubernetesParts {
  let made: KubernetesParts | null = null;
  return () => (made ??= partsOf(settings, baseline));
}

function partsOf(
  settings: KubernetesTargetSettings,
  baseline: KubernetesTargetDeps['baseline'],
): KubernetesParts {
  const client = clientOf(settings);
  const workload = createWorkload(client, settings);
  const world = { workload, settings, baseline };
  const flags = settings.method === 'kubernetes-config-map' ? configMapPlace(world) : envPlace(world);
  return { settings, client, workload, flags, baseline };
}

/** All that the run's change consists of: by method B the pods' own objects say nothing of the values. */
async function changeable(
  { workload, settings }: KubernetesParts,
  limits: Limits,
): Promise<ChangeableObjects> {
  const objects = await workload.readRollout(limits);
  if (settings.method !== 'kubernetes-config-map') return objects;
  const name = settings.configMap;
  const { container } = containerOf(objects.deployment, settings.container);
  const object = await workload.readConfigMap(name, limits).catch((error: unknown) => {
    if (error instanceof ApplicationFailure && error.type === TERMINAL.notFound) return null;
    throw error;
  });
  return { ...objects, configMap: { name, object, keys: flagKeysOf(container, name) } };
}

/** In one of the pods that serve; the others have the same image and the same variables, or the rollout is not complete. */
async function runManagement(
  { settings, client, workload }: KubernetesParts,
  args: readonly string[],
  { signal, timeoutMs }: ManagementOptions,
): Promise<CommandResult> {
  const { namespace, container, deployment, manage } = settings;
  const pod = readyPods(await workload.readRollout({ signal }))
    .toSorted((left, right) => born(right) - born(left))
    .at(0)?.metadata?.name;
  if (pod === undefined)
    throw failure(
      TERMINAL.notFound,
      `No pod of deployment ${namespace}/${deployment} is ready, so ${manage.command.join(' ')} cannot be run.`,
    );
  const argv = [...manage.command, ...args];
  const result = await execInPod(client, { namespace, pod, container, argv }, { timeoutMs, signal });
  if (result.problem === 'not-found' || result.problem === 'not-permitted')
    throw failure(
      TERMINAL.notFound,
      `The management command "${manage.command.join(' ')}" cannot be started in container ${container} of pod ${pod} (${result.problem}). Correct target.manage in the environment file.`,
    );
  return result;
}

function born({ metadata }: { readonly metadata?: { readonly creationTimestamp?: Date } }): number {
  return metadata?.creationTimestamp?.getTime() ?? 0;
}

/** Of the first container that dies. */
async function lastLines(
  { client, namespace }: { readonly client: KubernetesClient; readonly namespace: string },
  problems: readonly RolloutProblem[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const dying = problems.find(({ kind }) => kind === 'crash-loop' || kind === 'out-of-memory');
  if (dying?.pod == null || dying.container === null) return [];
  const { pod, container } = dying;
  return lastLogLines(client, { namespace, pod, container, lines: LAST_LINES }, { signal });
}
