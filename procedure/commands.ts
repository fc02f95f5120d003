import { judgeDecision } from './commands/decision.js';
import type { CommandName } from './commands/names.js';
import { readPayload, type Payload } from './commands/payload.js';
import { whereIs, type CommandState, type Effect, type Judgement } from './commands/state.js';
import { formatDuration, parseDuration } from './durations.js';

export { AUTOMATIC, COMMAND_DESCRIPTIONS, COMMANDS, type CommandName } from './commands/names.js';
export type {
  Approval,
  Choice,
  CommandState,
  Effect,
  Judgement,
  OpenGate,
  Waiting,
} from './commands/state.js';

/** As long as a start may ask for. */
const LONGEST_SOAK_MS = 14 * 86_400_000;

/**
 * Whether a command fits the present state, and what it does. Pure: the update's validator, the update's handler and the
 * signal's handler all ask here, so the three can never differ. Never throws, whatever `payload` is.
 */
export function judgeCommand(name: CommandName, payload: unknown, state: CommandState): Judgement {
  const read = readPayload(name, payload);
  if ('problem' in read) return { accepted: false, by: read.by, message: read.problem };
  if (state.ended)
    return { accepted: false, by: read.by, message: 'The run has ended; nothing can be changed any more.' };
  return name === 'approve' || name === 'reject'
    ? judgeDecision(name, read, state)
    : judgeOrder(name, read, state);
}

function judgeOrder(
  name: Exclude<CommandName, 'approve' | 'reject'>,
  payload: Payload,
  state: CommandState,
): Judgement {
  const { by, reason } = payload;
  const refuse = (message: string): Judgement => ({ accepted: false, by, message });
  const take = (effect: Effect | null, message: string): Judgement => ({
    accepted: true,
    effect,
    by,
    reason,
    message,
  });
  if (name === 'rollback')
    return state.rollingBack
      ? take(null, 'A rollback is under way already.')
      : take({ do: 'rollback' }, `Rollback ordered by ${by}.`);
  if (name === 'acknowledge') {
    if (!state.rollbackIncomplete)
      return refuse(`There is no incomplete rollback to acknowledge: the run is ${whereIs(state)}.`);
    if (reason === null) return refuse('Acknowledging needs a "reason": it stands in the evidence.');
    return take({ do: 'acknowledge' }, `Incomplete rollback acknowledged by ${by}.`);
  }
  if (state.rollingBack) return refuse(`A rollback is under way; ${name} is too late.`);
  switch (name) {
    case 'retry':
    case 'skip':
      if (state.waiting?.kind !== 'attention')
        return refuse(`Nothing waits for ${name}: the run is ${whereIs(state)}.`);
      if (name === 'skip' && !state.waiting.skippable)
        return refuse('This step cannot be skipped safely. Use retry or rollback.');
      if (name === 'skip' && reason === null)
        return refuse('Skipping needs a "reason": it stands in the evidence.');
      return take({ do: name }, `${name} ordered by ${by}.`);
    case 'pause':
      if (!state.planned) return refuse('The run is only reading its plan; pause it in a moment.');
      return state.pausedBy === null
        ? take({ do: 'pause' }, `Paused by ${by}: no further step begins until resume; watching goes on.`)
        : take(null, `The run was paused by ${state.pausedBy} already.`);
    case 'resume':
      return state.pausedBy === null
        ? refuse(`The run is not paused: it is ${whereIs(state)}.`)
        : take({ do: 'resume' }, `Resumed by ${by}.`);
    case 'extend-soak':
    case 'finish-soak':
      return judgeSoak(name, payload, { soakMs: state.soakMs, where: whereIs(state), refuse, take });
  }
}

interface SoakQuestion {
  readonly soakMs: number | null;
  readonly where: string;
  readonly refuse: (message: string) => Judgement;
  readonly take: (effect: Effect | null, message: string) => Judgement;
}

/** The whole new length is given, not the difference: sent twice it is the same. */
function judgeSoak(
  name: 'extend-soak' | 'finish-soak',
  { fields, by, reason }: Payload,
  { soakMs, where, refuse, take }: SoakQuestion,
): Judgement {
  if (soakMs === null) return refuse(`There is no soak now: the run is ${where}.`);
  if (name === 'finish-soak') {
    if (reason === null) return refuse('Ending the soak early needs a "reason": it stands in the evidence.');
    return take(
      { do: 'finish-soak' },
      `Soak ended by ${by} before its time: the verdict is INCONCLUSIVE at best.`,
    );
  }
  const asked = typeof fields['soak'] === 'string' ? parseDuration(fields['soak']) : null;
  if (asked === null) return refuse('"soak" must be the new whole length in quotes, such as "48h".');
  if (asked > LONGEST_SOAK_MS) return refuse(`A soak is at most ${formatDuration(LONGEST_SOAK_MS)} long.`);
  if (asked === soakMs) return take(null, `The soak is ${formatDuration(soakMs)} long already.`);
  if (asked < soakMs)
    return refuse(
      `The soak is ${formatDuration(soakMs)} long and is only made longer; to end it now send finish-soak.`,
    );
  return take(
    { do: 'extend-soak', soakMs: asked },
    `Soak extended by ${by} from ${formatDuration(soakMs)} to ${formatDuration(asked)}.`,
  );
}
