import { duration, type SchemaNode } from './schema-node.js';

/** A number within limits, with a default. */
interface Range {
  readonly min: number;
  readonly max: number;
  readonly fallback: number;
}

const ranged =
  (type: 'integer' | 'number') =>
  (title: string, description: string, { min, max, fallback }: Range): SchemaNode => ({
    type,
    title,
    description,
    minimum: min,
    maximum: max,
    default: fallback,
    examples: [fallback],
  });

export const integer = ranged('integer');
export const number = ranged('number');

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
