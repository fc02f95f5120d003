import { formatDuration, parseDuration } from './durations.js';
import type { Problem } from './problem.js';

/** What a person gives to start a run (spec of the fields: docs/starting.md). Durations are texts such as `24h`. */
export interface RunInput {
  readonly environment: string;
  readonly startedBy?: string;
  readonly ticket?: string;
  readonly reason?: string;
  readonly soak: string;
  readonly soakInterval: string;
  readonly baselineWrites: boolean;
  readonly samples?: number;
  readonly staticFiles: boolean;
  /** Two flows with strict mode on, and then off again. */
  readonly strictPass: boolean;
  /** One create while its copy must fail: is it noticed? */
  readonly failureSimulation: boolean;
  readonly autoPassSoak: boolean;
  readonly dualWrite: 'keep' | 'disable';
  readonly cleanup: boolean;
  readonly cleanupAfterRollback: boolean;
  readonly failFast: boolean;
}

type FieldKind =
  | { readonly kind: 'text'; readonly maxLength: number; readonly pattern?: RegExp; readonly hint?: string }
  | { readonly kind: 'boolean'; readonly fallback: boolean }
  | { readonly kind: 'integer'; readonly min: number; readonly max: number }
  | { readonly kind: 'duration'; readonly fallback: string; readonly minMs: number; readonly maxMs: number }
  | { readonly kind: 'choice'; readonly fallback: string; readonly choices: readonly string[] };

const DAY = 86_400_000;

/** The flat fields of a start, with their limits and defaults. Passes that come later are named so that they are refused with a reason. */
export const INPUT_FIELDS: Readonly<Record<string, FieldKind>> = {
  environment: {
    kind: 'text',
    maxLength: 40,
    pattern: /^[a-z0-9][a-z0-9-]*$/,
    hint: 'the name of a file environments/<name>.yaml on the worker: lower-case letters, digits and "-"',
  },
  startedBy: { kind: 'text', maxLength: 100 },
  ticket: { kind: 'text', maxLength: 100 },
  reason: { kind: 'text', maxLength: 500 },
  soak: { kind: 'duration', fallback: '24h', minMs: 0, maxMs: 14 * DAY },
  soakInterval: { kind: 'duration', fallback: '5m', minMs: 1000, maxMs: DAY },
  baselineWrites: { kind: 'boolean', fallback: true },
  samples: { kind: 'integer', min: 1, max: 500 },
  staticFiles: { kind: 'boolean', fallback: false },
  strictPass: { kind: 'boolean', fallback: false },
  failureSimulation: { kind: 'boolean', fallback: false },
  autoPassSoak: { kind: 'boolean', fallback: false },
  dualWrite: { kind: 'choice', fallback: 'keep', choices: ['keep', 'disable'] },
  cleanup: { kind: 'boolean', fallback: true },
  cleanupAfterRollback: { kind: 'boolean', fallback: false },
  failFast: { kind: 'boolean', fallback: false },
};

/** Optional passes of the procedure that this version does not carry out; asking for one is refused, not ignored. */
const NOT_YET = ['canary'] as const;

/** The JSON to paste into the start form. Several lines: the UI loses the first click after re-formatting one line. */
export const EXAMPLE_INPUT = '{\n  "environment": "staging"\n}';

/**
 * Reads what a person typed, tolerating nothing: an unknown field, a wrong type or a value out of range is a problem,
 * and all problems are told at once.
 */
export function parseInput(raw: unknown): {
  readonly input?: RunInput;
  readonly problems: readonly Problem[];
} {
  if (raw === undefined || raw === null || typeof raw !== 'object' || Array.isArray(raw)) {
    const found =
      raw === undefined || raw === null ? 'nothing' : Array.isArray(raw) ? 'an array' : `a ${typeof raw}`;
    return { problems: [{ path: 'input', message: `must be one JSON object, found ${found}` }] };
  }
  const given = raw as Readonly<Record<string, unknown>>;
  const problems = [...unknownFields(given)];
  const fields: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(INPUT_FIELDS)) {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    if (value === undefined || value === null) {
      if (name === 'environment') problems.push({ path: name, message: 'is missing: which environment?' });
      if ('fallback' in field) fields[name] = field.fallback;
      continue;
    }
    const wrong = wrongWith(field, value);
    if (wrong !== null) problems.push({ path: name, message: wrong });
    else fields[name] = typeof value === 'string' ? value.trim() : value;
  }
  if (given['soakInterval'] === undefined) fields['soakInterval'] = fittingInterval(fields);
  if (problems.length === 0) problems.push(...contradictions(fields));
  return problems.length > 0 ? { problems } : { input: fields as unknown as RunInput, problems };
}

/** Nobody asked for an interval: the usual one, or a sixth of a soak that is shorter than six of them. */
function fittingInterval(fields: Readonly<Record<string, unknown>>): string {
  const usual = INPUT_FIELDS['soakInterval'];
  const fallback = usual?.kind === 'duration' ? usual.fallback : '5m';
  const soak = parseDuration(String(fields['soak'])) ?? 0;
  if (soak === 0 || soak >= 6 * (parseDuration(fallback) ?? 0)) return fallback;
  return formatDuration(Math.max(1000, Math.floor(soak / 6000) * 1000));
}

function unknownFields(given: Readonly<Record<string, unknown>>): Problem[] {
  const known = Object.keys(INPUT_FIELDS);
  // A page and a workflow result have little room: the first twenty say it all.
  const unknown = Object.keys(given)
    .filter((name) => !known.includes(name))
    .slice(0, 20);
  return unknown.flatMap((name): Problem[] => {
    if ((NOT_YET as readonly string[]).includes(name)) {
      return given[name] === false || given[name] === null
        ? []
        : [{ path: name, message: 'this optional pass is not part of this version; leave it out' }];
    }
    return [{ path: name.slice(0, 60), message: `is no field of a start; known are ${known.join(', ')}` }];
  });
}

function wrongWith(field: FieldKind, value: unknown): string | null {
  switch (field.kind) {
    case 'text':
      if (typeof value !== 'string' || value.trim() === '') return 'must be a text that is not empty';
      if (/[\u0000-\u001f\u007f]/.test(value.trim())) return 'must be one line without control characters';
      if (value.length > field.maxLength)
        return `is ${String(value.length)} characters long; at most ${String(field.maxLength)}`;
      return field.pattern !== undefined && !field.pattern.test(value.trim())
        ? `must be ${field.hint ?? String(field.pattern)}`
        : null;
    case 'boolean':
      return typeof value === 'boolean' ? null : 'must be true or false, without quotes';
    case 'integer':
      return typeof value === 'number' && Number.isInteger(value) && value >= field.min && value <= field.max
        ? null
        : `must be a whole number from ${String(field.min)} to ${String(field.max)}`;
    case 'duration': {
      const milliseconds = typeof value === 'string' ? parseDuration(value) : null;
      if (milliseconds === null) return 'must be a duration in quotes such as "24h", "90m" or "60s"';
      return milliseconds < field.minMs || milliseconds > field.maxMs
        ? `must be from ${formatDuration(field.minMs)} to ${formatDuration(field.maxMs)}`
        : null;
    }
    case 'choice':
      return typeof value === 'string' && field.choices.includes(value)
        ? null
        : `must be one of ${field.choices.join(', ')}`;
  }
}

function contradictions(fields: Readonly<Record<string, unknown>>): Problem[] {
  const soak = parseDuration(String(fields['soak'])) ?? 0;
  const interval = parseDuration(String(fields['soakInterval'])) ?? 0;
  return soak > 0 && interval > soak
    ? [
        {
          path: 'soakInterval',
          message: `is longer than the soak itself (${formatDuration(soak)}), so no check would be made`,
        },
      ]
    : [];
}
