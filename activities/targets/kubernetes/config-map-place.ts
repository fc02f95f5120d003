import type { V1ConfigMap } from '@kubernetes/client-node';
import { ENABLE_CHANGE, FLAG_NAMES, SAFE_CHANGE, type FlagName } from '../../../procedure/flags.js';
import { TERMINAL } from '../../../procedure/failures.js';
import type { FlagCapture } from '../../contract.js';
import { failure } from '../../support/failure.js';
import { assignmentOf, type FlagAssignment, type Permission } from '../target.js';
import { captureOfConfigMap } from './capture.js';
import { configMapPatch, type ConfigMapKeys } from './config-map-patch.js';
import { requestText, TIME_OF_CHANGE } from './change-preview.js';
import { changeUntilNoConflict } from './conflict.js';
import { environmentOf } from './container-environment.js';
import { containerOf, restartBackPatch, restartPatch } from './env-patch.js';
import { look, problemsAt, valuesOf, type FlagPlace, type Seen, type World } from './flag-place.js';
import { ownersOf, ROLLBACK_MANAGERS } from './ownership.js';
import { hidingEntries, unsafeNote, wantedAfter, withValues } from './safe-values.js';
import { placeOfVariable } from './variable-place.js';
import type { Limits } from './workload.js';

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
  const restartBack = async (
    { restartedAt }: FlagCapture,
    permission: Permission,
    limits: Limits,
  ): Promise<boolean> => {
    if (restartedAt === undefined) return false;
    return changeUntilNoConflict({
      what: `deployment ${settings.namespace}/${settings.deployment}`,
      read: () => workload.readDeployment(limits),
      patchOf: (deployment) => restartBackPatch(deployment, restartedAt),
      write: (patch) =>
        permission('restart', async (budget) => {
          if (budget.leftMs() <= 0) return false;
          const within = { ...limits, timeoutMs: budget.leftMs() };
          await workload.patchDeployment(patch, within, ROLLBACK_MANAGERS.putBack);
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
      const objects = {
        configMap: await workload.readConfigMap(name, limits),
        deployment: seen.deployment,
      };
      return captureOfConfigMap(objects, {
        ...{ place, environment: seen.environment, baseline, keys: keysOf(seen) },
        capturedAt: new Date().toISOString(),
      });
    },
    problems: async (limits) => problemsAt(world, await look(world, limits), { kind: 'config-map', name }),
    preview: async (limits) => {
      const seen = await look(world, limits);
      const patch = configMapPatch(await workload.readConfigMap(name, limits), {
        keys: keysOf(seen),
        assignment: assignmentOf(ENABLE_CHANGE),
      });
      return [
        requestText(place, patch),
        requestText(
          `deployment ${settings.namespace}/${settings.deployment}`,
          restartPatch(seen.deployment, TIME_OF_CHANGE),
        ),
      ];
    },
    write,
    putBack: async (capture, permission, limits) => {
      const captured: FlagAssignment = Object.fromEntries(
        capture.variables.map((one) => [one.name, one.value]),
      );
      const seen = await look(world, limits);
      const then = withValues(seen.lookUp, { configMap: name, keys: keysOf(seen), assignment: captured });
      const { container } = containerOf(seen.deployment, settings.container);
      const note = unsafeNote(environmentOf(container, then), baseline);
      const values = note === null ? captured : { ...captured, ...assignmentOf(SAFE_CHANGE) };
      const written = await write(values, permission, limits);
      // Only now: pods that start read what stands there.
      const restarted = await restartBack(capture, permission, limits);
      const { environment } = await look(world, limits);
      const wanted = wantedAfter(environment, baseline);
      return { written: written || restarted, wanted, ...(note === null ? {} : { note }) };
    },
    hiding: async (wanted, limits) => hidingEntries((await look(world, limits)).environment, wanted),
    changedAt: async (limits) => {
      const keys = keysOf(await look(world, limits));
      const { metadata } = await workload.readConfigMap(name, limits);
      const times = Object.values(keys).flatMap(
        (key) => ownersOf(metadata, ['f:data', `f:${key}`])[0]?.time ?? [],
      );
      const newest = times.toSorted().at(-1);
      return newest === undefined ? null : new Date(newest);
    },
    environment: async (limits) => (await look(world, limits)).environment,
    carried: async (limits) => valuesOf((await look(world, limits)).environment),
  };
}
