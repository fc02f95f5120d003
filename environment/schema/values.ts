import { duration, type SchemaNode } from './schema-node.js';

export function integer(
  title: string,
  description: string,
  range: { readonly min: number; readonly max: number; readonly fallback: number },
): SchemaNode {
  return {
    type: 'integer',
    title,
    description,
    minimum: range.min,
    maximum: range.max,
    default: range.fallback,
    examples: [range.fallback],
  };
}

export function number(
  title: string,
  description: string,
  range: { readonly min: number; readonly max: number; readonly fallback: number },
): SchemaNode {
  return {
    type: 'number',
    title,
    description,
    minimum: range.min,
    maximum: range.max,
    default: range.fallback,
    examples: [range.fallback],
  };
}

export function choice(
  title: string,
  description: string,
  values: readonly [string, ...string[]],
): SchemaNode {
  return { type: 'string', title, description, enum: values, default: values[0], examples: [values[0]] };
}

export function time(title: string, description: string, fallback: string): SchemaNode {
  return duration({ title, description, default: fallback, examples: [fallback] });
}
