import type { CommandName } from './names.js';

const EXAMPLE_NAMES = [
  'your name',
  'name',
  'you',
  'me',
  'someone',
  'somebody',
  'by',
  '...',
  '…',
  'xxx',
  'test',
  'example',
];
const KEYS: Readonly<Record<CommandName, readonly string[]>> = {
  approve: ['gate', 'digest', 'by', 'reason', 'dualWrite', 'cleanup'],
  reject: ['gate', 'digest', 'by', 'reason'],
  pause: ['by', 'reason'],
  resume: ['by', 'reason'],
  retry: ['by', 'reason'],
  skip: ['by', 'reason'],
  rollback: ['by', 'reason'],
  acknowledge: ['by', 'reason'],
  'extend-soak': ['soak', 'by', 'reason'],
  'finish-soak': ['by', 'reason'],
};

export interface Payload {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly by: string;
  readonly reason: string | null;
}
export type Read = Payload | { readonly problem: string; readonly by: string | null };
/** Reads what a person or a program sent; whatever it is, it never throws. Unknown fields and example names are problems. */
export function readPayload(name: CommandName, payload: unknown): Read {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) {
    return { by: null, problem: `${name} takes one JSON object with ${KEYS[name].join(', ')}.` };
  }
  const fields = payload as Readonly<Record<string, unknown>>;
  const by = typeof fields['by'] === 'string' ? fields['by'].trim() : '';
  const unknown = Object.keys(fields).filter((key) => !KEYS[name].includes(key));
  if (unknown.length > 0) {
    return {
      by: by || null,
      problem: `Unknown field ${unknown
        .slice(0, 5)
        .map((key) => `"${key.slice(0, 40)}"`)
        .join(', ')}; ${name} takes ${KEYS[name].join(', ')}.`,
    };
  }
  if (by === '') return { by: null, problem: 'Who decides? "by" must hold your name.' };
  if (!/[\p{L}\p{N}]/u.test(by)) return { by: null, problem: '"by" must hold a name.' };
  if (by.length > 100 || /[\u0000-\u001f]/.test(by))
    return { by: null, problem: '"by" must be a name of at most 100 characters on one line.' };
  if (
    EXAMPLE_NAMES.includes(
      by
        .toLowerCase()
        .replace(/[<>[\]"']/g, '')
        .trim(),
    )
  ) {
    return { by, problem: `"${by}" is the example, not a name: put your own name into "by".` };
  }
  const reason = fields['reason'];
  if (reason !== undefined && reason !== null && typeof reason !== 'string')
    return { by, problem: '"reason" must be a text.' };
  if (typeof reason === 'string' && reason.length > 1000)
    return { by, problem: '"reason" is longer than 1000 characters.' };
  const trimmed = typeof reason === 'string' && reason.trim() !== '' ? reason.trim() : null;
  return { fields, by, reason: trimmed };
}
