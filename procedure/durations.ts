const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of a text such as `90s`, `5m`, `24h`, `1d`, `1h30m`, `500ms`; `null` when it is not a duration. */
export function parseDuration(text: string): number | null {
  const parts = [...text.trim().matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)];
  if (parts.length === 0 || parts.map((part) => part[0]).join('') !== text.trim()) return null;
  return parts.reduce((sum, part) => sum + Number(part[1]) * (UNITS[part[2] ?? ''] ?? Number.NaN), 0);
}

/** The shortest exact text for a number of milliseconds, largest units first: `90000` is `1m30s`. */
export function formatDuration(milliseconds: number): string {
  let rest = Math.max(0, Math.round(milliseconds));
  if (rest === 0) return '0ms';
  return (['d', 'h', 'm', 's', 'ms'] as const)
    .map((unit) => {
      const size = UNITS[unit] ?? 1;
      const count = Math.floor(rest / size);
      rest -= count * size;
      return count > 0 ? `${String(count)}${unit}` : '';
    })
    .join('');
}
