import { describe, expect, test } from '@jest/globals';
import {
  judgeCommand,
  type CommandState,
  type Judgement,
  type OpenGate,
} from '../../../procedure/commands.js';
import { compareIdentity } from '../../../procedure/identity.js';
import type { Gate } from '../../../procedure/phases.js';

const atGate = (name: Gate, more: Partial<OpenGate> = {}): CommandState => ({
  waiting: {
    kind: 'gate',
    gate: name,
    digest: 'd1',
    approvers: ['*'],
    reasonNeeded: false,
    quorum: 1,
    approvals: [],
    barredStarter: null,
    ...more,
  },
  decided: [],
  phase: `gate-${name}`,
  planned: true,
  pausedBy: null,
  soakMs: null,
  rollingBack: false,
  rollbackIncomplete: false,
  ended: false,
});
const SOAKING: CommandState = { ...atGate('soak'), waiting: null, phase: 'soak', soakMs: 24 * 3_600_000 };

describe('a gate that asks for two people', () => {
  const gate = (more: Partial<OpenGate> = {}): CommandState => atGate('finish', { quorum: 2, ...more });
  const approve = (by: string, state: CommandState, extra: object = {}): Judgement =>
    judgeCommand('approve', { gate: 'finish', digest: 'd1', by, ...extra }, state);
  const one = gate({ approvals: [{ by: 'Ada', choice: { cleanup: true } }] });

  test('counts them', () => {
    expect(approve('Ada', gate()).message).toBe('Gate finish approved by Ada, 1 of 2; 1 more needed.');
    expect(approve('Grace', one).message).toBe('Gate finish approved by Grace, 2 of 2.');
  });
  test('one person counts once, in any spelling', () => {
    for (const by of ['Ada', 'ADA', ' ada '])
      expect(approve(by, one)).toMatchObject({ accepted: true, effect: null });
    expect(approve('Ada', one, { cleanup: false })).toMatchObject({ accepted: false });
  });
  test('both must decide the same', () => {
    expect(approve('Grace', one, { cleanup: false })).toMatchObject({
      accepted: false,
      message: expect.stringContaining('another cleanup') as unknown,
    });
  });
  test('one reject is enough', () => {
    const reject = judgeCommand('reject', { gate: 'finish', digest: 'd1', by: 'Grace' }, one);
    expect(reject).toMatchObject({ accepted: true, effect: { decision: 'rejected' } });
  });
});

test('where the starter may not approve, it may still reject', () => {
  const state = atGate('enable', { barredStarter: 'Ada' });
  const payload = { gate: 'enable', digest: 'd1', by: 'ada' };
  expect(judgeCommand('approve', payload, state)).toMatchObject({
    accepted: false,
    message: expect.stringContaining('started this run') as unknown,
  });
  expect(judgeCommand('reject', payload, state).accepted).toBe(true);
  expect(judgeCommand('approve', { ...payload, by: 'Grace' }, state).accepted).toBe(true);
});

describe('the length of the soak', () => {
  const extend = (soak: unknown): Judgement => judgeCommand('extend-soak', { soak, by: 'Ada' }, SOAKING);
  test.each(['', 'long', 48, null, undefined, '15d', '12h', '0s', '-48h'])('%p is refused', (soak) => {
    expect(extend(soak).accepted).toBe(false);
  });
  test('is given whole, so that the same command twice is one', () => {
    expect(extend('48h')).toMatchObject({ effect: { do: 'extend-soak', soakMs: 48 * 3_600_000 } });
    expect(extend('1d')).toMatchObject({ accepted: true, effect: null });
  });
  test('is cut short only with a reason', () => {
    expect(judgeCommand('finish-soak', { by: 'Ada' }, SOAKING).accepted).toBe(false);
  });
});

test.each([
  ['Ana', 'ana', 'matched'],
  ['ana', 'readiness-cli/0.1.0 ana@desk', 'matched'],
  ['ana@example.org', 'ana@example.org', 'matched'],
  ['ana', 'readiness-cli/0.1.0 joe@desk', 'differs'],
  ['an', 'readiness-cli/0.1.0 ana@desk', 'differs'],
  ['ana', '', 'absent'],
  ['ana', null, 'absent'],
])('%p, whom Temporal knows as %p: %s', (by, identity, expected) => {
  expect(compareIdentity(by, identity)).toBe(expected);
});
