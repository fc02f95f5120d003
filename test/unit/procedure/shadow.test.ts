import { expect, test } from '@jest/globals';
import { actionText, strongestAction } from '../../../procedure/findings.js';
import type { CopyObservation, Observation } from '../../../procedure/observations.js';
import { findingsOf, RULES } from '../../../procedure/rules/table.js';
import { verdictOf } from '../../../procedure/rules/verdict.js';
import { RECORDED, RECORDED_SAMPLES } from '../../support/recorded-go.js';

/** The recorded healthy run, but the copy of flow 3 is wrong, seen twice. */
const WRONG: readonly Observation[] = RECORDED.observations.map((one) =>
  one.id === 'after-flow3-rows'
    ? { ...(one as CopyObservation), status: 'wrong', copied: 0, confirmed: true }
    : one,
);

function judge(shadow: readonly string[] | undefined): ReturnType<typeof verdictOf> & {
  readonly findings: ReturnType<typeof findingsOf>;
} {
  const thresholds = { ...RECORDED.thresholds, ...(shadow === undefined ? {} : { shadow }) };
  const findings = findingsOf({ observations: WRONG, thresholds });
  const { freshness } = RECORDED;
  const input = { observations: WRONG, findings, samples: RECORDED_SAMPLES, freshness };
  return { findings, ...verdictOf({ ...input, stage: 'final' }) };
}

test('a rule in shadow acts on nothing, and tells what it would have done', () => {
  const acting = judge(undefined);
  expect(strongestAction(acting.findings)).toBe('disable');
  expect(acting.verdict).toBe('NO_GO');

  const matched = acting.findings.map(({ rule }) => rule);
  const { findings, verdict } = judge(matched);
  expect(findings.map(({ rule }) => rule)).toEqual(matched);
  expect(strongestAction(findings)).toBe('continue');
  expect(findings.find(({ rule }) => rule === 'wrong-copy')).toMatchObject({
    severity: 'HIGH',
    action: 'continue',
    verdict: 'INCONCLUSIVE',
    shadow: { action: 'disable', verdict: 'NO_GO' },
  });
  expect(findings.map(actionText)).toContain('continue (in shadow; would have been: disable, NO_GO)');
  // It was seen: whatever is done about it, nobody may read GO.
  expect(verdict).toBe('INCONCLUSIVE');
});

test('the other rules act as ever', () => {
  const { findings, verdict } = judge(['log-silent']);
  expect(strongestAction(findings)).toBe('disable');
  expect(verdict).toBe('NO_GO');
});

test.each(RULES.map(({ id }) => id))('%s in shadow never makes a verdict worse than without', (id) => {
  const worse = ['GO', 'INCONCLUSIVE', 'NO_GO'];
  expect(worse.indexOf(judge([id]).verdict)).toBeLessThanOrEqual(worse.indexOf(judge(undefined).verdict));
  expect(judge([id]).verdict).not.toBe('GO');
});
