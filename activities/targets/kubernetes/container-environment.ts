import type { V1Container, V1EnvVar } from '@kubernetes/client-node';
import { expandReferences } from './expansion.js';

/** A ConfigMap or a Secret by its kind and name, in the container's own namespace. */
export interface SourceObject {
  readonly kind: 'ConfigMap' | 'Secret';
  readonly name: string;
}

/** What a look at such an object found; the data of a Secret decoded. */
export type SourceContent =
  | { readonly state: 'present'; readonly data: Readonly<Record<string, string>> }
  | { readonly state: 'absent' }
  | { readonly state: 'unreadable'; readonly reason: string };

/** Gives the content of every object that `sourcesOf` names. */
export type SourceLookUp = (object: SourceObject) => SourceContent;

/** Which entry of the container gives (or would give) a variable. Indexes count from 0, as in the object's JSON. */
export type VariableOrigin =
  | { readonly place: 'env'; readonly index: number; readonly from: (SourceObject & { key: string }) | null }
  | { readonly place: 'envFrom'; readonly index: number; readonly from: SourceObject & { key: string } };

/** One entry that sets a variable; `value` is `null` when nobody outside the pod can know it, for the reason given. */
export interface VariableClaim {
  readonly origin: VariableOrigin;
  readonly value: string | null;
  readonly reason: string | null;
}

/** What a container's processes see, by the kubelet's rules. */
export interface ContainerEnvironment {
  /**
   * Every entry that sets the variable, in rising precedence: `envFrom` in its order, then `env` in its order. The last one
   * counts. Empty = the variable is absent. An object that cannot be read claims every variable that it might hold.
   */
  claims(name: string): readonly VariableClaim[];
  /** Why the container cannot start at all: objects and keys that it requires and that are not there. */
  readonly missing: readonly string[];
}

/** Linux gives a process no longer string; what grows over it by references is a mistake. */
const LONGEST_VALUE = 128 * 1024;

/** The objects that a container takes variables from, each once. */
export function sourcesOf(container: V1Container): readonly SourceObject[] {
  const all = [
    ...(container.envFrom ?? []).map(objectOfEnvFrom),
    ...(container.env ?? []).map((entry) => keyOfEnv(entry)?.object ?? null),
  ].filter((object) => object !== null);
  return all.filter(
    (object, index) =>
      all.findIndex((other) => other.kind === object.kind && other.name === object.name) === index,
  );
}

/**
 * Works out the environment of a container as the kubelet does (`makeEnvironmentVariables`): `envFrom` first, later entries
 * over earlier ones, then `env` in order, each seeing what came before it. An optional reference to something that is not
 * there sets nothing, so what came before it stands. Pure.
 */
export function environmentOf(container: V1Container, lookUp: SourceLookUp): ContainerEnvironment {
  const claimed: Claimed[] = [];
  const missing: string[] = [];
  const claims = (name: string): VariableClaim[] =>
    claimed.flatMap((one) => {
      const claim = one(name);
      return claim === null ? [] : [claim];
    });
  for (const [index, entry] of (container.envFrom ?? []).entries()) {
    const object = objectOfEnvFrom(entry);
    if (object === null) continue;
    const content = lookUp(object);
    if (content.state === 'absent') {
      if (!isOptional(entry.configMapRef ?? entry.secretRef)) missing.push(`${nameOf(object)} is not there`);
      continue;
    }
    claimed.push(claimedByObject({ index, object, content, prefix: entry.prefix ?? '' }));
  }
  for (const [index, entry] of (container.env ?? []).entries()) {
    const claim = claimOfEntry({ index, entry, lookUp, missing, value: (name) => claims(name).at(-1) });
    if (claim !== null) claimed.push((name) => (name === entry.name ? claim : null));
  }
  return { claims, missing };
}

/** `ConfigMap deltacrown-config`, for messages. */
export function nameOf(object: SourceObject): string {
  return `${object.kind} ${object.name}`;
}

/** `env[3]`, or `key X of ConfigMap y (envFrom[0])`, for messages. */
export function originText(origin: VariableOrigin): string {
  const entry = `${origin.place}[${String(origin.index)}]`;
  return origin.from === null ? entry : `${entry}, key ${origin.from.key} of ${nameOf(origin.from)}`;
}

/** The object behind an `envFrom` entry; `null` for a kind that this version does not know. */
export function objectOfEnvFrom(entry: {
  readonly configMapRef?: { readonly name?: string };
  readonly secretRef?: { readonly name?: string };
}): SourceObject | null {
  if (entry.configMapRef?.name !== undefined) return { kind: 'ConfigMap', name: entry.configMapRef.name };
  if (entry.secretRef?.name !== undefined) return { kind: 'Secret', name: entry.secretRef.name };
  return null;
}

/** The object and key that an `env` entry refers to. `value` wins over `valueFrom`, as in the kubelet. */
export function keyOfEnv(entry: V1EnvVar): { object: SourceObject; key: string; optional: boolean } | null {
  if ((entry.value ?? '') !== '') return null;
  const { configMapKeyRef, secretKeyRef } = entry.valueFrom ?? {};
  const reference = configMapKeyRef ?? secretKeyRef;
  if (reference?.name === undefined) return null;
  const kind = configMapKeyRef === undefined ? 'Secret' : 'ConfigMap';
  return { object: { kind, name: reference.name }, key: reference.key, optional: isOptional(reference) };
}

type Claimed = (name: string) => VariableClaim | null;

interface FromObject {
  readonly index: number;
  readonly object: SourceObject;
  readonly content: Exclude<SourceContent, { readonly state: 'absent' }>;
  readonly prefix: string;
}

function claimedByObject({ index, object, content, prefix }: FromObject): Claimed {
  return (name) => {
    if (!name.startsWith(prefix)) return null;
    const key = name.slice(prefix.length);
    const origin = { place: 'envFrom', index, from: { ...object, key } } as const;
    if (content.state === 'unreadable')
      return key === '' ? null : { origin, value: null, reason: unreadable(object, content.reason) };
    const value = own(content.data, key);
    return value === undefined ? null : { origin, value, reason: null };
  };
}

interface EnvEntry {
  readonly index: number;
  readonly entry: V1EnvVar;
  readonly lookUp: SourceLookUp;
  readonly missing: string[];
  readonly value: (name: string) => VariableClaim | undefined;
}

function claimOfEntry({ index, entry, lookUp, missing, value }: EnvEntry): VariableClaim | null {
  const plain = { place: 'env', index, from: null } as const;
  if ((entry.value ?? '') !== '' || entry.valueFrom === undefined)
    return { origin: plain, ...expanded(entry.value ?? '', value) };
  const reference = keyOfEnv(entry);
  if (reference === null)
    return { origin: plain, value: null, reason: 'it comes from a field that only the pod itself knows' };
  const { object, key, optional } = reference;
  const origin = { place: 'env', index, from: { ...object, key } } as const;
  const content = lookUp(object);
  if (content.state === 'unreadable')
    return { origin, value: null, reason: unreadable(object, content.reason) };
  const found = content.state === 'present' ? own(content.data, key) : undefined;
  if (found !== undefined) return { origin, value: found, reason: null };
  if (optional) return null;
  const what =
    content.state === 'absent' ? `${nameOf(object)} is not there` : `${nameOf(object)} has no key ${key}`;
  missing.push(`${what} (env[${String(index)}] ${entry.name})`);
  return { origin, value: null, reason: `${what}, so the container cannot start` };
}

function expanded(text: string, value: EnvEntry['value']): Pick<VariableClaim, 'value' | 'reason'> {
  const unknown: string[] = [];
  let length = text.length;
  const result = expandReferences(text, (name) => {
    const claim = value(name);
    if (claim?.value === null) unknown.push(name);
    // References to references grow without bound: nothing longer than the limit is ever put together.
    length += claim?.value?.length ?? 0;
    return length > LONGEST_VALUE ? '' : (claim?.value ?? null);
  });
  if (unknown.length > 0)
    return { value: null, reason: `it refers to ${unknown.join(', ')}, whose value is not known here` };
  if (length > LONGEST_VALUE) return { value: null, reason: 'it is longer than any process can be given' };
  return { value: result, reason: null };
}

function isOptional(reference: { readonly optional?: boolean } | undefined): boolean {
  return reference?.optional === true;
}

function unreadable(object: SourceObject, reason: string): string {
  return `${nameOf(object)} cannot be read (${reason})`;
}

/** Keys like `constructor` are keys too. */
function own(data: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(data, key) ? data[key] : undefined;
}
