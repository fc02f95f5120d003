/**
 * The pieces of JSON Schema (draft-07) of which the environment file's schema is made. Only what is used here: a
 * keyword that is not in this type cannot creep in without the loader knowing it.
 */
export interface SchemaNode {
  readonly type?: SchemaType | readonly SchemaType[];
  readonly title: string;
  readonly description: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly const?: string;
  readonly enum?: readonly (string | boolean)[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly uniqueItems?: boolean;
  readonly items?: SchemaNode;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: false | SchemaNode;
  readonly discriminator?: { readonly propertyName: string };
  readonly oneOf?: readonly SchemaNode[];
}
type SchemaType = 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean' | 'null';

/** A value pattern with the words that tell a person what would be right. */
export interface ValuePattern {
  readonly pattern: string;
  readonly hint: string;
}

export const NAME: ValuePattern = {
  pattern: '^[a-z0-9][a-z0-9-]*$',
  hint: 'must be lower-case letters, digits and "-", beginning with a letter or digit',
};
export const DURATION: ValuePattern = {
  pattern: '^(\\d+(\\.\\d+)?(ms|s|m|h|d))+$',
  hint: 'must be a duration such as "500ms", "10s", "2m", "24h" or "1h30m"',
};
export const SIZE: ValuePattern = {
  pattern: '^\\d+(KiB|MiB|GiB)$',
  hint: 'must be a size such as "200MiB" or "1GiB"',
};
export const SECRET: ValuePattern = {
  pattern: '^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$',
  hint: 'must say where the secret stands, "env:NAME" or "file:PATH", never the secret itself',
};
export const URL_PATH: ValuePattern = { pattern: '^/', hint: 'must be a path that begins with "/"' };
export const HTTP_URL: ValuePattern = {
  pattern: '^https?://[^/?#\\s@]+(/[^?#\\s]*)?$',
  hint: 'must be an http:// or https:// address without user, password, query or fragment',
};
/** No blank, no `*`, no leading `-`: the name is an argument of supervisorctl, where `all` and `group:*` mean more than one. */
export const PROGRAM: ValuePattern = {
  pattern: '^(?!all$)[A-Za-z0-9_.][A-Za-z0-9_.:-]*$',
  hint: 'must be the name of one supervisor program ("name" or "group:name"); not "all", no "*"',
};
export const IDENTIFIER: ValuePattern = {
  pattern: '^[A-Za-z_][A-Za-z0-9_]*(\\.[A-Za-z_][A-Za-z0-9_]*)?$',
  hint: 'must be a plain table or column name, "name" or "schema.name"',
};
export const KUBERNETES_NAME: ValuePattern = {
  pattern: '^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$',
  hint: 'must be the name of a Kubernetes object: lower-case letters, digits, "-" and "."',
};
/** All of them, so that a violated pattern is told in words and never as a regular expression. */
export const VALUE_PATTERNS: readonly ValuePattern[] = [
  NAME,
  DURATION,
  SIZE,
  SECRET,
  URL_PATH,
  HTTP_URL,
  PROGRAM,
  IDENTIFIER,
  KUBERNETES_NAME,
];

/** Title, description and examples that every property has, and a default for those that may be left out. */
export interface About {
  readonly title: string;
  readonly description: string;
  readonly examples: readonly unknown[];
  readonly default?: unknown;
}

/** A text; with a pattern it must match, without one it may be anything but empty. */
export function text(about: About, value?: ValuePattern): SchemaNode {
  return value === undefined
    ? { type: 'string', ...about, minLength: 1 }
    : { type: 'string', ...about, pattern: value.pattern };
}

/** A duration as text; the loader turns it into milliseconds. */
export function duration(about: About): SchemaNode {
  return text(about, DURATION);
}

/** A list of texts. */
export function texts(
  about: About,
  options: { readonly minItems?: number; readonly value?: ValuePattern } = {},
): SchemaNode {
  const item: About = {
    title: about.title,
    description: 'One entry of the list.',
    examples: about.examples.flat(),
  };
  return { type: 'array', ...about, items: text(item, options.value), minItems: options.minItems ?? 0 };
}

/** An object that knows all of its keys. Those without a default are required, unless the section is made of defaults only. */
export function section(
  about: Omit<About, 'default'>,
  properties: Readonly<Record<string, SchemaNode>>,
): SchemaNode {
  const required = Object.keys(properties).filter((name) => !isOptional(properties[name]));
  return { type: 'object', ...about, properties, required, additionalProperties: false };
}

/** Whether a property may be left out: it has a default, or is a section in which everything may be left out. */
export function isOptional(node: SchemaNode | undefined): boolean {
  if (node === undefined) return true;
  if (Object.hasOwn(node, 'default')) return true;
  return node.properties !== undefined && Object.values(node.properties).every((child) => isOptional(child));
}
