/** One file of the evidence as the manifest has it. */
export interface ManifestFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** `manifest.json` of an evidence folder: every file of it but the manifest itself and `SHA256SUMS`. */
export interface Manifest {
  readonly format: 1;
  readonly run: { readonly workflowId: string; readonly runId: string };
  readonly createdAt: string;
  readonly files: readonly ManifestFile[];
}

export const MANIFEST_NAME = 'manifest.json';
export const SUMS_NAME = 'SHA256SUMS';

export type Parsed<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

/**
 * Reads a manifest that may come from anybody: every path must stay inside the folder, nothing may be there twice.
 * Tolerates no field of the wrong kind, because a check against a half-read manifest proves nothing.
 */
export function parseManifest(text: string): Parsed<Manifest> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return wrong(`is no JSON: ${error instanceof Error ? error.message : 'unreadable'}`);
  }
  if (!isRecord(value)) return wrong('must be one JSON object');
  if (value['format'] !== 1)
    return wrong(`has format ${JSON.stringify(value['format']) ?? 'none'}; this version reads format 1`);
  const { run, createdAt, files } = value;
  if (!isRecord(run) || typeof run['workflowId'] !== 'string' || typeof run['runId'] !== 'string')
    return wrong('does not name its run');
  if (typeof createdAt !== 'string' || Number.isNaN(Date.parse(createdAt)))
    return wrong('has no time "createdAt"');
  if (!Array.isArray(files)) return wrong('has no list "files"');
  const seen = new Set<string>();
  const parsed: ManifestFile[] = [];
  for (const [index, one] of files.entries()) {
    const file = parseFile(one);
    if (!file.ok) return wrong(`files[${String(index)}] ${file.problem}`);
    if (seen.has(file.value.path)) return wrong(`names ${JSON.stringify(file.value.path)} twice`);
    seen.add(file.value.path);
    parsed.push(file.value);
  }
  return {
    ok: true,
    value: {
      format: 1,
      run: { workflowId: run['workflowId'], runId: run['runId'] },
      createdAt,
      files: parsed,
    },
  };
}

function parseFile(value: unknown): Parsed<ManifestFile> {
  if (!isRecord(value)) return wrong('is no object');
  const { path, bytes, sha256 } = value;
  if (typeof path !== 'string') return wrong('has no "path"');
  const unsafe = unsafePath(path);
  if (unsafe !== null) return wrong(`has the path ${JSON.stringify(path.slice(0, 200))}, which ${unsafe}`);
  if (typeof bytes !== 'number' || !Number.isSafeInteger(bytes) || bytes < 0)
    return wrong(`(${path}) has no size "bytes"`);
  if (typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256))
    return wrong(`(${path}) has no "sha256" of 64 lower-case hex digits`);
  return { ok: true, value: { path, bytes, sha256 } };
}

/** Why a path must not be followed; `null` when it names a plain file inside the folder. */
export function unsafePath(path: string): string | null {
  if (path === '') return 'is empty';
  if (/[\u0000-\u001f\u007f]/.test(path)) return 'holds control characters';
  if (path.includes('\\')) return 'holds a backslash';
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path)) return 'is absolute';
  if (path.split('/').some((part) => part === '' || part === '.' || part === '..'))
    return 'does not stay inside the folder';
  if (path === MANIFEST_NAME || path === SUMS_NAME) return 'the manifest cannot cover';
  return null;
}

/** Reads `SHA256SUMS` (as `sha256sum` writes it): digest by path. */
export function parseSums(text: string): Parsed<ReadonlyMap<string, string>> {
  const sums = new Map<string, string>();
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  for (const [index, line] of lines.entries()) {
    const [, digest, path] = /^([0-9a-f]{64}) [ *](.+)$/.exec(line) ?? [];
    if (digest === undefined || path === undefined)
      return wrong(`line ${String(index + 1)} is no "digest  path"`);
    if (sums.has(path)) return wrong(`names ${JSON.stringify(path)} twice`);
    sums.set(path, digest);
  }
  return { ok: true, value: sums };
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const wrong = (problem: string): { readonly ok: false; readonly problem: string } => ({ ok: false, problem });
