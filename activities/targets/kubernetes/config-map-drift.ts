import type { V1ConfigMap } from '@kubernetes/client-node';
import type { Drift } from './drift.js';
import { ownersOf } from './ownership.js';

/** The ConfigMap that method B writes, as one look found it, with the keys that the four variables come from. */
export interface FlagConfigMap {
  readonly name: string;
  /** `null` = it is not there. */
  readonly object: V1ConfigMap | null;
  readonly keys: readonly string[];
}

/** What is kept of it for the next look: the values of those keys and nothing else. */
export interface KnownConfigMap {
  /** `null` = it was not there. */
  readonly uid: string | null;
  /** By key; `null` = absent. */
  readonly values: Readonly<Record<string, string | null>>;
}

/** Values of the four are words; whatever else somebody writes there is not carried about. */
const VALUE_LIMIT = 40;

/** What the next look is compared with. Pure. */
export function knownOf({ object, keys }: FlagConfigMap): KnownConfigMap {
  return {
    uid: object === null ? null : (object.metadata?.uid ?? ''),
    values: Object.fromEntries(keys.map((key) => [key, valueOf(object, key)])),
  };
}

/**
 * What became of the keys of the four variables since a former look, with who wrote them. A key that is taken since then only is
 * an edit of the Deployment. Pure.
 */
export function configMapDrift(before: KnownConfigMap, now: FlagConfigMap): readonly Drift[] {
  const { name, object, keys } = now;
  const what = `ConfigMap ${name}`;
  if (object === null)
    return before.uid === null ? [] : [{ kind: 'environment', text: `${what} was deleted`, by: null }];
  const anew = before.uid !== (object.metadata?.uid ?? '');
  const text = before.uid === null ? `${what} was made` : `${what} was deleted and made anew`;
  return [
    ...(anew ? [{ kind: 'environment', text, by: null } as const] : []),
    ...keys.flatMap((key): Drift[] => {
      const left = before.values[key];
      const right = valueOf(object, key);
      if (left === undefined || left === right) return [];
      const done = left === null ? 'set' : right === null ? 'removed' : 'changed';
      return [
        {
          kind: 'environment',
          text: `${what}: ${key} was ${done} from ${left ?? 'absent'} to ${right ?? 'absent'}`,
          by: right === null ? null : (ownersOf(object.metadata, ['f:data', `f:${key}`])[0] ?? null),
        },
      ];
    }),
  ];
}

function valueOf(object: V1ConfigMap | null, key: string): string | null {
  const data = object?.data ?? {};
  return Object.hasOwn(data, key) ? (data[key] ?? '').slice(0, VALUE_LIMIT) : null;
}
