/** The keys of delta.json, each with the place in the report from which its number comes (docs/target.md). */
export const REPORT_NUMBERS: Readonly<Record<string, readonly [section: string, key: string]>> = {
  legacy_teams: ['coverage', 'legacy_team_count'],
  vnext_teams: ['coverage', 'vnext_team_count'],
  mapped_teams: ['coverage', 'mapped_team_count'],
  coverage_pct: ['coverage', 'mapping_percentage'],
  unmapped_legacy: ['coverage', 'unmapped_legacy_count'],
  total_mappings: ['mapping_health', 'total_mappings'],
  duplicate_legacy: ['mapping_health', 'duplicate_legacy_count'],
  duplicate_vnext: ['mapping_health', 'duplicate_vnext_count'],
  orphan_mappings: ['mapping_health', 'orphan_count'],
  recent_teams: ['dual_write_health', 'recent_vnext_teams'],
  missing_legacy: ['dual_write_health', 'missing_legacy_count'],
};

/** Compared with our own counts only (procedure/report-recount.ts); no key of delta.json. */
const CONSISTENCY_NUMBERS: typeof REPORT_NUMBERS = {
  name_mismatches: ['consistency', 'name_mismatch_count'],
  member_mismatches: ['consistency', 'membership_count_mismatch_count'],
};

/**
 * The JSON object that stands somewhere between the text lines of a command's output; `null` when there is none. Tried
 * from every line that begins with a brace to every later line that ends with one, longest first.
 */
export function jsonInNoise(output: string): Readonly<Record<string, unknown>> | null {
  const lines = output.split(/\r?\n/);
  for (let first = 0; first < lines.length; first += 1) {
    if (!lines[first]?.startsWith('{')) continue;
    for (let last = lines.length - 1; last >= first; last -= 1) {
      if (!lines[last]?.trimEnd().endsWith('}')) continue;
      const found = parsedObject(lines.slice(first, last + 1).join('\n'));
      if (found !== null) return found;
    }
  }
  return null;
}

/**
 * The numbers of a report under the keys of delta.json. A part that is not there (`dual_write_health` is null with the
 * flag off) gives null, and is named so that nobody takes it for 0.
 */
export function reportNumbers(report: Readonly<Record<string, unknown>>): {
  readonly numbers: Readonly<Record<string, number | null>>;
  readonly missing: readonly string[];
} {
  const entries = Object.entries(numbersAt(report, REPORT_NUMBERS));
  return {
    numbers: Object.fromEntries(entries),
    missing: entries.flatMap(([name, value]) => (value === null ? [name] : [])),
  };
}

/** What the report claims and our own SQL can count: the numbers above and two of its consistency part. */
export function claimedNumbers(
  report: Readonly<Record<string, unknown>>,
): Readonly<Record<string, number | null>> {
  return { ...numbersAt(report, REPORT_NUMBERS), ...numbersAt(report, CONSISTENCY_NUMBERS) };
}

function numbersAt(
  report: Readonly<Record<string, unknown>>,
  places: typeof REPORT_NUMBERS,
): Record<string, number | null> {
  return Object.fromEntries(
    Object.entries(places).map(([name, [section, key]]) => {
      const value = field(field(report, section), key);
      return [name, typeof value === 'number' && Number.isFinite(value) ? value : null];
    }),
  );
}

function parsedObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value))
      : null;
  } catch {
    return null;
  }
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return new Map<string, unknown>(Object.entries(value)).get(name);
}
