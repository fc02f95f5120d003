import { SEARCH_ATTRIBUTES } from '../../procedure/search-attributes.js';
import type { Session } from './session.js';
import { usageError } from '../user-error.js';

/** Number of the type Keyword in Temporal's API. */
const KEYWORD = 2;

export interface AttributeState {
  readonly registered: readonly string[];
  readonly missing: readonly string[];
  /** Registered under the right name with another type than Keyword. */
  readonly wrongType: readonly string[];
}

/** How the five search attributes of the product stand in the namespace. */
export async function attributeState(session: Session): Promise<AttributeState> {
  const answer = await session.client.withDeadline(Date.now() + 5000, () =>
    session.client.connection.operatorService.listSearchAttributes({ namespace: session.settings.namespace }),
  );
  const known: Readonly<Record<string, number>> = answer.customAttributes;
  const has = (name: string): boolean => Object.hasOwn(known, name);
  return {
    registered: SEARCH_ATTRIBUTES.filter((name) => known[name] === KEYWORD),
    missing: SEARCH_ATTRIBUTES.filter((name) => !has(name)),
    wrongType: SEARCH_ATTRIBUTES.filter((name) => has(name) && known[name] !== KEYWORD),
  };
}

/** Registers what is missing; doing it again registers nothing. Returns the names that it registered. */
export async function registerAttributes(
  session: Session,
): Promise<AttributeState & { readonly added: readonly string[] }> {
  const before = await attributeState(session);
  if (before.wrongType.length > 0) {
    throw usageError(
      `${before.wrongType.join(', ')} ${before.wrongType.length === 1 ? 'is' : 'are'} registered with another type than Keyword.`,
      `Remove or rename what uses ${before.wrongType.length === 1 ? 'it' : 'them'} (temporal operator search-attribute remove), then call this again.`,
    );
  }
  if (before.missing.length > 0) {
    await session.client.connection.operatorService.addSearchAttributes({
      namespace: session.settings.namespace,
      searchAttributes: Object.fromEntries(before.missing.map((name) => [name, KEYWORD])),
    });
  }
  return { ...before, added: before.missing };
}

/** The same with Temporal's own tool, for those whose rights do not reach over the API. */
export function registerByHand(
  names: readonly string[],
  settings: { readonly address: string; readonly namespace: string },
): string {
  const attributes = names.map((name) => `--name ${name} --type Keyword`).join(' ');
  return `temporal operator search-attribute create --address ${settings.address} --namespace ${settings.namespace} ${attributes}`;
}
