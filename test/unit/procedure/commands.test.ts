import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  COMMANDS,
  COMMAND_DESCRIPTIONS,
  judgeCommand,
  type CommandName,
  type CommandState,
  type Judgement,
  type Waiting,
} from '../../../procedure/commands.js';
import type { Gate } from '../../../procedure/phases.js';

const WORKING: CommandState = {
  waiting: null,
  decided: [],
  phase: 'smoke',
  planned: true,
  pausedBy: null,
  soakMs: null,
  rollingBack: false,
  rollbackIncomplete: false,
  ended: false,
};
const openGate = (gate: Gate, more: Partial<Extract<Waiting, { kind: 'gate' }>> = {}): Waiting => ({
  kind: 'gate',
  gate,
  digest: 'd1',
  approvers: ['*'],
  reasonNeeded: false,
  quorum: 1,
  approvals: [],
  barredStarter: null,
  ...more,
});
const atGate = (gate: Gate, more: Partial<Extract<Waiting, { kind: 'gate' }>> = {}): CommandState => ({
  ...WORKING,
  waiting: openGate(gate, more),
  phase: `gate-${gate}`,
});
const STATES = {
  'reading its plan': { ...WORKING, phase: 'plan', planned: false },
  paused: { ...WORKING, pausedBy: 'Grace' },
  soaking: { ...WORKING, phase: 'soak', soakMs: 24 * 3_600_000 },
  working: WORKING,
  'gate enable': atGate('enable'),
  'gate soak': atGate('soak', { reasonNeeded: true }),
  'gate finish': atGate('finish'),
  'attention, skippable': { ...WORKING, waiting: { kind: 'attention', skippable: true } },
  'attention, not skippable': { ...WORKING, waiting: { kind: 'attention', skippable: false } },
  'rolling back': { ...WORKING, rollingBack: true },
  'rollback incomplete': { ...WORKING, rollingBack: true, rollbackIncomplete: true },
  ended: { ...WORKING, ended: true },
} as const satisfies Record<string, CommandState>;
type StateName = keyof typeof STATES;

const FULL = { by: 'Ada', reason: 'looked at the proof' };
function payloadFor(name: CommandName, state: CommandState): Record<string, unknown> {
  if (name === 'extend-soak') return { soak: '48h', ...FULL };
  if (name !== 'approve' && name !== 'reject') return FULL;
  const gate = state.waiting?.kind === 'gate' ? state.waiting.gate : 'enable';
  return { gate, digest: 'd1', ...FULL };
}
const effectOf = (judgement: Judgement): string =>
  !judgement.accepted ? 'refused' : judgement.effect === null ? 'nothing more' : judgement.effect.do;

describe('every command in every state has one answer', () => {
  const R = 'refused';
  const NOTHING: Record<CommandName, string> = {
    ...{ approve: R, reject: R, pause: R, resume: R, retry: R, skip: R, rollback: R, acknowledge: R },
    ...{ 'extend-soak': R, 'finish-soak': R },
  };
  const STEERABLE = { ...NOTHING, pause: 'pause', rollback: 'rollback' };
  const AT_GATE = { ...STEERABLE, approve: 'decide', reject: 'decide' };
  const ANSWERS: Record<StateName, Record<CommandName, string>> = {
    'reading its plan': { ...NOTHING, rollback: 'rollback' },
    working: STEERABLE,
    paused: { ...STEERABLE, pause: 'nothing more', resume: 'resume' },
    soaking: { ...STEERABLE, 'extend-soak': 'extend-soak', 'finish-soak': 'finish-soak' },
    'gate enable': AT_GATE,
    'gate soak': AT_GATE,
    'gate finish': AT_GATE,
    'attention, skippable': { ...STEERABLE, retry: 'retry', skip: 'skip' },
    'attention, not skippable': { ...STEERABLE, retry: 'retry' },
    'rolling back': { ...NOTHING, rollback: 'nothing more' },
    'rollback incomplete': { ...NOTHING, rollback: 'nothing more', acknowledge: 'acknowledge' },
    ended: NOTHING,
  };
  const pairs = (Object.keys(ANSWERS) as StateName[]).flatMap((state) =>
    COMMANDS.map((name) => [name, state] as const),
  );

  test.each(pairs)('%s when %s', (name, stateName) => {
    const state = STATES[stateName];
    const judgement = judgeCommand(name, payloadFor(name, state), state);
    expect(effectOf(judgement)).toBe(ANSWERS[stateName][name]);
    expect(judgement.by).toBe('Ada');
    expect(judgement.message).toMatch(/\w.*[.:]/);
  });

  test('every command is described, with its fields, for the menu of the Temporal UI', () => {
    for (const name of COMMANDS) expect(COMMAND_DESCRIPTIONS[name]).toContain('{"');
  });
});

describe('a gate decision', () => {
  const decision = { gate: 'enable', digest: 'd1', by: 'Ada' };
  const approve = (payload: unknown, state: CommandState = STATES['gate enable']): Judgement =>
    judgeCommand('approve', payload, state);

  test('is bound to the proof that was shown', () => {
    for (const digest of ['d2', 'D1', 'd1 ', '', null, 1, undefined]) {
      expect(approve({ ...decision, digest })).toMatchObject({
        accepted: false,
        message: expect.stringContaining('digest') as unknown,
      });
    }
  });

  test('is bound to its gate', () => {
    expect(approve({ ...decision, gate: 'finish' })).toMatchObject({
      accepted: false,
      message: 'Gate "enable" is open, not "finish".',
    });
  });

  test('repeated by the same person has no second effect, at this gate and at the next', () => {
    const decided = [
      { gate: 'enable', digest: 'd1', decision: 'approved', by: 'Ada', choice: null },
    ] as const;
    const later: CommandState[] = [
      { ...WORKING, decided },
      { ...atGate('soak', { digest: 'd2' }), decided },
      { ...atGate('finish', { digest: 'd1' }), decided },
      { ...STATES['rolling back'], decided },
    ];
    for (const state of later) {
      expect(approve(decision, state)).toMatchObject({ accepted: true, effect: null });
    }
  });

  test('after another one is refused and says who was first', () => {
    const state: CommandState = {
      ...WORKING,
      decided: [{ gate: 'enable', digest: 'd1', decision: 'approved', by: 'Ada', choice: null }],
    };
    for (const judgement of [
      approve({ ...decision, by: 'Grace' }, state),
      judgeCommand('reject', decision, state),
    ]) {
      expect(judgement).toMatchObject({
        accepted: false,
        message: 'Gate enable was approved by Ada already.',
      });
    }
  });

  test('repeated with another choice is refused and says which', () => {
    const choice = { dualWrite: 'keep', cleanup: true } as const;
    const decided = [{ gate: 'finish', digest: 'd3', decision: 'approved', by: 'Ada', choice }] as const;
    const again = { gate: 'finish', digest: 'd3', by: 'Ada', dualWrite: 'disable' };
    expect(approve(again, { ...WORKING, decided })).toMatchObject({
      accepted: false,
      message: 'Gate finish was approved by Ada already, with another dualWrite.',
    });
    expect(approve({ ...again, dualWrite: 'keep' }, { ...WORKING, decided })).toMatchObject({
      accepted: true,
      effect: null,
    });
  });

  test('after the deadline is refused', () => {
    const decided = [
      { gate: 'enable', digest: 'd1', decision: 'deadline', by: 'deadline', choice: null },
    ] as const;
    expect(approve(decision, { ...WORKING, decided }).message).toBe(
      'The deadline of gate enable is over; it is decided.',
    );
  });

  test('of an earlier life of the run does not pass the gate that it opened anew', () => {
    const decided = [
      { gate: 'enable', digest: 'd1', decision: 'approved', by: 'Ada', choice: null },
    ] as const;
    expect(approve(decision, { ...atGate('enable', { digest: 'd2' }), decided })).not.toMatchObject({
      effect: { do: 'decide' },
    });
    expect(approve(decision, atGate('enable', { digest: 'd2' })).accepted).toBe(false);
  });

  test('needs an approver; nobody is one by default', () => {
    expect(approve(decision, atGate('enable', { approvers: [] }))).toMatchObject({ accepted: false });
    expect(approve(decision, atGate('enable', { approvers: ['Grace'] }))).toMatchObject({
      accepted: false,
      message: '"Ada" is no approver of gate enable; allowed: Grace.',
    });
    expect(approve(decision, atGate('enable', { approvers: ['Grace', 'ada'] }))).toMatchObject({
      accepted: true,
    });
  });

  test('to reject is open to everybody: it is the safe direction', () => {
    const state = atGate('soak', { approvers: [], reasonNeeded: true });
    expect(judgeCommand('reject', { gate: 'soak', digest: 'd1', by: 'Ada' }, state)).toMatchObject({
      accepted: true,
      effect: { do: 'decide', decision: 'rejected' },
    });
  });

  test('on an INCONCLUSIVE verdict needs a reason', () => {
    const payload = { gate: 'soak', digest: 'd1', by: 'Ada' };
    for (const reason of [undefined, null, '', '  ']) {
      expect(approve({ ...payload, reason }, STATES['gate soak'])).toMatchObject({
        accepted: false,
        message: expect.stringContaining('reason') as unknown,
      });
    }
    expect(approve({ ...payload, reason: ' short soak ' }, STATES['gate soak'])).toMatchObject({
      accepted: true,
      reason: 'short soak',
    });
  });

  test('at gate finish says what becomes of dual-write and of the rows', () => {
    const payload = { gate: 'finish', digest: 'd1', by: 'Ada' };
    const finish = STATES['gate finish'];
    expect(approve({ ...payload, dualWrite: 'disable', cleanup: false }, finish)).toMatchObject({
      effect: { do: 'decide', dualWrite: 'disable', cleanup: false },
    });
    expect(approve(payload, finish)).toMatchObject({
      effect: { do: 'decide', gate: 'finish', decision: 'approved', digest: 'd1' },
    });
    for (const wrong of [
      { dualWrite: 'off' },
      { dualWrite: true },
      { dualWrite: null },
      { cleanup: 'true' },
      { cleanup: 0 },
    ]) {
      expect(approve({ ...payload, ...wrong }, finish).accepted).toBe(false);
    }
    expect(approve({ ...decision, dualWrite: 'keep' }).accepted).toBe(false);
    expect(judgeCommand('reject', { ...payload, dualWrite: 'keep' }, finish).accepted).toBe(false);
  });
});

describe('who says it', () => {
  const rollbackBy = (by: unknown): Judgement => judgeCommand('rollback', { by }, WORKING);

  test.each(['Ada', 'ada@example.com', '  Ada Lovelace ', "O'Neill", '李雷', 'build-bot 7', 'Tess Test'])(
    '%p is a name',
    (by) => {
      expect(rollbackBy(by)).toMatchObject({ accepted: true, by: by.trim() });
    },
  );

  test.each([
    'your name',
    'Your Name',
    '<your name>',
    ' "YOUR NAME" ',
    '[name]',
    'someone',
    '...',
    '…',
    'example',
    'me',
  ])('%p is the example, not a name', (by) => {
    expect(rollbackBy(by)).toMatchObject({ accepted: false });
  });

  test.each([
    undefined,
    null,
    '',
    '   ',
    '\n',
    7,
    true,
    {},
    ['Ada'],
    'x'.repeat(101),
    'Ada\nGrace',
    'Ada\u0000',
    '<>',
    '""',
    '-',
    '\u200b',
  ])('%p is no name', (by) => {
    expect(rollbackBy(by)).toMatchObject({ accepted: false });
  });
});

test('a program may approve in a lab alone, and only under a name that says so', () => {
  const payload = { gate: 'enable', digest: 'd1', by: 'automatic (demo --yes)' };
  for (const by of [payload.by, 'Automatic', ' AUTOMATIC x']) {
    expect(judgeCommand('approve', { ...payload, by }, STATES['gate enable']).accepted).toBe(false);
  }
  expect(
    judgeCommand('approve', payload, { ...STATES['gate enable'], automaticAllowed: true }),
  ).toMatchObject({
    accepted: true,
    effect: { do: 'decide', decision: 'approved' },
  });
});

describe('fields', () => {
  test('an unknown one is refused by name, whatever the state', () => {
    const judgement = judgeCommand('rollback', { by: 'Ada', resaon: 'x' }, WORKING);
    expect(judgement).toEqual({
      accepted: false,
      by: 'Ada',
      message: 'Unknown field "resaon"; rollback takes by, reason.',
    });
  });

  test.each([undefined, null, 'now', 3, true, [], [{ by: 'Ada' }]])('%p is no object', (payload) => {
    for (const name of COMMANDS)
      expect(judgeCommand(name, payload, WORKING)).toMatchObject({ accepted: false, by: null });
  });

  test.each([7, {}, [], true, 'x'.repeat(1001)])('%p is no reason', (reason) => {
    expect(judgeCommand('rollback', { by: 'Ada', reason }, WORKING).accepted).toBe(false);
  });

  test('acknowledge and skip need a reason', () => {
    expect(judgeCommand('acknowledge', { by: 'Ada' }, STATES['rollback incomplete']).accepted).toBe(false);
    expect(judgeCommand('skip', { by: 'Ada' }, STATES['attention, skippable']).accepted).toBe(false);
    expect(judgeCommand('retry', { by: 'Ada' }, STATES['attention, skippable']).accepted).toBe(true);
  });
});

describe('whatever arrives', () => {
  const NASTY = fc.constantFrom<unknown>(
    { toString: null },
    { toString: 1, valueOf: 1 },
    { toJSON: 'x' },
    [[[]]],
    '\ud800',
    -0,
    1e308,
    JSON.parse('{"__proto__":{"by":"Ada"}}'),
  );
  const VALUE = fc.oneof(
    NASTY,
    fc.jsonValue(),
    fc.constantFrom('enable', 'soak', 'finish', 'd1', 'Ada', 'keep'),
  );
  const PAYLOAD = fc.oneof(
    fc.jsonValue(),
    fc.record(
      { gate: VALUE, digest: VALUE, by: VALUE, reason: VALUE, dualWrite: VALUE, cleanup: VALUE },
      { requiredKeys: [] },
    ),
    fc.record(
      { gate: VALUE, digest: VALUE, by: fc.constant('Ada'), reason: VALUE },
      { requiredKeys: ['by'] },
    ),
    fc.dictionary(fc.string(), VALUE),
  );
  const COMMAND = fc.constantFrom(...COMMANDS);
  const STATE = fc.constantFrom<CommandState>(...Object.values(STATES));

  test('an answer comes back, never an exception', () => {
    fc.assert(
      fc.property(COMMAND, PAYLOAD, STATE, (name, payload, state) => {
        const judgement = judgeCommand(name, payload, state);
        expect(judgement.message.length).toBeGreaterThan(5);
        expect(JSON.parse(JSON.stringify(judgement))).toEqual(judgement);
      }),
      { numRuns: 5000 },
    );
  });

  test('a gate that is no text is refused, even one that cannot be turned into a text', () => {
    for (const gate of [{ toString: null }, { toString: 1, valueOf: 1 }, [], {}, 7, null]) {
      expect(judgeCommand('approve', { gate, digest: 'd1', by: 'Ada' }, STATES['gate enable']).accepted).toBe(
        false,
      );
    }
  });

  test('a gate passes only with its own name, its own digest and a named person', () => {
    fc.assert(
      fc.property(PAYLOAD, STATE, (payload, state) => {
        const judgement = judgeCommand('approve', payload, state);
        if (!judgement.accepted || judgement.effect?.do !== 'decide') return;
        const given = payload as Record<string, unknown>;
        expect(state.waiting).toMatchObject({ kind: 'gate', gate: given['gate'], digest: given['digest'] });
        expect(String(given['by']).trim()).toBe(judgement.by);
      }),
      { numRuns: 2000 },
    );
  });

  test('nothing has an effect after the end', () => {
    fc.assert(
      fc.property(COMMAND, PAYLOAD, (name, payload) => !judgeCommand(name, payload, STATES.ended).accepted),
      { numRuns: 1000 },
    );
  });

  test('the answer stays short enough for the page, however many fields there are', () => {
    const payload = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`x${String(index)}`, 1]));
    expect(judgeCommand('rollback', { ...payload, by: 'Ada' }, WORKING).message.length).toBeLessThan(1000);
  });
});
