import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { UserError, usageError } from '../user-error.js';
import { EXIT } from '../exit-codes.js';
import type { FoundEntry } from './compare.js';

const MANIFEST_LIMIT = 64 * 1024 * 1024;

/** Everything in the folder that is not a folder. Links are never followed, pipes and devices never opened. */
export async function readFolder(folder: string, onFile: (path: string) => void): Promise<FoundEntry[]> {
  const found: FoundEntry[] = [];
  const walk = async (relative: string): Promise<void> => {
    const entries = await readdir(join(folder, relative), { withFileTypes: true });
    for (const entry of entries) {
      const path = relative === '' ? entry.name : `${relative}/${entry.name}`;
      if (entry.isDirectory()) await walk(path);
      else if (entry.isSymbolicLink()) found.push({ kind: 'symlink', path });
      else if (!entry.isFile()) found.push({ kind: 'special', path });
      else {
        onFile(path);
        found.push({ kind: 'file', path, ...(await digestOf(join(folder, path))) });
      }
    }
  };
  try {
    await walk('');
  } catch (error) {
    throw new UserError(`The folder cannot be read whole: ${systemReason(error)}`, {
      exitCode: EXIT.usage,
      next: 'Nothing is proven until every file can be read; look at the rights of that path.',
    });
  }
  return found;
}

async function digestOf(file: string): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  await pipeline(createReadStream(file), async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) {
      hash.update(chunk);
      bytes += chunk.length;
    }
  });
  return { bytes, sha256: hash.digest('hex') };
}

/** A small file at the top of the folder, or `null` when it is not there. A link in its place is refused. */
export async function readTopFile(folder: string, name: string): Promise<Buffer | null> {
  const path = join(folder, name);
  try {
    const stat = await lstat(path);
    if (!stat.isFile())
      throw usageError(
        `${path} is no plain file.`,
        'An evidence folder holds plain files only; do not trust this one.',
      );
    if (stat.size > MANIFEST_LIMIT)
      throw usageError(`${path} is larger than ${String(MANIFEST_LIMIT)} bytes; no manifest is.`);
    return await readFile(path);
  } catch (error) {
    if (error instanceof UserError) throw error;
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return null;
    throw usageError(`${path} cannot be read: ${systemReason(error)}`);
  }
}

/** Refuses what is not a folder, in words. */
export async function requireFolder(folder: string): Promise<void> {
  try {
    if ((await lstat(folder)).isDirectory()) return;
  } catch (error) {
    throw usageError(
      `${folder} cannot be read: ${systemReason(error)}`,
      'Give the evidence folder of a run, e.g. artifacts/p5_t6/20261123_1830.',
    );
  }
  throw usageError(
    `${folder} is no folder (or a link to one).`,
    'Give the evidence folder itself, e.g. artifacts/p5_t6/20261123_1830.',
  );
}

const systemReason = (error: unknown): string => (error instanceof Error ? error.message : String(error));
