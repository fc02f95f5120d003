import { MANIFEST_NAME, SUMS_NAME, type Manifest } from './manifest.js';

/** Something found in the folder. Only plain files have bytes that can be compared. */
export type FoundEntry =
  | { readonly kind: 'file'; readonly path: string; readonly bytes: number; readonly sha256: string }
  | { readonly kind: 'symlink' | 'special'; readonly path: string };

/** One way in which the folder is not what its manifest says. */
export interface Difference {
  readonly change: 'added' | 'removed' | 'changed';
  readonly path: string;
  readonly detail: string;
}

/** Every file that was added, removed or changed since the manifest was written, by path. */
export function compareFolder(manifest: Manifest, found: readonly FoundEntry[]): Difference[] {
  const there = new Map(
    found.filter((one) => one.path !== MANIFEST_NAME && one.path !== SUMS_NAME).map((one) => [one.path, one]),
  );
  const differences: Difference[] = [];
  for (const file of manifest.files) {
    const entry = there.get(file.path);
    there.delete(file.path);
    if (entry === undefined)
      differences.push({
        change: 'removed',
        path: file.path,
        detail: 'is in the manifest, not in the folder',
      });
    else if (entry.kind !== 'file')
      differences.push({
        change: 'changed',
        path: file.path,
        detail: `is a ${WORDS[entry.kind]}, no longer a file`,
      });
    else if (entry.bytes !== file.bytes) {
      differences.push({
        change: 'changed',
        path: file.path,
        detail: `has ${String(entry.bytes)} bytes, the manifest says ${String(file.bytes)}`,
      });
    } else if (entry.sha256 !== file.sha256) {
      differences.push({
        change: 'changed',
        path: file.path,
        detail: `has the SHA-256 ${entry.sha256}, the manifest says ${file.sha256}`,
      });
    }
  }
  for (const [path, entry] of there) {
    differences.push({
      change: 'added',
      path,
      detail:
        entry.kind === 'file'
          ? 'is in the folder, not in the manifest'
          : `is a ${WORDS[entry.kind]} that the manifest does not know`,
    });
  }
  return differences.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

const WORDS = { symlink: 'symbolic link', special: 'special file' } as const;

/**
 * Whether `SHA256SUMS` says the same as the manifest. It may name the manifest too: then it guards the manifest's
 * own bytes, which the manifest cannot.
 */
export function compareSums(
  sums: ReadonlyMap<string, string>,
  manifest: Manifest,
  manifestSha256: string,
): Difference[] {
  const expected = new Map(manifest.files.map((file) => [file.path, file.sha256]));
  if (sums.has(MANIFEST_NAME)) expected.set(MANIFEST_NAME, manifestSha256);
  const wrong = [...new Set([...sums.keys(), ...expected.keys()])]
    .filter((path) => sums.get(path) !== expected.get(path))
    .sort();
  return wrong.length === 0
    ? []
    : [
        {
          change: 'changed',
          path: SUMS_NAME,
          detail: `does not agree with the manifest on ${wrong.slice(0, 5).join(', ')}${wrong.length > 5 ? ` and ${String(wrong.length - 5)} more` : ''}`,
        },
      ];
}
