import type { V1Deployment, V1ReplicaSet } from '@kubernetes/client-node';
import { canonicalJson } from '../../plan/canonical.js';
import { containerDrift } from './container-drift.js';
import { differingKeys } from './differing-keys.js';
import { RESTARTED_AT } from './env-patch.js';
import { replicaSetsOf } from './owned.js';
import { ownersOf, ownerText, type FieldOwner, type FieldPath } from './ownership.js';

export type DriftKind =
  | 'replaced'
  | 'rolled-back'
  | 'scaled'
  | 'paused'
  | 'image'
  | 'environment'
  | 'restarted'
  | 'pod-template'
  | 'settings';

/** One thing that somebody changed on the Deployment between two reads. */
export interface Drift {
  readonly kind: DriftKind;
  /** What changed, from what to what. Values of variables other than the four are not told: they may be secrets. */
  readonly text: string;
  /** Who wrote the field last; `null` when the server does not record it, as for everything that was removed. */
  readonly by: FieldOwner | null;
}

/**
 * Names what changed between two reads of a Deployment: edits, scaling, new images, restarts, a rollback, a Deployment that
 * was made anew. Empty when nothing that a person or tool decides has changed; status is not looked at. `replicaSets`, read
 * with the second one, tell a rollback from another edit. Pure.
 */
export function deploymentDrift(
  before: V1Deployment,
  after: V1Deployment,
  replicaSets: readonly V1ReplicaSet[] = [],
): readonly Drift[] {
  if (before.metadata?.uid !== after.metadata?.uid)
    return [{ kind: 'replaced', text: 'the Deployment was deleted and made anew', by: null }];
  const found = [...specDrift(before, after), ...templateDrift(before, after)];
  const template = canonicalJson(before.spec?.template) !== canonicalJson(after.spec?.template);
  const former = template ? formerRevision(after, replicaSets) : null;
  if (former === null) return found;
  const by = found.find((one) => one.by !== null)?.by ?? null;
  return [
    { kind: 'rolled-back', text: `the pod template is that of revision ${former} again`, by },
    ...found,
  ];
}

/** One line for people. */
export function driftText({ text, by }: Drift): string {
  return `${text}, by ${by === null ? 'somebody whom the server does not record' : ownerText(by)}`;
}

function specDrift(before: V1Deployment, after: V1Deployment): Drift[] {
  return differingKeys(before.spec, after.spec).flatMap((key): Drift[] => {
    const by = newestOwner(after, ['f:spec', `f:${key}`]);
    switch (key) {
      case 'template':
        return [];
      case 'replicas':
        return [
          {
            kind: 'scaled',
            text: `scaled from ${String(before.spec?.replicas)} to ${String(after.spec?.replicas)} replicas`,
            by,
          },
        ];
      case 'paused': {
        const text = after.spec?.paused === true ? 'the Deployment was paused' : 'the Deployment was resumed';
        return [{ kind: 'paused', text, by }];
      }
      default:
        return [{ kind: 'settings', text: `${key} of the Deployment was changed`, by }];
    }
  });
}

function templateDrift(before: V1Deployment, after: V1Deployment): Drift[] {
  const left = before.spec?.template;
  const right = after.spec?.template;
  const path: FieldPath = ['f:spec', 'f:template'];
  const annotations = differingKeys(left?.metadata?.annotations, right?.metadata?.annotations).map(
    (key): Drift => {
      const by = newestOwner(after, [...path, 'f:metadata', 'f:annotations', `f:${key}`]);
      const at = right?.metadata?.annotations?.[key] ?? '';
      // An earlier time is one that a rollback brought back.
      const restarted = key === RESTARTED_AT && isLater(at, left?.metadata?.annotations?.[key]);
      if (restarted) return { kind: 'restarted', text: `restarted at ${at}`, by };
      return { kind: 'pod-template', text: `the pods' annotation ${key} was changed`, by };
    },
  );
  const labels = differingKeys(left?.metadata?.labels, right?.metadata?.labels).map((key): Drift => {
    const by = newestOwner(after, [...path, 'f:metadata', 'f:labels', `f:${key}`]);
    return { kind: 'pod-template', text: `the pods' label ${key} was changed`, by };
  });
  const others = differingKeys(left?.spec, right?.spec)
    .filter((key) => key !== 'containers')
    .map((key): Drift => {
      const by = newestOwner(after, [...path, 'f:spec', `f:${key}`]);
      return { kind: 'pod-template', text: `${key} of the pods was changed`, by };
    });
  const containers = containerDrift(left?.spec?.containers ?? [], right?.spec?.containers ?? []).map(
    ({ kind, text, path: changed }): Drift => ({ kind, text, by: newestOwner(after, changed) }),
  );
  return [...containers, ...annotations, ...labels, ...others];
}

/** Times come in every offset. */
function isLater(time: string, before: string | undefined): boolean {
  return time !== '' && (before === undefined || Date.parse(time) > Date.parse(before));
}

/** A ReplicaSet that came back keeps the revisions that it had before. */
function formerRevision(deployment: V1Deployment, replicaSets: readonly V1ReplicaSet[]): string | null {
  const { current } = replicaSetsOf(deployment, replicaSets);
  const history = current?.metadata?.annotations?.['deployment.kubernetes.io/revision-history'] ?? '';
  return history === '' ? null : (history.split(',').at(-1) ?? null);
}

function newestOwner({ metadata }: V1Deployment, path: FieldPath): FieldOwner | null {
  return ownersOf(metadata, path)[0] ?? null;
}
