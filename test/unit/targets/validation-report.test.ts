import { describe, expect, test } from '@jest/globals';
import { jsonInNoise, reportNumbers } from '../../../activities/targets/validation-report.js';

const REPORT = {
  coverage: {
    legacy_team_count: 3,
    vnext_team_count: 4,
    mapped_team_count: 2,
    mapping_percentage: 66.7,
    unmapped_legacy_count: 1,
  },
  mapping_health: { total_mappings: 2, duplicate_legacy_count: 0, duplicate_vnext_count: 0, orphan_count: 0 },
  dual_write_health: null,
};

describe('the report in the noise', () => {
  test.each([
    [
      'between text lines',
      `Generating migration validation report...\n${JSON.stringify(REPORT, null, 2)}\n✅ Report generation complete.\n`,
    ],
    ['on one line', `noise\n${JSON.stringify(REPORT)}\ndone`],
    ['CRLF', `noise\r\n${JSON.stringify(REPORT, null, 2).replaceAll('\n', '\r\n')}\r\ndone`],
    ['noise with braces', `{not json}\n${JSON.stringify(REPORT, null, 2)}\n{neither}\n`],
  ])('%s', (_, output) => {
    expect(jsonInNoise(output)).toEqual(REPORT);
  });

  test.each(['', 'Traceback\n', '{"cut": ', '[1]'])('none in %j', (output) => {
    expect(jsonInNoise(output)).toBeNull();
  });
});

test('numbers under the keys of delta.json; what has no value is null and named', () => {
  expect(reportNumbers(REPORT)).toEqual({
    numbers: {
      legacy_teams: 3,
      vnext_teams: 4,
      mapped_teams: 2,
      coverage_pct: 66.7,
      unmapped_legacy: 1,
      total_mappings: 2,
      duplicate_legacy: 0,
      duplicate_vnext: 0,
      orphan_mappings: 0,
      recent_teams: null,
      missing_legacy: null,
    },
    missing: ['recent_teams', 'missing_legacy'],
  });
});
