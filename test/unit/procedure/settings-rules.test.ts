import { expect, test } from '@jest/globals';
import type { Observation, ServingFlagsObservation } from '../../../procedure/observations.js';
import { findingsOf } from '../../../procedure/rules/table.js';
import { judgeRecorded, RECORDED } from '../../support/recorded-go.js';

function withValue(name: string, value: string | null): readonly Observation[] {
  return RECORDED.observations.map((one) =>
    one.id === 'validation-flags'
      ? {
          ...(one as ServingFlagsObservation),
          processes: (one as ServingFlagsObservation).processes.map((process) => ({
            ...process,
            values: { ...process.values, [name]: value },
          })),
        }
      : one,
  );
}
const rulesOf = (observations: readonly Observation[]): string[] =>
  findingsOf({ observations, thresholds: RECORDED.thresholds }).map((one) => one.rule);

test.each(['1', 'yes', 'true ', '"true"', 'on', 'Enabled'])('%j is a trap', (value) => {
  const observations = withValue('TEAM_LEGACY_WRITE_BYPASS_ENABLED', value);
  const finding = findingsOf({ observations, thresholds: RECORDED.thresholds }).find(
    (one) => one.rule === 'settings-trap',
  );
  expect(finding).toMatchObject({ severity: 'LOW', action: 'continue', verdict: null });
  expect(finding?.because).toContain(`TEAM_LEGACY_WRITE_BYPASS_ENABLED=${JSON.stringify(value)}`);
  expect(finding?.proof).toEqual(['validation-flags']);
});

test.each(['true', 'TRUE', 'false', 'no', '0', '', null])('%j is what it says', (value) => {
  expect(rulesOf(withValue('TEAM_LEGACY_WRITE_BYPASS_ENABLED', value))).not.toContain('settings-trap');
});

test.each([
  ['ok', 'GO', []],
  ['failed', 'INCONCLUSIVE', ['static-files-not-served']],
] as const)('static files %s: %s', (...row) => {
  const [status, verdict, rules] = row;
  const files = {
    kind: 'static-files',
    id: 'static-files',
    at: '2026-01-01T00:00:00Z',
    source: 'target',
  } as const;
  const observations: Observation[] = [
    ...RECORDED.observations,
    { ...files, status, reason: '/static/css/main.css answered 404' },
  ];
  expect(judgeRecorded(observations).verdict).toBe(verdict);
  expect(rulesOf(observations).filter((rule) => rule.startsWith('static'))).toEqual(rules);
});
