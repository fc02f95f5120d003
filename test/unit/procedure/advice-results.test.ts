import { expect, test } from '@jest/globals';
import { adviceLines } from '../../../procedure/findings.js';
import type { CopyObservation, Observation } from '../../../procedure/observations.js';
import { ADVICE } from '../../../procedure/rules/advice.js';
import { checkedSteps } from '../../../procedure/rules/advice-results.js';
import { findingsOf } from '../../../procedure/rules/table.js';
import { RECORDED } from '../../support/recorded-go.js';

const ALL = [...ADVICE.notScheduled, ...ADVICE.rowsMissing, ...ADVICE.highFailureRate, ...ADVICE.performance];
const resultOf = (step: string, observations: readonly Observation[]): string | undefined =>
  checkedSteps(ALL, observations).find((one) => one.step === step)?.result;

test('what the recorded run answers by itself', () => {
  const { observations } = RECORDED;
  expect(resultOf(ADVICE.notScheduled[0], observations)).toMatch(
    /^\d serving process\(es\) read at .*: true$/,
  );
  expect(resultOf(ADVICE.notScheduled[1], observations)).toMatch(/came to its end after \d+ s/);
  expect(resultOf(ADVICE.rowsMissing[0], observations)).toMatch(/^none in the logs of \d+ steps$/);
  expect(resultOf(ADVICE.performance[2], observations)).toMatch(/^\d+ of \d+ usable connections/);
  // It is from before the report was counted again, before queries were counted, and had no strict pass.
  for (const step of [ADVICE.rowsMissing[3], ADVICE.performance[1], ADVICE.highFailureRate[3]])
    expect(resultOf(step, observations)).toBeUndefined();
});

test('nothing observed answers nothing, and the order of observations changes nothing', () => {
  expect(checkedSteps(ALL, [])).toEqual([]);
  expect(checkedSteps(ALL, [...RECORDED.observations].reverse())).toEqual(
    checkedSteps(ALL, RECORDED.observations),
  );
});

test('steps for people are left to people', () => {
  const answered = checkedSteps(ALL, RECORDED.observations).map(({ step }) => step);
  for (const step of [ADVICE.rowsMissing[1], ADVICE.rowsMissing[2], ADVICE.highFailureRate[0]])
    expect(answered).not.toContain(step);
});

test('a finding carries them beside its advice', () => {
  const observations = RECORDED.observations.map((one): Observation =>
    one.id === 'after-flow3-rows'
      ? { ...(one as CopyObservation), status: 'missing', copied: 0, confirmed: true }
      : one,
  );
  const finding = findingsOf({ observations, thresholds: RECORDED.thresholds }).find(
    (one) => one.rule === 'copy-failed',
  );
  expect(finding?.checked?.map(({ step }) => step)).toEqual([ADVICE.rowsMissing[0]]);
  expect(adviceLines(finding ?? { advice: [] })[0]).toMatch(
    /^Look for dual_write_failed lines .* Done: none in the logs/,
  );
  expect(adviceLines({ advice: ['a'] })).toEqual(['a']);
});
