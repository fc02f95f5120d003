/** The keys of delta.json (docs/target.md), each with its place in the validation report. */
export const DELTA_KEYS = [
  'legacy_teams',
  'vnext_teams',
  'mapped_teams',
  'coverage_pct',
  'unmapped_legacy',
  'total_mappings',
  'duplicate_legacy',
  'duplicate_vnext',
  'orphan_mappings',
  'recent_teams',
  'missing_legacy',
] as const;
export type DeltaKey = (typeof DELTA_KEYS)[number];

export interface DeltaRow {
  readonly before: number | null;
  readonly after: number | null;
  readonly delta: number | null;
}
export type Delta = Readonly<Record<DeltaKey, DeltaRow>>;

type Numbers = Readonly<Record<string, number | null>>;

/** What changed between two validation reports; `null` where a side has no value (seed §8.1, `delta.json`). */
export function deltaOf(before: Numbers | null, after: Numbers | null): Delta {
  const rows = DELTA_KEYS.map((key): [DeltaKey, DeltaRow] => {
    const left = before?.[key] ?? null;
    const right = after?.[key] ?? null;
    const delta = left === null || right === null ? null : Math.round((right - left) * 1e6) / 1e6;
    return [key, { before: left, after: right, delta }];
  });
  return Object.fromEntries(rows) as Record<DeltaKey, DeltaRow>;
}
