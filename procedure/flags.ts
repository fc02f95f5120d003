/** The four variables of seed §1, with the defaults that the application itself falls back to. */
export const FLAGS = {
  dualWrite: { name: 'TEAM_VNEXT_DUAL_WRITE_ENABLED', codeDefault: 'false', baseline: 'false' },
  strictMode: { name: 'TEAM_VNEXT_DUAL_WRITE_STRICT_MODE', codeDefault: 'false', baseline: 'false' },
  legacyBlocked: { name: 'TEAM_LEGACY_WRITE_BLOCKED', codeDefault: 'true', baseline: 'true' },
  legacyBypass: { name: 'TEAM_LEGACY_WRITE_BYPASS_ENABLED', codeDefault: 'false', baseline: 'false' },
} as const;

export type FlagKey = keyof typeof FLAGS;
export type FlagName = (typeof FLAGS)[FlagKey]['name'];
export const FLAG_KEYS = Object.keys(FLAGS) as readonly FlagKey[];
export const FLAG_NAMES: readonly FlagName[] = FLAG_KEYS.map((key) => FLAGS[key].name);

/** The raw text of each variable as one process carries it; `null` = absent from its environment. */
export type FlagValues = Readonly<Record<FlagName, string | null>>;

/** Values to write. Only the literal words that real targets understand are possible. */
export type FlagChange = Readonly<Partial<Record<FlagName, 'true' | 'false'>>>;

/** seed §2: what enabling writes. The other three variables are verified, never written. */
export const ENABLE_CHANGE: FlagChange = { TEAM_VNEXT_DUAL_WRITE_ENABLED: 'true' };

/** The optional strict pass sets this one besides, and takes it back at its end. */
export const STRICT_ON: FlagChange = { TEAM_VNEXT_DUAL_WRITE_STRICT_MODE: 'true' };
export const STRICT_OFF: FlagChange = { TEAM_VNEXT_DUAL_WRITE_STRICT_MODE: 'false' };

/** seed §7.1: what a rollback without captured state writes. */
export const SAFE_CHANGE: FlagChange = {
  TEAM_VNEXT_DUAL_WRITE_ENABLED: 'false',
  TEAM_VNEXT_DUAL_WRITE_STRICT_MODE: 'false',
};

/**
 * How the application reads a variable: `os.getenv(NAME, default).lower() == 'true'`. Everything else, `1`, `yes` and
 * `"true "` included, is silently False (docs/target.md).
 */
export function effectiveFlag(name: FlagName, raw: string | null): boolean {
  const key = FLAG_KEYS.find((candidate) => FLAGS[candidate].name === name);
  const fallback = key === undefined ? 'false' : FLAGS[key].codeDefault;
  return (raw ?? fallback).toLowerCase() === 'true';
}

/** A value that a person meant as true but that the application reads as False, e.g. `1`, `yes`, `"true "`. */
export function isSilentlyFalse(raw: string | null): boolean {
  if (raw === null || raw.toLowerCase() === 'true') return false;
  return ['1', 'yes', 'y', 'on', 't', 'true', 'enabled'].includes(
    raw
      .trim()
      .replace(/^["']|["']$/g, '')
      .trim()
      .toLowerCase(),
  );
}

/** The flags whose effective value differs from what `expected` asks for. */
export function flagsThatDiffer(
  values: FlagValues,
  expected: Readonly<Partial<Record<FlagName, string>>>,
): FlagName[] {
  return FLAG_NAMES.filter((name) => {
    const wanted = expected[name];
    return wanted !== undefined && effectiveFlag(name, values[name]) !== (wanted === 'true');
  });
}

/** All four at their baseline values (seed §3.1). */
export const BASELINE_FLAGS = Object.fromEntries(
  FLAG_KEYS.map((key) => [FLAGS[key].name, FLAGS[key].baseline]),
) as Readonly<Record<FlagName, 'true' | 'false'>>;

/** All four as they are meant to stand while dual-write is on. */
export const ENABLED_FLAGS: Readonly<Record<FlagName, 'true' | 'false'>> = {
  ...BASELINE_FLAGS,
  TEAM_VNEXT_DUAL_WRITE_ENABLED: 'true',
};
