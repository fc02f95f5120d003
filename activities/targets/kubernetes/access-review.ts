import { ask, type KubernetesClient } from './client.js';
import { rightText, type Right } from './rights.js';

/** A right that these credentials do not have, with the reason when the server gives one. */
export interface MissingRight {
  readonly right: Right;
  readonly reason: string | null;
}

/**
 * Asks the server which of the rights these credentials do not have (SelfSubjectAccessReview, which everybody may make).
 * Changes nothing. @throws as `apiFailure`.
 */
export async function missingRights(
  client: KubernetesClient,
  rights: readonly Right[],
  { namespace, signal }: { readonly namespace: string; readonly signal: AbortSignal },
): Promise<readonly MissingRight[]> {
  // One after the other: the client makes a connection for each.
  const missing: MissingRight[] = [];
  for (const right of rights) {
    const [resource = '', subresource] = right.resource.split('/');
    const resourceAttributes = {
      namespace,
      verb: right.verb,
      group: right.group,
      resource,
      ...(subresource === undefined ? {} : { subresource }),
      ...(right.name === null ? {} : { name: right.name }),
    };
    const body = { spec: { resourceAttributes } };
    const { status } = await ask(
      client,
      { signal, what: `ask for the right to ${rightText(right)}`, kind: 'SelfSubjectAccessReview' },
      (options) => client.authorization.createSelfSubjectAccessReview({ body }, options),
    );
    if (status?.allowed !== true) missing.push({ right, reason: status?.reason ?? null });
  }
  return missing;
}
