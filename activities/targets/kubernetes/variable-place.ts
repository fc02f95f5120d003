import type { V1Container } from '@kubernetes/client-node';
import type { FlagName } from '../../../procedure/flags.js';
import {
  keyOfEnv,
  objectOfEnvFrom,
  originText,
  type ContainerEnvironment,
  type VariableClaim,
} from './container-environment.js';

/** The place that a method writes: the container's own `env` list (A), or a ConfigMap that it takes variables from (B). */
export type WrittenPlace = { readonly kind: 'env' } | { readonly kind: 'config-map'; readonly name: string };

/** How one variable reaches the container from the written place. */
export interface VariablePlace {
  readonly name: FlagName;
  /** Key of the ConfigMap to write; the variable's own name for `env`. `null` = the place gives this variable no way in. */
  readonly key: string | null;
  /** Why writing there would not be seen, or not be clear; empty = it is what counts. Each names entry and object. */
  readonly problems: readonly string[];
}

/** Finds out where a variable has to be written, and which entry would hide it there. Pure. */
export function placeOfVariable(
  container: V1Container,
  environment: ContainerEnvironment,
  { name, place }: { readonly name: FlagName; readonly place: WrittenPlace },
): VariablePlace {
  return place.kind === 'env'
    ? inEnvList(container, name)
    : inConfigMap(container, environment, { name, configMap: place.name });
}

/** The last entry of a name counts, and it is the one that is written; two of them are somebody's mistake all the same. */
function inEnvList(container: V1Container, name: FlagName): VariablePlace {
  const indexes = (container.env ?? []).flatMap((entry, index) => (entry.name === name ? [index] : []));
  const entries = indexes.map((index) => `env[${String(index)}]`).join(' and ');
  const twice = `${name} stands ${String(indexes.length)} times in container ${container.name}: ${entries}; leave one`;
  return { name, key: name, problems: indexes.length > 1 ? [twice] : [] };
}

function inConfigMap(
  container: V1Container,
  environment: ContainerEnvironment,
  { name, configMap }: { readonly name: FlagName; readonly configMap: string },
): VariablePlace {
  const entry = entriesTaking(container, name, configMap).at(-1);
  if (entry === undefined) {
    const reason = `container ${container.name} takes no ${name} from ConfigMap ${configMap}: neither an envFrom nor an env entry refers to it`;
    return { name, key: null, problems: [reason] };
  }
  const hiding = environment.claims(name).filter((claim) => rank(claim.origin) > rank(entry));
  return { name, key: entry.key, problems: hiding.map((claim) => hidingText(container, name, claim)) };
}

/** The key of the ConfigMap that sets the variable, once it is there; `null` = the container does not take it from there. Pure. */
export function keyInConfigMap(container: V1Container, name: FlagName, configMap: string): string | null {
  return entriesTaking(container, name, configMap).at(-1)?.key ?? null;
}

interface TakingEntry {
  readonly place: 'env' | 'envFrom';
  readonly index: number;
  readonly key: string;
}

/** Entries by which the variable comes from the ConfigMap once its key is there, in rising precedence. */
function entriesTaking(container: V1Container, name: FlagName, configMap: string): TakingEntry[] {
  const fromWhole = (container.envFrom ?? []).flatMap((entry, index): TakingEntry[] => {
    const object = objectOfEnvFrom(entry);
    const prefix = entry.prefix ?? '';
    const takes = object?.kind === 'ConfigMap' && object.name === configMap && name.startsWith(prefix);
    return takes ? [{ place: 'envFrom', index, key: name.slice(prefix.length) }] : [];
  });
  const fromKey = (container.env ?? []).flatMap((entry, index): TakingEntry[] => {
    const reference = keyOfEnv(entry);
    const takes =
      entry.name === name && reference?.object.kind === 'ConfigMap' && reference.object.name === configMap;
    return takes ? [{ place: 'env', index, key: reference.key }] : [];
  });
  return [...fromWhole, ...fromKey].filter(({ key }) => key !== '');
}

/** Every `env` entry comes after every `envFrom` entry. */
function rank({ place, index }: { readonly place: 'env' | 'envFrom'; readonly index: number }): number {
  return place === 'env' ? index + 1e6 : index;
}

function hidingText(container: V1Container, name: FlagName, claim: VariableClaim): string {
  const where = `${originText(claim.origin)}, of container ${container.name}`;
  if (claim.origin.from !== null && claim.value === null)
    return `${where} may hide ${name}: ${claim.reason ?? 'its value is not known'}`;
  return `${where} sets ${name} and hides it`;
}
