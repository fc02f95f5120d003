import { FLAG_NAMES } from '../../../procedure/flags.js';
import type { AccessFinding } from '../target.js';
import { containerOf } from './env-patch.js';
import type { KubernetesParts } from './kubernetes-target.js';
import { isInLastApplied, isKeyInLastApplied } from './last-applied.js';
import { envPath, isReconciled, keepersOf, ownershipProblem, type FieldPath } from './ownership.js';
import { keyInConfigMap } from './variable-place.js';

interface WrittenField {
  /** As people know it: the variable, with its key where that is another name. */
  readonly what: string;
  readonly path: FieldPath;
  readonly applied: boolean;
}

/** Whether another tool would undo what the run writes, and who would have to be run for that. */
export async function nobodyElseKeeps(
  { settings, workload }: KubernetesParts,
  signal: AbortSignal,
): Promise<AccessFinding> {
  const isConfigMap = settings.method === 'kubernetes-config-map';
  const deployment = await workload.readDeployment({ signal });
  const { container } = containerOf(deployment, settings.container);
  const { metadata } = isConfigMap
    ? await workload.readConfigMap(settings.configMap, { signal })
    : deployment;
  // What is written is a key of the ConfigMap, which a prefix or a reference calls otherwise than the variable.
  const fields = FLAG_NAMES.flatMap((name): readonly WrittenField[] => {
    if (!isConfigMap) {
      const variable = { container: container.name, variable: name };
      const applied = isInLastApplied(metadata, variable);
      return [{ what: name, path: envPath(container.name, name), applied }];
    }
    const key = keyInConfigMap(container, name, settings.configMap);
    if (key === null) return [];
    const what = key === name ? name : `${name} (key ${key})`;
    return [{ what, path: ['f:data', `f:${key}`], applied: isKeyInLastApplied(metadata, key) }];
  });
  const told = [
    ...keepersOf(metadata).map(({ tool, mark }) => `${tool} keeps it (${mark})`),
    ...fields.flatMap(({ what, path, applied }) => {
      const owned = ownershipProblem(metadata, { path, what });
      if (owned !== null) return [owned];
      return applied
        ? [`${what} stands in the manifest of the last kubectl apply, which the next one writes again`]
        : [];
    }),
  ];
  return {
    // What somebody would have to run first is told; who comes back by himself would undo the change in the middle of the run.
    ok: !fields.some(({ path }) => isReconciled(metadata, path)),
    detail: told.length === 0 ? 'nobody but people wrote the variables' : told.join('; '),
    ...(told.length === 0 ? {} : { notice: told.join('; ') }),
    advice:
      'Have that tool leave these variables alone for the time of the run (its own ignore list, or suspend it).',
  };
}
