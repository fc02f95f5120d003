import { Ajv, type ErrorObject } from 'ajv';
import { ENVIRONMENT_SCHEMA } from './schema/environment-schema.js';
import { branchFor } from './fill-defaults.js';
import { VALUE_PATTERNS, type SchemaNode } from './schema/schema-node.js';
import { nearest } from './suggestion.js';

/** One violation of the schema: where, and what would be right. No value of the file is repeated. */
export interface Violation {
  readonly path: readonly string[];
  readonly message: string;
}

const validator = new Ajv({
  allErrors: true,
  strict: true,
  discriminator: true,
  allowUnionTypes: true,
}).compile(ENVIRONMENT_SCHEMA);

/** All violations of the environment schema at once; none when the value fits. */
export function violationsOf(value: unknown): Violation[] {
  if (validator(value)) return [];
  return (validator.errors ?? []).flatMap((error) => violation(error, value));
}

function violation(error: ErrorObject, root: unknown): Violation[] {
  const path = stepsOf(error.instancePath);
  const params: Readonly<Record<string, unknown>> = error.params;
  const param = (name: string): string => String(params[name]);
  switch (error.keyword) {
    case 'required':
      return [{ path: [...path, param('missingProperty')], message: 'is missing' }];
    case 'additionalProperties':
      return [unknownKey([...path, param('additionalProperty')], root)];
    case 'type':
      return [{ path, message: valueHint(path, root) ?? `must be ${typeWords(params['type'])}` }];
    case 'pattern':
      return [{ path, message: patternHint(param('pattern')) }];
    case 'enum':
      return [{ path, message: `must be one of ${list(params['allowedValues'])}` }];
    case 'const':
      return [{ path, message: `must be ${JSON.stringify(params['allowedValue'])}` }];
    case 'minLength':
      return [{ path, message: 'must not be empty' }];
    case 'minItems':
      return [{ path, message: `needs at least ${param('limit')} entry` }];
    case 'uniqueItems':
      return [{ path, message: 'has the same entry twice' }];
    case 'minimum':
    case 'maximum':
      return [{ path, message: `must be ${param('comparison')} ${param('limit')}` }];
    case 'discriminator':
      return [discriminatorMessage(path, param('tag'), root)];
    default:
      return [{ path, message: error.message ?? `does not fit (${error.keyword})` }];
  }
}

function discriminatorMessage(path: readonly string[], tag: string, root: unknown): Violation {
  const choices = schemaAt(path, root).oneOf?.map((branch) => branch.properties?.[tag]?.const) ?? [];
  return { path: [...path, tag], message: `must be one of ${list(choices)}` };
}

function unknownKey(path: readonly string[], root: unknown): Violation {
  const known = Object.keys(schemaAt(path.slice(0, -1), root).properties ?? {});
  const guess = nearest(path.at(-1) ?? '', known);
  const hint = guess === null ? `known are ${known.join(', ')}` : `did you mean "${guess}"?`;
  return { path, message: `is no known setting; ${hint}` };
}

/** A number without a unit is the most frequent mistake with durations: what is wanted says more than its type. */
function valueHint(path: readonly string[], root: unknown): string | null {
  const { pattern } = schemaAt(path, root);
  return pattern === undefined ? null : patternHint(pattern);
}

function patternHint(pattern: string): string {
  return VALUE_PATTERNS.find((value) => value.pattern === pattern)?.hint ?? 'is not written as it must be';
}

/** The schema of the value at a path, through the branch of a union that the value itself chooses. */
function schemaAt(path: readonly string[], root: unknown): SchemaNode {
  let node: SchemaNode = branchFor(ENVIRONMENT_SCHEMA, root);
  let value: unknown = root;
  for (const step of path) {
    value =
      typeof value === 'object' && value !== null ? new Map(Object.entries(value)).get(step) : undefined;
    const open = node.additionalProperties === false ? undefined : node.additionalProperties;
    const next = node.properties?.[step] ?? node.items ?? open;
    if (next === undefined) return node;
    node = branchFor(next, value);
  }
  return node;
}

function stepsOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function typeWords(type: unknown): string {
  const words: Readonly<Record<string, string>> = {
    object: 'a section with keys',
    array: 'a list',
    string: 'a text',
    integer: 'a whole number',
    number: 'a number',
    boolean: 'true or false, without quotes',
    null: 'empty',
  };
  const types: readonly unknown[] = Array.isArray(type) ? type : [type];
  return types.map((one) => words[String(one)] ?? String(one)).join(' or ');
}

function list(values: unknown): string {
  return Array.isArray(values) ? values.map((value) => JSON.stringify(value)).join(', ') : String(values);
}
