import type { V1Deployment, V1ObjectMeta, V1Pod, V1ReplicaSet } from '@kubernetes/client-node';

/** The annotation in which the Deployment controller counts pod templates. */
export const REVISION = 'deployment.kubernetes.io/revision';

/** Whether an object's controller is this owner; a label selector may match the pods of others. */
export function isControlledBy(metadata: V1ObjectMeta | undefined, owner: V1ObjectMeta | undefined): boolean {
  return (metadata?.ownerReferences ?? []).some(
    (reference) => reference.controller === true && reference.uid === owner?.uid,
  );
}

/** The ReplicaSets of a Deployment, the one of its present pod template apart; `null` while there is none yet. */
export function replicaSetsOf(
  deployment: V1Deployment,
  replicaSets: readonly V1ReplicaSet[],
): { readonly current: V1ReplicaSet | null; readonly old: readonly V1ReplicaSet[] } {
  const revision = deployment.metadata?.annotations?.[REVISION];
  const own = replicaSets.filter(({ metadata }) => isControlledBy(metadata, deployment.metadata));
  const current = own.find(({ metadata }) => metadata?.annotations?.[REVISION] === revision) ?? null;
  return { current: revision === undefined ? null : current, old: own.filter((one) => one !== current) };
}

/** The pods of one of these ReplicaSets. */
export function podsOf(owners: readonly V1ReplicaSet[], pods: readonly V1Pod[]): readonly V1Pod[] {
  return pods.filter(({ metadata }) => owners.some((owner) => isControlledBy(metadata, owner.metadata)));
}

/** `pod deltacrown-web-7d9c-abcde`, for messages. */
export function podName(pod: V1Pod): string {
  return `pod ${pod.metadata?.name ?? '?'}`;
}
