import type { SchemaNode } from './schema/schema-node.js';

/**
 * A copy of `value` in which everything that was left out stands with the schema's default. Expects a value that the
 * schema accepts; `null` where the schema allows none counts as left out (`database:` with nothing behind it).
 */
export function fillDefaults(node: SchemaNode, value: unknown): unknown {
  const given = value ?? defaultOf(node);
  const { items } = node;
  if (Array.isArray(given) && items !== undefined) return given.map((item) => fillDefaults(items, item));
  const branch = branchFor(node, given);
  if (branch.properties === undefined || !isRecord(given)) return given;
  const filled: Record<string, unknown> = { ...given };
  for (const [name, child] of Object.entries(branch.properties)) {
    const result = fillDefaults(child, Object.hasOwn(given, name) ? given[name] : undefined);
    if (result !== undefined) filled[name] = result;
  }
  return filled;
}

/**
 * The same value without keys that hold nothing: in YAML `staticFile:` is null, and a person who wrote it meant to leave
 * it out, not to break a type.
 */
export function withoutEmptyKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutEmptyKeys(item));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, child]) => child !== null && child !== undefined)
      .map(([name, child]) => [name, withoutEmptyKeys(child)]),
  );
}

/** The branch of a discriminated union that the value belongs to; the node itself when it is no union. */
export function branchFor(node: SchemaNode, value: unknown): SchemaNode {
  const name = node.discriminator?.propertyName;
  if (name === undefined || !isRecord(value)) return node;
  return node.oneOf?.find((branch) => branch.properties?.[name]?.const === value[name]) ?? node;
}

function defaultOf(node: SchemaNode): unknown {
  if (Object.hasOwn(node, 'default')) return structuredClone(node.default);
  return node.properties === undefined ? undefined : {};
}

/** Whether a value is a plain object with keys. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
