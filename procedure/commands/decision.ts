import { AUTOMATIC } from './names.js';
import type { Payload } from './payload.js';
import {
  whereIs,
  type Approval,
  type Choice,
  type CommandState,
  type Judgement,
  type OpenGate,
} from './state.js';

type Refuse = (message: string) => Judgement;
const sameName = (left: string, right: string): boolean => left.toLowerCase() === right.toLowerCase();

/** Whether a decision fits the gate that is open, the proof that is shown and the person who gives it. */
export function judgeDecision(name: 'approve' | 'reject', payload: Payload, state: CommandState): Judgement {
  const { fields, by, reason } = payload;
  const refuse: Refuse = (message) => ({ accepted: false, by, message });
  const decision = name === 'approve' ? 'approved' : 'rejected';
  const before = state.decided.filter(
    (one) => one.gate === fields['gate'] && one.digest === fields['digest'],
  );
  const first = before.find((one) => sameName(one.by, by)) ?? before[0];
  if (first !== undefined) return judgeRepeat(first, decision, payload);
  const waiting = state.waiting;
  if (state.rollingBack) return refuse('A rollback is under way; gates are closed.');
  if (waiting?.kind !== 'gate') return refuse(`No gate is open: the run is ${whereIs(state)}.`);
  const wrong =
    wrongGate(waiting, fields) ??
    wrongChoice(waiting, fields) ??
    (name === 'approve' ? wrongPerson(waiting, payload, state) : null);
  if (wrong !== null) return refuse(wrong);
  const choice = fields as Choice;
  if (name === 'approve') {
    const mine = waiting.approvals.find((one) => sameName(one.by, by));
    if (mine !== undefined) return judgeSecondYes(waiting, mine, payload);
    const differs = differing(waiting.approvals[0]?.choice, choice);
    if (differs.length > 0)
      return refuse(
        `${waiting.approvals[0]?.by ?? 'Somebody'} approved gate ${waiting.gate} with another ${differs.join(' and ')}; both must decide the same, or one of you rejects.`,
      );
  }
  return {
    accepted: true,
    effect: {
      do: 'decide',
      gate: waiting.gate,
      decision,
      digest: waiting.digest,
      ...(choice.dualWrite !== undefined ? { dualWrite: choice.dualWrite } : {}),
      ...(choice.cleanup !== undefined ? { cleanup: choice.cleanup } : {}),
    },
    by,
    reason,
    message: `Gate ${waiting.gate} ${decision} by ${by}${name === 'approve' ? countOf(waiting, 1) : ''}.`,
  };
}

function wrongGate(waiting: OpenGate, fields: Payload['fields']): string | null {
  if (fields['gate'] !== waiting.gate) {
    const named = typeof fields['gate'] === 'string' ? `"${fields['gate'].slice(0, 40)}"` : 'another';
    return `Gate "${waiting.gate}" is open, not ${named}.`;
  }
  return fields['digest'] === waiting.digest
    ? null
    : 'The digest is not the one of the proof that is shown now (it changes when proofs are measured again and belongs to this run alone). Look at the page again and copy its JSON.';
}

function wrongPerson(waiting: OpenGate, { by, reason }: Payload, state: CommandState): string | null {
  const { approvers, barredStarter, gate } = waiting;
  if (by.toLowerCase().startsWith(AUTOMATIC) && state.automaticAllowed !== true)
    return `"${by}" is no person; automatic approvals are taken in a lab only.`;
  if (!approvers.some((one) => one === '*' || sameName(one, by))) {
    const allowed =
      approvers.length === 0 ? 'nobody is (see approvers in the environment file)' : approvers.join(', ');
    return `"${by}" is no approver of gate ${gate}; allowed: ${allowed}.`;
  }
  if (barredStarter !== null && sameName(barredStarter, by))
    return `"${by}" started this run; gate ${gate} must be approved by somebody else (approval.starterMayApprove in the environment file).`;
  return waiting.reasonNeeded && reason === null
    ? 'The verdict is INCONCLUSIVE: approving it needs a "reason", and the verdict stays as it is.'
    : null;
}

function wrongChoice(waiting: OpenGate, fields: Payload['fields']): string | null {
  const { dualWrite, cleanup } = fields;
  if (waiting.gate !== 'finish' && (dualWrite !== undefined || cleanup !== undefined))
    return '"dualWrite" and "cleanup" belong to gate finish.';
  if (dualWrite !== undefined && dualWrite !== 'keep' && dualWrite !== 'disable')
    return '"dualWrite" must be "keep" or "disable".';
  return cleanup !== undefined && typeof cleanup !== 'boolean'
    ? '"cleanup" must be true or false, without quotes.'
    : null;
}

/** `, 1 of 2; one more is needed` after this approval, nothing at a gate that one person decides. */
function countOf({ approvals, quorum }: OpenGate, more: number): string {
  if (quorum <= 1) return '';
  const left = quorum - approvals.length - more;
  return `, ${String(approvals.length + more)} of ${String(quorum)}${left > 0 ? `; ${String(left)} more needed` : ''}`;
}

function judgeSecondYes(waiting: OpenGate, mine: Approval, { fields, by, reason }: Payload): Judgement {
  const done = `Gate ${waiting.gate} was approved by ${mine.by} already${countOf(waiting, 0)}`;
  const differs = differing(mine.choice, fields);
  if (differs.length > 0)
    return { accepted: false, by, message: `${done}, with another ${differs.join(' and ')}.` };
  return { accepted: true, effect: null, by, reason, message: `${done}.` };
}

function differing(before: Choice | undefined, now: Choice): string[] {
  if (before === undefined) return [];
  return (['dualWrite', 'cleanup'] as const).filter(
    (key) => now[key] !== undefined && now[key] !== before[key],
  );
}

function judgeRepeat(
  before: CommandState['decided'][number],
  decision: string,
  { fields, by, reason }: Payload,
): Judgement {
  if (before.decision === 'deadline')
    return { accepted: false, by, message: `The deadline of gate ${before.gate} is over; it is decided.` };
  const done = `Gate ${before.gate} was ${before.decision} by ${before.by} already`;
  const same = before.decision === decision && before.by === by;
  const differs = differing(before.choice ?? {}, fields);
  if (same && differs.length === 0) return { accepted: true, effect: null, by, reason, message: `${done}.` };
  return {
    accepted: false,
    by,
    message: same ? `${done}, with another ${differs.join(' and ')}.` : `${done}.`,
  };
}
