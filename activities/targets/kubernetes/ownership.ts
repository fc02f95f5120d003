import type { V1ManagedFieldsEntry, V1ObjectMeta } from '@kubernetes/client-node';

/** The name under which every change of ours is recorded in an object's managedFields. */
export const FIELD_MANAGER = 'readiness';
/** Of a rollback, so that the object itself tells whose restart it was: the one that enabled, what took it back, or one more. */
export const ROLLBACK_MANAGERS = { putBack: 'readiness-put-back', restart: 'readiness-rollback' } as const;
export const OWN_MANAGERS: readonly string[] = [FIELD_MANAGER, ...Object.values(ROLLBACK_MANAGERS)];

/** Who last wrote a field, as the server recorded it. */
export interface FieldOwner {
  /** E.g. `kubectl-set`, `argocd-controller`. */
  readonly manager: string;
  /** `Apply` (server-side apply) or `Update`. */
  readonly operation: string;
  /** ISO 8601; `null` when the server recorded none. */
  readonly time: string | null;
}

/** A tool that keeps an object as it is described elsewhere, and by what it was recognised. */
export interface Keeper {
  readonly tool: string;
  readonly mark: string;
}

/** A path through managedFields: `f:` and a field's name, or `k:` and a list element's key as JSON. */
export type FieldPath = readonly string[];

/** Tools that come back by themselves and write what their source says. */
const RECONCILERS =
  /argo-?cd|flux|kustomize-controller|helm-controller|fleet|config-?sync|kapp-controller|crossplane/i;
/** Tools that write what their source says the next time somebody runs them. */
const APPLIERS = /^helm$|apply|kapp|terraform|pulumi|werf|skaffold|ansible/i;

const MARKS: readonly (readonly [name: string, tool: string])[] = [
  ['argocd.argoproj.io/tracking-id', 'Argo CD'],
  ['argocd.argoproj.io/instance', 'Argo CD'],
  ['kustomize.toolkit.fluxcd.io/name', 'Flux (Kustomization)'],
  ['helm.toolkit.fluxcd.io/name', 'Flux (HelmRelease)'],
  ['meta.helm.sh/release-name', 'Helm'],
  ['configmanagement.gke.io/managed', 'Config Sync'],
  ['configsync.gke.io/resource-id', 'Config Sync'],
  ['objectset.rio.cattle.io/id', 'Fleet'],
];

/** The path of one variable in a container's `env`. */
export function envPath(container: string, variable: string): FieldPath {
  return [...containerPath(container), 'f:env', elementKey(variable)];
}

export function containerPath(container: string): FieldPath {
  return ['f:spec', 'f:template', 'f:spec', 'f:containers', elementKey(container)];
}

/** Who owns a field, the newest first. What status updates own is never meant. Pure. */
export function ownersOf(metadata: V1ObjectMeta | undefined, path: FieldPath): readonly FieldOwner[] {
  return (metadata?.managedFields ?? [])
    .filter((entry) => entry.subresource !== 'status' && owns(entry.fieldsV1, path))
    .map(ownerOf)
    .sort((left, right) => ((left.time ?? '') < (right.time ?? '') ? 1 : -1));
}

/**
 * Why a value written here may not stay: others apply the field from a source of their own, first those who come back by
 * themselves. `null` = nobody does; a value that a person set by hand is no obstacle. Names managers and times. Pure.
 */
export function ownershipProblem(
  metadata: V1ObjectMeta | undefined,
  { path, what }: { readonly path: FieldPath; readonly what: string },
): string | null {
  const keepers = ownersOf(metadata, path).filter(
    ({ manager, operation }) =>
      manager !== FIELD_MANAGER &&
      (operation === 'Apply' || RECONCILERS.test(manager) || APPLIERS.test(manager)),
  );
  if (keepers.length === 0) return null;
  const byItself = keepers.filter(({ manager }) => RECONCILERS.test(manager));
  const whenRun = keepers.filter((one) => !byItself.includes(one));
  const told = [
    ...byItself.map((one) => `${ownerText(one)}, which puts its own value back by itself`),
    ...whenRun.map((one) => `${ownerText(one)}, which puts its own value back the next time it is run`),
  ];
  return `${what} belongs to ${told.join(', and to ')}`;
}

/** Whether somebody who comes back by himself applies the field: then a value that is written here does not stay. Pure. */
export function isReconciled(metadata: V1ObjectMeta | undefined, path: FieldPath): boolean {
  return ownersOf(metadata, path).some(({ manager }) => RECONCILERS.test(manager));
}

/** Tools that keep the whole object, known by their labels and annotations, whether or not they own the field yet. Pure. */
export function keepersOf(metadata: V1ObjectMeta | undefined): readonly Keeper[] {
  const marked = { ...metadata?.labels, ...metadata?.annotations };
  const found = MARKS.flatMap(([name, tool]): Keeper[] => {
    const value = marked[name];
    return value === undefined ? [] : [{ tool, mark: `${name}=${value}` }];
  });
  return found.filter(({ tool }, index) => found.findIndex((other) => other.tool === tool) === index);
}

/** `argocd-controller (Apply, 2026-11-27T18:00:00.000Z)`, for messages. */
export function ownerText({ manager, operation, time }: FieldOwner): string {
  return `${manager} (${operation}, ${time ?? 'at an unknown time'})`;
}

function ownerOf({ manager, operation, time }: V1ManagedFieldsEntry): FieldOwner {
  return {
    manager: manager ?? 'unknown',
    operation: operation ?? 'Update',
    time: time === undefined ? null : new Date(time).toISOString(),
  };
}

function owns(fields: unknown, path: FieldPath): boolean {
  let node: unknown = fields;
  for (const part of path) {
    if (typeof node !== 'object' || node === null || !Object.hasOwn(node, part)) return false;
    node = (node as Readonly<Record<string, unknown>>)[part];
  }
  return true;
}

/** The key of a list element is its JSON without blanks, as the server writes it. */
function elementKey(name: string): string {
  return `k:${JSON.stringify({ name })}`;
}
