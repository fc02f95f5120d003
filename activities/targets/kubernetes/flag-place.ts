import type { V1Deployment } from '@kubernetes/client-node';
import { ENABLE_CHANGE, FLAG_NAMES, SAFE_CHANGE, type FlagName } from '../../../procedure/flags.js';
import type { KubernetesTargetSettings } from '../../../environment/settings.js';
import type { FlagCapture } from '../../contract.js';
import {
  assignmentOf,
  type FlagAssignment,
  type HiddenFlag,
  type Permission,
  type PutBack,
} from '../target.js';
import { captureOfDeployment } from './capture.js';
import { requestText, TIME_OF_CHANGE } from './change-preview.js';
import { changeUntilNoConflict } from './conflict.js';
import { environmentOf, type ContainerEnvironment, type SourceLookUp } from './container-environment.js';
import { containerOf, envPatch } from './env-patch.js';
import { settingsOfAssignment, settingsOfCapture, type EnvSettings } from './env-setting.js';
import { hidingEntries, unsafeNote, wantedAfter, withSettings, type Baseline } from './safe-values.js';
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
  /** The requests that switch dual-write on, as they would be sent now, one text each. Changes nothing. */
  preview(limits: Limits): Promise<readonly string[]>;
  /** Writes values. False: everything stood as asked already. */
  write(assignment: FlagAssignment, permission: Permission, limits: Limits): Promise<boolean>;
  /**
   * Puts a captured state back, references included, and gives the values that the processes have to carry then. Where what
   * somebody else has written would make it unsafe, the values of seed §7.1 are written over it, in the same one change.
   */
  putBack(capture: FlagCapture, permission: Permission, limits: Limits): Promise<PutBack>;
  /** Which entries give new pods another value than the wanted one. */
  hiding(wanted: FlagAssignment, limits: Limits): Promise<readonly HiddenFlag[]>;
  /**
   * When what the pods read at their start was last written, by the server's clock: those that were started before carry what
   * was there then. `null` = nobody knows, or they read nothing of the kind.
   */
  changedAt(limits: Limits): Promise<Date | null>;
  /** What the container sees, by the objects as they are. */
  environment(limits: Limits): Promise<ContainerEnvironment>;
  /** What new pods would carry of these variables, by the objects as they are. */
  carried(limits: Limits): Promise<Readonly<Record<FlagName, string | null>>>;
}

/** What a place is worked out from. */
export interface World {
  readonly workload: Workload;
  readonly settings: KubernetesTargetSettings;
  readonly baseline: Baseline;
}

/** One look at it. */
export interface Seen {
  readonly deployment: V1Deployment;
  readonly lookUp: SourceLookUp;
  readonly environment: ContainerEnvironment;
}

/** The Deployment with what its container sees. */
export async function look({ workload, settings }: World, limits: Limits): Promise<Seen> {
  const deployment = await workload.readDeployment(limits);
  const { container } = containerOf(deployment, settings.container);
  const lookUp = await workload.readSources(container, limits);
  return { deployment, lookUp, environment: environmentOf(container, lookUp) };
}

/** What the container sees, `null` = absent or not to be known from outside. */
export function valuesOf(environment: ContainerEnvironment): Record<FlagName, string | null> {
  return Object.fromEntries(
    FLAG_NAMES.map((name) => [name, environment.claims(name).at(-1)?.value ?? null]),
  ) as Record<FlagName, string | null>;
}

/** What keeps a value that is written there from being seen. */
export function problemsAt(world: World, { deployment, environment }: Seen, place: WrittenPlace): string[] {
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
    preview: async (limits) => {
      const patch = envPatch(await workload.readDeployment(limits), {
        container: settings.container,
        settings: settingsOfAssignment(assignmentOf(ENABLE_CHANGE)),
        restartedAt: TIME_OF_CHANGE,
      });
      return [requestText(`deployment ${settings.namespace}/${settings.deployment}`, patch)];
    },
    write: (assignment, permission, limits) =>
      write({ settings: settingsOfAssignment(assignment) }, permission, limits),
    putBack: async (capture, permission, limits) => {
      const { restartedAt } = capture;
      const captured = settingsOfCapture(capture);
      const { container } = containerOf(await workload.readDeployment(limits), settings.container);
      const then = withSettings(container, captured);
      // Before it is written: what is written and then written over would be two rollouts, at every try.
      const note = unsafeNote(environmentOf(then, await workload.readSources(then, limits)), baseline);
      const back = {
        settings:
          note === null ? captured : { ...captured, ...settingsOfAssignment(assignmentOf(SAFE_CHANGE)) },
        ...(restartedAt === undefined ? {} : { restartedAt }),
      };
      const written = await write(back, permission, limits);
      const { environment } = await look(world, limits);
      return { written, wanted: wantedAfter(environment, baseline), ...(note === null ? {} : { note }) };
    },
    hiding: async (wanted, limits) => hidingEntries((await look(world, limits)).environment, wanted),
    // What stands in the template itself, its pods have.
    changedAt: () => Promise.resolve(null),
    environment: async (limits) => (await look(world, limits)).environment,
    carried,
  };
}
