import { expect, test } from '@jest/globals';
import type { FlagCapture } from '../../../activities/contract.js';
import { takeBack } from '../../../activities/targets/take-back.js';
import type { FlagAssignment, HiddenFlag, SettleResult, Target } from '../../../activities/targets/target.js';
import { RETRYABLE } from '../../../procedure/failures.js';
import { SAFE_CHANGE } from '../../../procedure/flags.js';

const ENABLED = 'TEAM_VNEXT_DUAL_WRITE_ENABLED';
const BLOCKED = 'TEAM_LEGACY_WRITE_BLOCKED';
const { signal } = new AbortController();
const complete: SettleResult = { status: 'complete', restarted: true, restartLoop: false, reason: null };
const capture = { safe: true } as FlagCapture;

function targetWith(hidden: readonly HiddenFlag[] | null, settled: SettleResult = complete) {
  const asked: FlagAssignment[] = [];
  const target = {
    setFlags: () => Promise.resolve(true),
    putBack: () => Promise.resolve({ written: true, wanted: { [ENABLED]: 'false', [BLOCKED]: 'true' } }),
    ...(hidden === null ? {} : { hiding: () => Promise.resolve(hidden) }),
    settle: ({ wanted }: { readonly wanted: FlagAssignment }) => {
      asked.push(wanted);
      return Promise.resolve(settled);
    },
  } as unknown as Target;
  return { target, asked };
}

test.each([null, []])('what was captured is back (%j hide it)', async (hidden) => {
  const { target, asked } = targetWith(hidden);
  expect(await takeBack(target, capture, signal)).toEqual({ written: true, settled: complete });
  expect(asked).toEqual([{ [ENABLED]: 'false', [BLOCKED]: 'true' }]);
});

test.each([null, { safe: false } as FlagCapture])(
  'without a state to go back to: the safe values',
  async (none) => {
    const { target, asked } = targetWith([]);
    await takeBack(target, none, signal);
    expect(asked).toEqual([SAFE_CHANGE]);
  },
);

test('what somebody hides is named, and the rest is brought about all the same', async () => {
  const { target, asked } = targetWith([{ name: ENABLED, text: `env[3] gives it ${ENABLED}=true` }]);
  await expect(takeBack(target, capture, signal)).rejects.toMatchObject({
    type: RETRYABLE.notYet,
    message: expect.stringMatching(/env\[3\] gives it .*=true\. Take that out/),
  });
  expect(asked).toEqual([{ [BLOCKED]: 'true' }]);
});

test('a rollout that fails is told with its reason', async () => {
  const { target } = targetWith([], { ...complete, status: 'failed', reason: 'not complete after 10 ms' });
  await expect(takeBack(target, capture, signal)).rejects.toThrow('not complete after 10 ms');
});
