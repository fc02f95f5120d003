import type { V1Container, V1EnvVar } from '@kubernetes/client-node';
import { effectiveFlag, FLAG_NAMES, SAFE_CHANGE, type FlagName } from '../../../procedure/flags.js';
import type { FlagAssignment, HiddenFlag, ServingProcess } from '../target.js';
import type { ConfigMapKeys } from './config-map-patch.js';
import {
  originText,
  type ContainerEnvironment,
  type SourceLookUp,
  type VariableClaim,
} from './container-environment.js';
import { entryOf, settingIn, sameSetting, type EnvSettings } from './env-setting.js';

/** The values that the four variables have while nothing is enabled, as the environment file names them. */
export type Baseline = Readonly<Record<FlagName, 'true' | 'false'>>;

/** Whether the application reads two values alike; one that is absent counts as its default in the code. Pure. */
export function meansTheSame(name: FlagName, left: string | null, right: string | null): boolean {
  return effectiveFlag(name, left) === effectiveFlag(name, right);
}

/** Whether a process that carries this value is safe: it is the baseline's, or one that seed §7.1 writes. Pure. */
export function isSafeValue(name: FlagName, value: string | null, baseline: Baseline): boolean {
  return (
    meansTheSame(name, value, baseline[name]) ||
    meansTheSame(name, value, SAFE_CHANGE[name] ?? baseline[name])
  );
}

/**
 * Which entries would give new processes another value than a safe one, each with its object. A value that nobody here can
 * know is not among them: it shows in the processes alone. Pure.
 */
export function unsafeEntries(environment: ContainerEnvironment, baseline: Baseline): readonly HiddenFlag[] {
  return entriesThat(environment, (name, value) => !isSafeValue(name, value, baseline));
}

/** Which entries would give new processes another value than the wanted one. Pure. */
export function hidingEntries(
  environment: ContainerEnvironment,
  wanted: FlagAssignment,
): readonly HiddenFlag[] {
  return entriesThat(environment, (name, value) => {
    const asked = wanted[name];
    return asked !== undefined && !meansTheSame(name, value, asked);
  });
}

/**
 * What every process has to carry after the captured state was put back: what the objects give, as far as that is safe;
 * otherwise what makes it safe. Pure.
 */
export function wantedAfter(environment: ContainerEnvironment, baseline: Baseline): FlagAssignment {
  return Object.fromEntries(
    FLAG_NAMES.map((name) => {
      const claim = environment.claims(name).at(-1);
      // What is not known here, or comes from no object but the image, has to be safe all the same.
      if (claim === undefined || claim.value === null) return [name, baseline[name]];
      return [
        name,
        isSafeValue(name, claim.value, baseline) ? claim.value : (SAFE_CHANGE[name] ?? baseline[name]),
      ];
    }),
  );
}

/** Why the captured state alone is no safe one any more; `null` = it is. */
export function unsafeNote(environment: ContainerEnvironment, baseline: Baseline): string | null {
  const entries = unsafeEntries(environment, baseline);
  if (!entries.some(({ name }) => SAFE_CHANGE[name] !== undefined)) return null;
  return `with the captured state alone the pods would not be safe any more, because somebody else has written meanwhile: ${entries.map(({ text }) => text).join('; ')}; so ENABLED=false and STRICT=false were written`;
}

/** The container as it would be with these settings in its `env`, for a look at what would come of them. Pure. */
export function withSettings(container: V1Container, settings: EnvSettings): V1Container {
  let env: V1EnvVar[] = [...(container.env ?? [])];
  for (const name of FLAG_NAMES) {
    const wanted = settings[name];
    if (wanted === undefined || sameSetting(settingIn(env, name), wanted)) continue;
    const entry = entryOf(name, wanted);
    const last = env.findLastIndex((one) => one.name === name);
    if (entry === null) env = env.filter((one) => one.name !== name);
    else if (last < 0) env.push(entry);
    else env[last] = entry;
  }
  const { name, envFrom } = container;
  return { name, env, ...(envFrom === undefined ? {} : { envFrom }) };
}

/** The sources as they would be with these values in the ConfigMap, for a look at what would come of them. Pure. */
export function withValues(
  lookUp: SourceLookUp,
  { configMap, keys, assignment }: ConfigMapValues,
): SourceLookUp {
  return (object) => {
    const content = lookUp(object);
    if (object.kind !== 'ConfigMap' || object.name !== configMap || content.state !== 'present')
      return content;
    const data = new Map(Object.entries(content.data));
    for (const name of FLAG_NAMES) {
      const [key, value] = [keys[name], assignment[name]];
      if (key === undefined || value === undefined) continue;
      if (value === null) data.delete(key);
      else data.set(key, value);
    }
    return { state: 'present', data: Object.fromEntries(data) };
  };
}

/**
 * What serving processes carry otherwise than the objects give it, and what a run could not take back for it: a value that is
 * written but not read yet would come with the run's own restart, one that is in no object would stay whatever is put back.
 * Pure.
 */
export function carriedOtherwise(
  environment: ContainerEnvironment,
  processes: readonly ServingProcess[],
  baseline: Baseline,
): readonly string[] {
  return FLAG_NAMES.flatMap((name) => {
    const claim = environment.claims(name).at(-1);
    if (claim?.value === null) return [];
    const otherwise = processes.find(({ values }) =>
      claim === undefined
        ? values[name] !== null && !isSafeValue(name, values[name], baseline)
        : !meansTheSame(name, values[name], claim.value),
    );
    if (otherwise === undefined) return [];
    const carries = `${otherwise.id} carries ${name}=${otherwise.values[name] ?? '(absent)'}`;
    return claim === undefined
      ? [
          `${carries}, which no object gives it but its image or its entrypoint: putting it back would not change it`,
        ]
      : [
          `${carries}, but ${originText(claim.origin)} gives ${name}=${claim.value ?? ''}: written and not read yet (the run's restart would switch it), or set by the image's entrypoint`,
        ];
  });
}

/** Values in a ConfigMap, by the variables that they are for. */
export interface ConfigMapValues {
  readonly configMap: string;
  readonly keys: ConfigMapKeys;
  readonly assignment: FlagAssignment;
}

function entriesThat(
  environment: ContainerEnvironment,
  isMeant: (name: FlagName, value: string) => boolean,
): readonly HiddenFlag[] {
  return FLAG_NAMES.flatMap((name): HiddenFlag[] => {
    const claim: VariableClaim | undefined = environment.claims(name).at(-1);
    if (claim?.value == null || !isMeant(name, claim.value)) return [];
    return [{ name, text: `${originText(claim.origin)} gives it ${name}=${claim.value}` }];
  });
}
