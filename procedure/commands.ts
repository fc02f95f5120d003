import type { Gate } from './phases.js';

/** What a person can tell a run. Each exists as an update (validated, answers at once) and as a signal of the same name. */
export const COMMANDS = ['approve', 'reject', 'retry', 'skip', 'rollback', 'acknowledge'] as const;
export type CommandName = (typeof COMMANDS)[number];

/** Shown in the Temporal UI's menu; short, with the JSON keys in it. */
export const COMMAND_DESCRIPTIONS: Readonly<Record<CommandName, string>> = {
  approve:
    'Approve a gate. Input: {"gate","digest","by","reason"}; at gate finish also {"dualWrite","cleanup"}',
  reject: 'Reject a gate: whatever was changed is rolled back. Input: {"gate","digest","by","reason"}',
  retry: 'At attention: do the failed step again. Input: {"by","reason"}',
  skip: 'At attention: go on without the failed step, where that is safe. Input: {"by","reason"}',
  rollback: 'Stop and put everything back, now. Input: {"by","reason"}',
  acknowledge:
    'A rollback that cannot be completed: end the run as ROLLBACK_INCOMPLETE. Input: {"by","reason"}',
};

/** What the run is waiting for, as far as commands are concerned. */
export type Waiting =
  | {
      readonly kind: 'gate';
      readonly gate: Gate;
      readonly digest: string;
      readonly approvers: readonly string[];
      readonly reasonNeeded: boolean;
    }
  | { readonly kind: 'attention'; readonly skippable: boolean }
  | null;

/** What gate finish decides beside yes or no; a field that was left out is as the gate proposed it. */
export interface Choice {
  readonly dualWrite?: 'keep' | 'disable';
  readonly cleanup?: boolean;
}

export interface CommandState {
  readonly waiting: Waiting;
  /** Gates that were decided, newest last. */
  readonly decided: readonly {
    readonly gate: Gate;
    readonly digest: string;
    readonly decision: string;
    readonly by: string;
    readonly choice: Choice | null;
  }[];
  readonly phase: string;
  readonly rollingBack: boolean;
  /** The rollback has been failing for longer than its patience. */
  readonly rollbackIncomplete: boolean;
  readonly ended: boolean;
  /** In a lab a program may decide; it says so in its name, and the evidence says `automatic`. */
  readonly automaticAllowed?: boolean;
}

/** Names that begin like this are programs, not people. */
export const AUTOMATIC = 'automatic';

/** A command that was understood. */
export type Effect =
  | {
      readonly do: 'decide';
      readonly gate: Gate;
      readonly decision: 'approved' | 'rejected';
      readonly digest: string;
      readonly dualWrite?: 'keep' | 'disable';
      readonly cleanup?: boolean;
    }
  | { readonly do: 'retry' | 'skip' | 'rollback' | 'acknowledge' };

export type Judgement =
  | {
      readonly accepted: true;
      readonly effect: Effect;
      readonly by: string;
      readonly reason: string | null;
      readonly message: string;
    }
  /** Fits nothing that is still to be done, and does no harm: the same decision came before. */
  | {
      readonly accepted: true;
      readonly effect: null;
      readonly by: string;
      readonly reason: string | null;
      readonly message: string;
    }
  | { readonly accepted: false; readonly by: string | null; readonly message: string };

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
  retry: ['by', 'reason'],
  skip: ['by', 'reason'],
  rollback: ['by', 'reason'],
  acknowledge: ['by', 'reason'],
};

/**
 * Whether a command fits the present state, and what it does. Pure: the update's validator, the update's handler and the
 * signal's handler all ask here, so the three can never differ. Never throws, whatever `payload` is.
 */
export function judgeCommand(name: CommandName, payload: unknown, state: CommandState): Judgement {
  const read = readPayload(name, payload);
  if ('problem' in read) return { accepted: false, by: read.by, message: read.problem };
  const { fields, by, reason } = read;
  const refuse = (message: string): Judgement => ({ accepted: false, by, message });
  if (state.ended) return refuse('The run has ended; nothing can be changed any more.');
  switch (name) {
    case 'approve':
    case 'reject':
      return judgeDecision(name, { fields, by, reason }, state);
    case 'rollback':
      if (state.rollingBack)
        return { accepted: true, effect: null, by, reason, message: 'A rollback is under way already.' };
      return {
        accepted: true,
        effect: { do: 'rollback' },
        by,
        reason,
        message: `Rollback ordered by ${by}.`,
      };
    case 'retry':
    case 'skip':
      if (state.rollingBack || state.waiting?.kind !== 'attention')
        return refuse(`Nothing waits for ${name}: the run is ${whereIs(state)}.`);
      if (name === 'skip' && !state.waiting.skippable)
        return refuse('This step cannot be skipped safely. Use retry or rollback.');
      if (name === 'skip' && reason === null)
        return refuse('Skipping needs a "reason": it stands in the evidence.');
      return { accepted: true, effect: { do: name }, by, reason, message: `${name} ordered by ${by}.` };
    case 'acknowledge':
      if (!state.rollbackIncomplete)
        return refuse(`There is no incomplete rollback to acknowledge: the run is ${whereIs(state)}.`);
      if (reason === null) return refuse('Acknowledging needs a "reason": it stands in the evidence.');
      return {
        accepted: true,
        effect: { do: 'acknowledge' },
        by,
        reason,
        message: `Incomplete rollback acknowledged by ${by}.`,
      };
  }
}

function judgeDecision(
  name: 'approve' | 'reject',
  {
    fields,
    ...who
  }: {
    readonly fields: Readonly<Record<string, unknown>>;
    readonly by: string;
    readonly reason: string | null;
  },
  state: CommandState,
): Judgement {
  const refuse = (message: string): Judgement => ({ accepted: false, by: who.by, message });
  const decision = name === 'approve' ? 'approved' : 'rejected';
  const before = state.decided.find((one) => one.gate === fields['gate'] && one.digest === fields['digest']);
  if (before !== undefined) return judgeRepeat(before, { decision, fields, ...who });
  const waiting = state.waiting;
  if (state.rollingBack) return refuse('A rollback is under way; gates are closed.');
  if (waiting?.kind !== 'gate') return refuse(`No gate is open: the run is ${whereIs(state)}.`);
  if (fields['gate'] !== waiting.gate) {
    const named = typeof fields['gate'] === 'string' ? `"${fields['gate'].slice(0, 40)}"` : 'another';
    return refuse(`Gate "${waiting.gate}" is open, not ${named}.`);
  }
  if (fields['digest'] !== waiting.digest) {
    return refuse(
      'The digest is not the one of the proof that is shown now (it changes when proofs are measured again and belongs to this run alone). Look at the page again and copy its JSON.',
    );
  }
  if (name === 'approve' && who.by.toLowerCase().startsWith(AUTOMATIC) && state.automaticAllowed !== true) {
    return refuse(`"${who.by}" is no person; automatic approvals are taken in a lab only.`);
  }
  if (name === 'approve' && !mayDecide(waiting.approvers, who.by)) {
    const allowed =
      waiting.approvers.length === 0
        ? 'nobody is (see approvers in the environment file)'
        : waiting.approvers.join(', ');
    return refuse(`"${who.by}" is no approver of gate ${waiting.gate}; allowed: ${allowed}.`);
  }
  if (name === 'approve' && waiting.reasonNeeded && who.reason === null) {
    return refuse(
      'The verdict is INCONCLUSIVE: approving it needs a "reason", and the verdict stays as it is.',
    );
  }
  if (waiting.gate !== 'finish' && (fields['dualWrite'] !== undefined || fields['cleanup'] !== undefined)) {
    return refuse('"dualWrite" and "cleanup" belong to gate finish.');
  }
  const dualWrite = fields['dualWrite'];
  const cleanup = fields['cleanup'];
  if (dualWrite !== undefined && dualWrite !== 'keep' && dualWrite !== 'disable')
    return refuse('"dualWrite" must be "keep" or "disable".');
  if (cleanup !== undefined && typeof cleanup !== 'boolean')
    return refuse('"cleanup" must be true or false, without quotes.');
  return {
    accepted: true,
    effect: {
      do: 'decide',
      gate: waiting.gate,
      decision,
      digest: waiting.digest,
      ...(dualWrite !== undefined ? { dualWrite } : {}),
      ...(cleanup !== undefined ? { cleanup } : {}),
    },
    ...who,
    message: `Gate ${waiting.gate} ${decision} by ${who.by}.`,
  };
}

function judgeRepeat(
  before: CommandState['decided'][number],
  now: {
    readonly decision: string;
    readonly fields: Readonly<Record<string, unknown>>;
    readonly by: string;
    readonly reason: string | null;
  },
): Judgement {
  const { by, reason, fields } = now;
  if (before.decision === 'deadline')
    return { accepted: false, by, message: `The deadline of gate ${before.gate} is over; it is decided.` };
  const done = `Gate ${before.gate} was ${before.decision} by ${before.by} already`;
  const same = before.decision === now.decision && before.by === by;
  const differs = (['dualWrite', 'cleanup'] as const).filter(
    (key) => fields[key] !== undefined && fields[key] !== before.choice?.[key],
  );
  if (same && differs.length === 0) return { accepted: true, effect: null, by, reason, message: `${done}.` };
  return {
    accepted: false,
    by,
    message: same ? `${done}, with another ${differs.join(' and ')}.` : `${done}.`,
  };
}

function mayDecide(approvers: readonly string[], by: string): boolean {
  return approvers.some((one) => one === '*' || one.toLowerCase() === by.toLowerCase());
}

function whereIs(state: CommandState): string {
  if (state.rollingBack) return 'rolling back';
  if (state.waiting === null) return `in phase ${state.phase}`;
  return state.waiting.kind === 'gate'
    ? `at gate ${state.waiting.gate}`
    : `at attention in phase ${state.phase}`;
}

type Read =
  | {
      readonly fields: Readonly<Record<string, unknown>>;
      readonly by: string;
      readonly reason: string | null;
    }
  | { readonly problem: string; readonly by: string | null };

function readPayload(name: CommandName, payload: unknown): Read {
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
