import type { V1ConfigMap, V1Deployment } from '@kubernetes/client-node';
import { FLAG_NAMES, type FlagName } from '../../../procedure/flags.js';
import { TERMINAL } from '../../../procedure/failures.js';
import type { KubernetesTargetSettings } from '../../../environment/settings.js';
import type { FlagCapture } from '../../contract.js';
import { failure } from '../../support/failure.js';
import type { FlagAssignment, Permission } from '../target.js';
import { captureOfConfigMap, captureOfDeployment } from './capture.js';
import { configMapPatch, type ConfigMapKeys } from './config-map-patch.js';
import { changeUntilNoConflict } from './conflict.js';
import { environmentOf, type ContainerEnvironment } from './container-environment.js';
import { containerOf, envPatch } from './env-patch.js';
import { settingsOfAssignment, settingsOfCapture, type EnvSettings } from './env-setting.js';
import { placeOfVariable, type WrittenPlace } from './variable-place.js';
import type { Limits, Workload } from './workload.js';

/** The place in the cluster where a method writes the four variables, and what the pods make of it. */
export interface FlagPlace {
  /** As captures and messages name it. */
  readonly place: string;
  /** Where the variables stand now. Changes nothing. */
  capture(limits: Limits): Promise<FlagCapture>;
  /** What keeps a value that is written there from reaching the processes; empty = nothing. */
  problems(limits: Limits): Promise<readonly string[]>;
  /** Writes values. False: everything stood as asked already. */
  write(assignment: FlagAssignment, permission: Permission, limits: Limits): Promise<boolean>;
  /** Puts a captured state back, references included, and gives the values that the processes carry then. */
  putBack(
    capture: FlagCapture,
    permission: Permission,
    limits: Limits,
  ): Promise<{ readonly written: boolean; readonly wanted: FlagAssignment }>;
  /** What new pods would carry of these variables, by the objects as they are. */
  carried(limits: Limits): Promise<Readonly<Record<FlagName, string | null>>>;
}

interface World {
  readonly workload: Workload;
  readonly settings: KubernetesTargetSettings;
  readonly baseline: Readonly<Record<FlagName, 'true' | 'false'>>;
}

interface Seen {
  readonly deployment: V1Deployment;
  readonly environment: ContainerEnvironment;
}

async function look({ workload, settings }: World, limits: Limits): Promise<Seen> {
  const deployment = await workload.readDeployment(limits);
  const { container } = containerOf(deployment, settings.container);
  const environment = environmentOf(container, await workload.readSources(container, limits));
  return { deployment, environment };
}

/** What the container sees, `null` = absent or not to be known from outside. */
function valuesOf(environment: ContainerEnvironment): Record<FlagName, string | null> {
  return Object.fromEntries(
    FLAG_NAMES.map((name) => [name, environment.claims(name).at(-1)?.value ?? null]),
  ) as Record<FlagName, string | null>;
}

function problemsAt(world: World, { deployment, environment }: Seen, place: WrittenPlace): string[] {
  const { container } = containerOf(deployment, world.settings.container);
  return [
    ...FLAG_NAMES.flatMap((name) => placeOfVariable(container, environment, { name, place }).problems),
    ...environment.missing,
  ];
}

/** Method A: the container's own `env`. Variables and restart go in one patch, so there is one rollout. */
export function envPlace(world: World): FlagPlace {
  const { workload, settings, baseline } = world;
  const place = `deployment ${settings.namespace}/${settings.deployment}, env of container ${settings.container}`;
  const write = (
    {
      settings: wanted,
      restartedAt,
    }: { readonly settings: EnvSettings; readonly restartedAt?: string | null },
    permission: Permission,
    limits: Limits,
  ): Promise<boolean> =>
    changeUntilNoConflict({
      what: `deployment ${settings.namespace}/${settings.deployment}`,
      read: () => workload.readDeployment(limits),
      patchOf: (deployment) =>
        envPatch(deployment, {
          container: settings.container,
          settings: wanted,
          restartedAt: restartedAt === undefined ? new Date().toISOString() : restartedAt,
        }),
      write: (patch) =>
        permission('write', async (budget) => {
          if (budget.leftMs() <= 0) return false;
          await workload.patchDeployment(patch, { ...limits, timeoutMs: budget.leftMs() });
          return true;
        }),
      signal: limits.signal,
    });
  const carried = async (limits: Limits): Promise<Record<FlagName, string | null>> =>
    valuesOf((await look(world, limits)).environment);
  return {
    place,
    capture: async (limits) => {
      const { deployment, environment } = await look(world, limits);
      const capturedAt = new Date().toISOString();
      return captureOfDeployment(deployment, {
        ...{ place, environment, baseline, capturedAt, container: settings.container },
      });
    },
    problems: async (limits) => problemsAt(world, await look(world, limits), { kind: 'env' }),
    write: (assignment, permission, limits) =>
      write({ settings: settingsOfAssignment(assignment) }, permission, limits),
    putBack: async (capture, permission, limits) => {
      const { restartedAt } = capture;
      const back = {
        settings: settingsOfCapture(capture),
        ...(restartedAt === undefined ? {} : { restartedAt }),
      };
      const written = await write(back, permission, limits);
      return { written, wanted: await carried(limits) };
    },
    carried,
  };
}

/** Method B: a ConfigMap. The pods see nothing of it before they are restarted. */
export function configMapPlace(world: World): FlagPlace {
  const { workload, settings, baseline } = world;
  const name = settings.configMap;
  const place = `config map ${settings.namespace}/${name}`;
  const keysOf = ({ deployment, environment }: Seen): ConfigMapKeys => {
    const { container } = containerOf(deployment, settings.container);
    const found = FLAG_NAMES.flatMap((variable): [FlagName, string][] => {
      const { key } = placeOfVariable(container, environment, {
        name: variable,
        place: { kind: 'config-map', name },
      });
      return key === null ? [] : [[variable, key]];
    });
    return Object.fromEntries(found);
  };
  const write = async (
    assignment: FlagAssignment,
    permission: Permission,
    limits: Limits,
  ): Promise<boolean> => {
    const keys = keysOf(await look(world, limits));
    return changeUntilNoConflict({
      what: place,
      read: (): Promise<V1ConfigMap> => workload.readConfigMap(name, limits),
      patchOf: (configMap) => configMapPatch(configMap, { keys, assignment }),
      write: (patch) =>
        permission('write', async (budget) => {
          if (budget.leftMs() <= 0) return false;
          await workload.patchConfigMap(name, patch, { ...limits, timeoutMs: budget.leftMs() });
          return true;
        }),
      signal: limits.signal,
    });
  };
  return {
    place,
    capture: async (limits) => {
      const seen = await look(world, limits);
      const unclear = problemsAt(world, seen, { kind: 'config-map', name });
      if (unclear.length > 0)
        throw failure(TERMINAL.unexpected, `${place}: ${unclear.join('; ')}. Nothing was changed.`);
      return captureOfConfigMap(await workload.readConfigMap(name, limits), {
        ...{ place, environment: seen.environment, baseline, keys: keysOf(seen) },
        capturedAt: new Date().toISOString(),
      });
    },
    problems: async (limits) => problemsAt(world, await look(world, limits), { kind: 'config-map', name }),
    write,
    putBack: async (capture, permission, limits) => {
      const values = Object.fromEntries(capture.variables.map((one) => [one.name, one.value]));
      const written = await write(values, permission, limits);
      return { written, wanted: valuesOf((await look(world, limits)).environment) };
    },
    carried: async (limits) => valuesOf((await look(world, limits)).environment),
  };
}
