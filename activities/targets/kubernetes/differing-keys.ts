import { canonicalJson } from '../../plan/canonical.js';

/** The keys of two objects whose content differs, sorted. */
export function differingKeys(before: object | undefined, after: object | undefined): string[] {
  const left = new Map(Object.entries(before ?? {}));
  const right = new Map(Object.entries(after ?? {}));
  return [...new Set([...left.keys(), ...right.keys()])]
    .filter((key) => canonicalJson(left.get(key) ?? null) !== canonicalJson(right.get(key) ?? null))
    .sort();
}
