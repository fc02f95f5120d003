import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, relative } from 'node:path';

import { writeFileAtomic } from './files.js';
import { codeOf, LabError } from './lab-error.js';
import { withLock, type LockOptions } from './lock.js';

/** The last file of a finished folder; a folder without it was left half made by a crash and is made anew. */
const MARKER = '.complete';

/** The user's cache folder of this product (`$XDG_CACHE_HOME/readiness` or `~/.cache/readiness`). */
export function cacheFolder(): string {
  const configured = process.env['XDG_CACHE_HOME'];
  // The XDG rules: a relative path is to be ignored.
  const base = configured?.startsWith('/') ? configured : join(homedir(), '.cache');
  return join(base, 'readiness');
}

/**
 * Makes a folder of the cache once, whoever asks first; others wait for it. The folder is built in its final place
 * (a Python venv cannot be moved) and counts only when its marker is there.
 *
 * @param name path below the cache folder; it holds the key of what is in it, so a folder never changes.
 * @param waiting how long others wait, for what takes longer than a quarter of an hour.
 */
export async function makeOnce(
  name: string,
  build: (folder: string) => Promise<void>,
  waiting: LockOptions = {},
): Promise<string> {
  const folder = join(cacheFolder(), name);
  const marker = join(folder, MARKER);
  if (existsSync(marker)) return folder;
  const make = async (): Promise<string> => {
    if (existsSync(marker)) return folder;
    try {
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder, { recursive: true });
      await build(folder);
      await writeFileAtomic(marker, `${new Date().toISOString()}\n`);
    } catch (error) {
      if (!['ENOSPC', 'EACCES', 'EROFS', 'EDQUOT', 'EPERM'].includes(codeOf(error) ?? '')) throw error;
      throw new LabError(
        `The cache folder ${folder} could not be written (${codeOf(error)}).`,
        'make room there or allow writing, or name another place with XDG_CACHE_HOME.',
        { cause: error },
      );
    }
    return folder;
  };
  return withLock(folder, make, waiting);
}

/** Removes a folder of the cache, so that the next one who needs it makes it anew. */
export async function forget(name: string): Promise<void> {
  await rm(join(cacheFolder(), name), { recursive: true, force: true });
}

/** A short digest of texts, to name a folder of the cache by what is in it. */
export function keyOf(...parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex').slice(0, 16);
}

/** A digest of the names and contents of all source files below a folder; Python's own caches are left out. */
export async function digestOfFolder(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.pyc'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const parts = await Promise.all(
    files.map(async (file) => `${relative(folder, file)}\0${keyOf(await readFile(file, 'utf8'))}`),
  );
  return keyOf(...parts);
}
