import type { V1Container, V1Deployment, V1EnvVar } from '@kubernetes/client-node';
import { FLAG_NAMES } from '../../../procedure/flags.js';
import { TERMINAL } from '../../../procedure/failures.js';
import { failure } from '../../support/failure.js';
import { entryOf, sameSetting, settingIn, type EnvSettings } from './env-setting.js';
import { FIELD_MANAGER, ownersOf } from './ownership.js';
import { onlyForThisVersion, pointer, type JsonPatchOperation } from './json-patch.js';

/** What `kubectl rollout restart` writes too: people and tools know it. */
export const RESTARTED_AT = 'kubectl.kubernetes.io/restartedAt';

export interface EnvPatchOptions {
  readonly container: string;
  readonly settings: EnvSettings;
  /** For the restart annotation, ISO 8601; `null` = it is to be absent again. */
  readonly restartedAt: string | null;
}

/**
 * The JSON patch that makes the container's `env` say what the settings ask for, with the restart annotation in the same
 * patch, so that there is one rollout. It touches the entries of the named variables alone: an entry that stands is replaced
 * whole in its place, an absent one is added at the end, one that is to be absent is removed however often it stands.
 * `null` when everything stands as asked: then there is nothing to roll out. It counts only for the Deployment as it was
 * read; on a conflict read again and ask again. Pure. @throws NotFound when there is no such container.
 */
export function envPatch(
  deployment: V1Deployment,
  options: EnvPatchOptions,
): readonly JsonPatchOperation[] | null {
  const { index, container } = containerOf(deployment, options.container);
  const changes = envChanges(container.env ?? [], options.settings, (...parts) =>
    pointer('spec', 'template', 'spec', 'containers', index, 'env', ...parts),
  );
  if (changes.length === 0) return null;
  return [
    onlyForThisVersion(deployment.metadata),
    ...changes,
    ...annotation(deployment, options.restartedAt),
  ];
}

/** The patch that only restarts: for values that the pods take from elsewhere, or a rollout that never came. */
export function restartPatch(deployment: V1Deployment, restartedAt: string): readonly JsonPatchOperation[] {
  return [onlyForThisVersion(deployment.metadata), ...annotation(deployment, restartedAt)];
}

/** Who wrote the restart annotation that the pods are made by; `null` = there is none, or nobody knows. Pure. */
export function restartedBy({ metadata }: V1Deployment): string | null {
  const path = ['f:spec', 'f:template', 'f:metadata', 'f:annotations', `f:${RESTARTED_AT}`];
  return ownersOf(metadata, path)[0]?.manager ?? null;
}

/**
 * The patch that makes the pod template the one of before the restart that enabled, so that its pods, as far as they are
 * still there, need not be replaced. `null` = there is nothing of that restart: it never came, or somebody has restarted since,
 * which stays his. Pure.
 */
export function restartBackPatch(
  deployment: V1Deployment,
  restartedAt: string | null,
): readonly JsonPatchOperation[] | null {
  const now = deployment.spec?.template.metadata?.annotations?.[RESTARTED_AT] ?? null;
  if (now === restartedAt || restartedBy(deployment) !== FIELD_MANAGER) return null;
  return [onlyForThisVersion(deployment.metadata), ...annotation(deployment, restartedAt)];
}

/**
 * The container that carries the variables, with its place in the pod template.
 * @throws NotFound, naming the containers that are there.
 */
export function containerOf(
  deployment: V1Deployment,
  name: string,
): { readonly index: number; readonly container: V1Container } {
  const containers = deployment.spec?.template.spec?.containers ?? [];
  const index = containers.findIndex((candidate) => candidate.name === name);
  const container = containers[index];
  if (container !== undefined) return { index, container };
  const there = containers.map((one) => one.name).join(', ') || 'none';
  throw failure(
    TERMINAL.notFound,
    `The Deployment ${deployment.metadata?.name ?? ''} has no container ${name}; it has: ${there}. Correct the container's name in the environment file.`,
  );
}

function envChanges(
  entries: readonly V1EnvVar[],
  settings: EnvSettings,
  path: (...parts: readonly (string | number)[]) => string,
): JsonPatchOperation[] {
  const replaced: JsonPatchOperation[] = [];
  const removed: number[] = [];
  const added: V1EnvVar[] = [];
  for (const name of FLAG_NAMES) {
    const wanted = settings[name];
    if (wanted === undefined || sameSetting(settingIn(entries, name), wanted)) continue;
    const entry = entryOf(name, wanted);
    const last = entries.findLastIndex((candidate) => candidate.name === name);
    if (entry === null) {
      removed.push(...entries.flatMap((candidate, index) => (candidate.name === name ? [index] : [])));
    } else if (last < 0) added.push(entry);
    else replaced.push({ op: 'replace', path: path(last), value: entry });
  }
  return [
    ...replaced,
    // From the back, so that the places before stay what they were read as.
    ...removed
      .sort((left, right) => right - left)
      .map((index) => ({ op: 'remove', path: path(index) }) as const),
    ...additions(entries, added, path),
  ];
}

/** An empty list is not kept by the server, so that there may be none to add to. */
function additions(
  entries: readonly V1EnvVar[],
  added: readonly V1EnvVar[],
  path: (...parts: readonly (string | number)[]) => string,
): JsonPatchOperation[] {
  if (added.length === 0) return [];
  if (entries.length === 0) return [{ op: 'add', path: path(), value: added }];
  return added.map((value) => ({ op: 'add', path: path('-'), value }));
}

function annotation(deployment: V1Deployment, restartedAt: string | null): JsonPatchOperation[] {
  const metadata = deployment.spec?.template.metadata;
  if (restartedAt === null) {
    if (metadata?.annotations?.[RESTARTED_AT] === undefined) return [];
    const path = pointer('spec', 'template', 'metadata', 'annotations', RESTARTED_AT);
    return [{ op: 'remove', path }];
  }
  if (metadata === undefined)
    return [
      { op: 'add', path: '/spec/template/metadata', value: { annotations: { [RESTARTED_AT]: restartedAt } } },
    ];
  const annotations = pointer('spec', 'template', 'metadata', 'annotations');
  return metadata.annotations === undefined
    ? [{ op: 'add', path: annotations, value: { [RESTARTED_AT]: restartedAt } }]
    : [{ op: 'add', path: `${annotations}${pointer(RESTARTED_AT)}`, value: restartedAt }];
}
