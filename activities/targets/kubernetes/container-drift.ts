import type { V1Container, V1EnvVar } from '@kubernetes/client-node';
import { FLAG_NAMES } from '../../../procedure/flags.js';
import { canonicalJson } from '../../plan/canonical.js';
import { differingKeys } from './differing-keys.js';
import { containerPath, envPath, type FieldPath } from './ownership.js';

/** One difference between two lists of containers, with the path by which its owner is found. */
export interface ContainerDrift {
  readonly kind: 'image' | 'environment' | 'pod-template';
  readonly text: string;
  readonly path: FieldPath;
}

/** Compares containers by their names. Pure. */
export function containerDrift(
  before: readonly V1Container[],
  after: readonly V1Container[],
): readonly ContainerDrift[] {
  const names = [...new Set([...before, ...after].map((container) => container.name))];
  return names.flatMap((name): readonly ContainerDrift[] => {
    const left = before.find((container) => container.name === name);
    const right = after.find((container) => container.name === name);
    if (left !== undefined && right !== undefined) return changesOf(left, right);
    const text = `container ${name} was ${left === undefined ? 'added' : 'removed'}`;
    return [{ kind: 'pod-template', text, path: containerPath(name) }];
  });
}

function changesOf(before: V1Container, after: V1Container): ContainerDrift[] {
  const { name } = before;
  return differingKeys(before, after).flatMap((key): ContainerDrift[] => {
    const path = [...containerPath(name), `f:${key}`];
    if (key === 'env') return envDrift(name, before.env ?? [], after.env ?? []);
    if (key === 'image') {
      const text = `container ${name}: image ${before.image ?? ''} became ${after.image ?? ''}`;
      return [{ kind: 'image', text, path }];
    }
    const kind = key === 'envFrom' ? 'environment' : 'pod-template';
    return [{ kind, text: `container ${name}: ${key} was changed`, path }];
  });
}

function envDrift(
  container: string,
  before: readonly V1EnvVar[],
  after: readonly V1EnvVar[],
): ContainerDrift[] {
  const names = [...new Set([...before, ...after].map((entry) => entry.name))];
  const changed = names.flatMap((name): ContainerDrift[] => {
    const left = before.filter((entry) => entry.name === name).map(meaning);
    const right = after.filter((entry) => entry.name === name).map(meaning);
    if (canonicalJson(left) === canonicalJson(right)) return [];
    const values = FLAG_NAMES.some((flag) => flag === name)
      ? ` from ${left.join(', ') || 'absent'} to ${right.join(', ') || 'absent'}`
      : '';
    const what = left.length === 0 ? 'set' : right.length === 0 ? 'removed' : 'changed';
    return [
      {
        kind: 'environment',
        text: `container ${container}: ${name} was ${what}${values}`,
        path: [...envPath(container, name), ...valueOf(after.findLast((entry) => entry.name === name))],
      },
    ];
  });
  const order = (entries: readonly V1EnvVar[]) => entries.map((entry) => entry.name).join(' ');
  if (changed.length > 0 || order(before) === order(after)) return changed;
  // The order of variables counts where one refers to another.
  const text = `container ${container}: the order of env was changed`;
  return [{ kind: 'environment', text, path: [...containerPath(container), 'f:env'] }];
}

/** Whoever made the entry still owns it after somebody else has written its value. */
function valueOf(entry: V1EnvVar | undefined): FieldPath {
  if (entry?.value !== undefined) return ['f:value'];
  return entry?.valueFrom === undefined ? [] : ['f:valueFrom'];
}

function meaning({ value, valueFrom }: V1EnvVar): string {
  return valueFrom === undefined ? (value ?? '') : canonicalJson(valueFrom);
}
