/**
 * Names like the ones that were looked for, likeliest first, at most three: `organizations_migration_map` for
 * `organizations_teammigrationmap`. Compared by pairs of letters, so that other separators and plurals do not matter.
 */
export function similarNames(wanted: readonly string[], present: readonly string[]): string[] {
  const targets = wanted.map(pairsOf);
  return present
    .map((name) => ({
      name,
      likeness: Math.max(0, ...targets.map((target) => likeness(target, pairsOf(name)))),
    }))
    .filter((one) => one.likeness >= 0.5)
    .sort((a, b) => b.likeness - a.likeness || a.name.localeCompare(b.name))
    .slice(0, 3)
    .map((one) => one.name);
}

/** Sørensen–Dice: twice the shared pairs over all pairs, 0…1. */
function likeness(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  if (a.size + b.size === 0) return 0;
  let shared = 0;
  for (const pair of a) if (b.has(pair)) shared += 1;
  return (2 * shared) / (a.size + b.size);
}

function pairsOf(name: string): ReadonlySet<string> {
  const letters = name
    .replace(/^.*\./, '')
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '');
  return new Set(
    Array.from({ length: Math.max(0, letters.length - 1) }, (_, at) => letters.slice(at, at + 2)),
  );
}
