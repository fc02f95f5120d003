import { DELTA_KEYS, deltaOf } from '../../procedure/delta.js';
import { observationsOf } from '../../procedure/observations.js';
import type { RunRecord } from '../../procedure/run-record.js';
import { jsonText } from '../support/files.js';

const TITLES: Readonly<Record<(typeof DELTA_KEYS)[number], string>> = {
  legacy_teams: 'Legacy teams',
  vnext_teams: 'vNext teams',
  mapped_teams: 'Mapped teams',
  coverage_pct: 'Coverage, %',
  unmapped_legacy: 'Legacy teams without mapping',
  total_mappings: 'Mappings',
  duplicate_legacy: 'Duplicate legacy ids',
  duplicate_vnext: 'Duplicate vNext ids',
  orphan_mappings: 'Orphan mappings',
  recent_teams: 'Recent vNext teams',
  missing_legacy: 'Recent teams without legacy twin',
};

/** delta.json and delta.md (seed §8.1), from the two validation reports. They exist from the first seal on. */
export function deltaFiles(record: RunRecord): Readonly<Record<string, string>> {
  const reports = observationsOf(record.observations, 'report');
  const side = (name: 'baseline' | 'after'): Readonly<Record<string, number | null>> | null =>
    reports.find((one) => one.side === name && one.status === 'read')?.numbers ?? null;
  const before = side('baseline');
  const after = side('after');
  const delta = deltaOf(before, after);
  const shown = (value: number | null): string => (value === null ? '–' : String(value));
  const missing = [
    ...(before === null ? ['The report before enabling is not there.'] : []),
    ...(after === null ? ['The report after enabling is not there.'] : []),
  ];
  return {
    'delta.json': jsonText(delta),
    'delta.md': [
      '# Validation report: before and after',
      '',
      ...missing.map((line) => `> ${line}\n`),
      '| | before | after | difference |',
      '|---|---:|---:|---:|',
      ...DELTA_KEYS.map(
        (key) =>
          `| ${TITLES[key]} | ${shown(delta[key].before)} | ${shown(delta[key].after)} | ${shown(delta[key].delta)} |`,
      ),
      '',
      "The figures are the report command's own; it cuts its lists at ten and counts what is left. Every figure that",
      'decided was counted by our own SQL: see `observations.json`. A dash is a value that one side does not have.',
      '',
    ].join('\n'),
  };
}
