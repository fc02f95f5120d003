import { createHash } from 'node:crypto';
import { usageError } from '../user-error.js';
import { compareFolder, compareSums, type Difference } from './compare.js';
import { MANIFEST_NAME, parseManifest, parseSums, SUMS_NAME, type Manifest } from './manifest.js';
import { readFolder, readTopFile, requireFolder } from './read-folder.js';

/** What the check of an evidence folder found. */
export interface Verification {
  readonly verified: boolean;
  readonly folder: string;
  readonly run: Manifest['run'];
  readonly createdAt: string;
  readonly files: number;
  readonly bytes: number;
  /** SHA-256 of the manifest's bytes: the one number that stands for the whole folder. */
  readonly manifestDigest: string;
  /** How it compares with the digest given by the reader; `null` when none was given. */
  readonly digestMatches: boolean | null;
  readonly sums: 'agrees' | 'differs' | 'absent';
  readonly differences: readonly Difference[];
}

/**
 * Checks an evidence folder against its manifest, without Temporal and without a network. A missing or malformed
 * manifest, a hostile path in it, or a path in it that is a link, is refused instead of compared.
 */
export async function verifyFolder(
  folder: string,
  options: { readonly digest?: string | undefined; readonly onFile?: (path: string) => void } = {},
): Promise<Verification> {
  if (options.digest !== undefined && !/^[0-9a-f]{64}$/i.test(options.digest)) {
    throw usageError(
      `--digest must be the manifest's SHA-256, 64 hex digits; "${options.digest.slice(0, 80)}" is not.`,
    );
  }
  await requireFolder(folder);
  const bytes = await readTopFile(folder, MANIFEST_NAME);
  if (bytes === null) {
    throw usageError(
      `${folder} has no ${MANIFEST_NAME}, so there is nothing to check against.`,
      'Is it the evidence folder of a run? Without its manifest it proves nothing.',
    );
  }
  const parsed = parseManifest(bytes.toString('utf8'));
  if (!parsed.ok)
    throw usageError(
      `${MANIFEST_NAME} in ${folder} ${parsed.problem}.`,
      'No readiness run wrote this manifest; do not trust the folder.',
    );
  const manifest = parsed.value;
  const found = await readFolder(folder, options.onFile ?? (() => undefined));
  const links = found.filter((one) => one.kind === 'symlink').map((one) => one.path);
  const listed = manifest.files.find((file) =>
    links.some((link) => file.path === link || file.path.startsWith(`${link}/`)),
  );
  if (listed !== undefined)
    throw usageError(
      `${listed.path} is reached over a symbolic link.`,
      'An evidence folder holds plain files only; do not trust this one.',
    );
  const manifestDigest = createHash('sha256').update(bytes).digest('hex');
  const sums = await checkSums(folder, manifest, manifestDigest);
  const differences = [...compareFolder(manifest, found), ...sums.differences];
  const digestMatches = options.digest === undefined ? null : options.digest.toLowerCase() === manifestDigest;
  return {
    verified: differences.length === 0 && digestMatches !== false,
    folder,
    run: manifest.run,
    createdAt: manifest.createdAt,
    files: manifest.files.length,
    bytes: manifest.files.reduce((sum, file) => sum + file.bytes, 0),
    manifestDigest,
    digestMatches,
    sums: sums.state,
    differences,
  };
}

async function checkSums(
  folder: string,
  manifest: Manifest,
  manifestDigest: string,
): Promise<{ readonly state: Verification['sums']; readonly differences: readonly Difference[] }> {
  const bytes = await readTopFile(folder, SUMS_NAME);
  if (bytes === null) return { state: 'absent', differences: [] };
  const sums = parseSums(bytes.toString('utf8'));
  const differences = sums.ok
    ? compareSums(sums.value, manifest, manifestDigest)
    : [{ change: 'changed' as const, path: SUMS_NAME, detail: sums.problem }];
  return { state: differences.length === 0 ? 'agrees' : 'differs', differences };
}
