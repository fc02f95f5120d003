import type { ConfigMapPatch } from './config-map-patch.js';
import type { JsonPatchOperation } from './json-patch.js';

/** Stands in a shown patch where the patch that is sent has the moment in which it is sent. */
export const TIME_OF_CHANGE = '(time of the change)';

/**
 * A patch as a person reads it before approving: the object, the kind of patch by its media type, and its body. Holds
 * nothing but what the change is about: our four variables, the restart annotation and the version it counts for.
 */
export function requestText(
  object: string,
  patch: readonly JsonPatchOperation[] | ConfigMapPatch | null,
): string {
  if (patch === null) return `${object}: nothing, it stands as asked already`;
  const kind = 'data' in patch ? 'merge-patch' : 'json-patch';
  return `PATCH ${object} (application/${kind}+json): ${JSON.stringify(patch)}`;
}
