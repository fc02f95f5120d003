import type { V1ConfigMap, V1Container, V1Deployment } from '@kubernetes/client-node';
import { FLAG_NAMES, flagsThatDiffer, type FlagName } from '../../../procedure/flags.js';
import { originText, type ContainerEnvironment } from './container-environment.js';
import { keyInConfigMap } from './variable-place.js';

/**
 * Which variables new pods would get with another meaning than the baseline's, and from which entry of which object. The pods
 * that serve may not know of it yet; the run's own rollout would switch it on. What no object gives is not judged. Pure.
 */
export function pendingValues(
  container: V1Container,
  environment: ContainerEnvironment,
  baseline: Readonly<Record<FlagName, 'true' | 'false'>>,
): readonly string[] {
  return FLAG_NAMES.flatMap((name) => {
    const claim = environment.claims(name).at(-1);
    if (claim?.value == null) return [];
    const values = { ...baseline, [name]: claim.value };
    if (!flagsThatDiffer(values, baseline).includes(name)) return [];
    const from = `${originText(claim.origin)}, of container ${container.name}`;
    return [`new pods would carry ${name}=${claim.value} instead of ${baseline[name]} (${from})`];
  });
}

/** Why the server would not take the patch of this ConfigMap, with what to do. Pure. */
export function whyNotWritable(configMap: V1ConfigMap, keys: readonly string[]): readonly string[] {
  const name = configMap.metadata?.name ?? '';
  const binary = keys.filter((key) => Object.hasOwn(configMap.binaryData ?? {}, key));
  return [
    ...(configMap.immutable === true
      ? [
          `ConfigMap ${name} is immutable: make it anew without immutable (or use method A), and restart the Deployment`,
        ]
      : []),
    ...binary.map(
      (key) =>
        `ConfigMap ${name} has ${key} in binaryData, so it cannot stand in data too: move it there (or use method A)`,
    ),
  ];
}

/** Why no patch of this Deployment would be rolled out, with what to do; `null` = it would. Pure. */
export function whyNotRolledOut({ metadata, spec }: V1Deployment): string | null {
  const name = metadata?.name ?? '';
  return spec?.paused === true
    ? `the Deployment is paused, so that nothing that is written is rolled out: kubectl -n ${metadata?.namespace ?? ''} rollout resume deployment/${name}`
    : null;
}

/** The keys of the ConfigMap that the container takes the four variables from, each once. Pure. */
export function flagKeysOf(container: V1Container, configMap: string): readonly string[] {
  return [...new Set(FLAG_NAMES.flatMap((name) => keyInConfigMap(container, name, configMap) ?? []))];
}
