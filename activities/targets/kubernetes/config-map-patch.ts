import type { V1ConfigMap } from '@kubernetes/client-node';
import { FLAG_NAMES, type FlagName } from '../../../procedure/flags.js';
import { TERMINAL } from '../../../procedure/failures.js';
import { failure } from '../../support/failure.js';
import type { FlagAssignment } from '../target.js';
import { resourceVersionOf } from './json-patch.js';

/** Which key of the ConfigMap gives which variable (`placeOfVariable` finds it out). */
export type ConfigMapKeys = Readonly<Partial<Record<FlagName, string>>>;

/** A merge patch (RFC 7386) of a ConfigMap's data; `null` removes a key. */
export interface ConfigMapPatch {
  readonly metadata: { readonly resourceVersion: string };
  readonly data: Readonly<Record<string, string | null>>;
}

/**
 * The merge patch that makes the ConfigMap say what the assignment asks for and leaves every other key alone; `null` when
 * it says so already. It counts only for the ConfigMap as it was read. The pods see nothing of it before they are restarted.
 * Pure. @throws UnexpectedAnswer when the ConfigMap is immutable, NotFound when a variable has no key in it.
 */
export function configMapPatch(
  configMap: V1ConfigMap,
  { keys, assignment }: { readonly keys: ConfigMapKeys; readonly assignment: FlagAssignment },
): ConfigMapPatch | null {
  const changes = FLAG_NAMES.flatMap((name): [string, string | null][] => {
    const wanted = assignment[name];
    if (wanted === undefined) return [];
    const key = keys[name];
    if (key === undefined) throw withoutKey(configMap, name);
    return valueOfKey(configMap, key) === wanted ? [] : [[key, wanted]];
  });
  if (changes.length === 0) return null;
  if (configMap.immutable === true) throw immutable(configMap);
  return {
    metadata: { resourceVersion: resourceVersionOf(configMap.metadata) },
    data: Object.fromEntries(changes),
  };
}

/** The four variables as the ConfigMap gives them; `null` = its key is absent. */
export function configMapValues(
  configMap: V1ConfigMap,
  keys: ConfigMapKeys,
): Readonly<Record<FlagName, string | null>> {
  return Object.fromEntries(
    FLAG_NAMES.map((name) => {
      const key = keys[name];
      return [name, key === undefined ? null : valueOfKey(configMap, key)];
    }),
  ) as Record<FlagName, string | null>;
}

function valueOfKey({ data }: V1ConfigMap, key: string): string | null {
  return data !== undefined && Object.hasOwn(data, key) ? (data[key] ?? null) : null;
}

function withoutKey({ metadata }: V1ConfigMap, name: FlagName): Error {
  return failure(
    TERMINAL.notFound,
    `No key of ConfigMap ${metadata?.name ?? ''} gives the container ${name}; nothing was changed. Refer to the ConfigMap in the container's envFrom, or use method A.`,
  );
}

function immutable({ metadata }: V1ConfigMap): Error {
  return failure(
    TERMINAL.unexpected,
    `ConfigMap ${metadata?.name ?? ''} is immutable, so nobody can change a value in it; nothing was changed. Use method A, or make it mutable.`,
  );
}
