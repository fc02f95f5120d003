import type { V1ObjectMeta } from '@kubernetes/client-node';
import { TERMINAL } from '../../../procedure/failures.js';
import { failure } from '../../support/failure.js';

/** One operation of RFC 6902, of the kinds that are needed here. */
export type JsonPatchOperation =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string };

/** A pointer of RFC 6901 from its parts. */
export function pointer(...parts: readonly (string | number)[]): string {
  return parts.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/**
 * The operation that makes a patch count only for the object as it was read. Written, not tested: a resourceVersion that is
 * not the current one any more is answered by 409 Conflict, while a `test` that fails is answered by 422, the same as a patch
 * that is wrong.
 */
export function onlyForThisVersion(metadata: V1ObjectMeta | undefined): JsonPatchOperation {
  return { op: 'replace', path: '/metadata/resourceVersion', value: resourceVersionOf(metadata) };
}

/** The version that a patch counts for; `null` when it counts for any. */
export function versionOf(patch: readonly JsonPatchOperation[]): unknown {
  const lock = patch.find(({ path }) => path === '/metadata/resourceVersion');
  return lock !== undefined && 'value' in lock ? lock.value : null;
}

/** @throws UnexpectedAnswer for an object without one: a change of it could overwrite somebody else's. */
export function resourceVersionOf(metadata: V1ObjectMeta | undefined): string {
  const version = metadata?.resourceVersion ?? '';
  if (version !== '') return version;
  throw failure(
    TERMINAL.unexpected,
    `${metadata?.name ?? 'An object'} was read without a resourceVersion; it was not changed.`,
  );
}
