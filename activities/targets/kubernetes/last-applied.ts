import type { V1ObjectMeta } from '@kubernetes/client-node';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * Whether the manifest that somebody last gave to `kubectl apply` sets the variable in this container: the next apply writes
 * its value again, whoever owns the field by now. A manifest that cannot be understood sets nothing. Pure.
 */
export function isInLastApplied(
  metadata: V1ObjectMeta | undefined,
  { container, variable }: { readonly container: string; readonly variable: string },
): boolean {
  const manifest = parsed(metadata?.annotations?.[LAST_APPLIED] ?? '');
  const containers = at(manifest, 'spec', 'template', 'spec', 'containers');
  return elements(containers)
    .filter((one) => at(one, 'name') === container)
    .some((one) => elements(at(one, 'env')).some((entry) => at(entry, 'name') === variable));
}

/** The same for a key of a ConfigMap. */
export function isKeyInLastApplied(metadata: V1ObjectMeta | undefined, key: string): boolean {
  return at(parsed(metadata?.annotations?.[LAST_APPLIED] ?? ''), 'data', key) !== undefined;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}

function elements(list: unknown): readonly unknown[] {
  return Array.isArray(list) ? list : [];
}

function at(root: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (node, key) =>
      typeof node === 'object' && node !== null && Object.hasOwn(node, key)
        ? (node as Readonly<Record<string, unknown>>)[key]
        : undefined,
    root,
  );
}
