import { createHash } from 'node:crypto';
import { open, readdir, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** How many of a file's first bytes tell it from its successor. */
const HEAD = 256;

/**
 * Which file a cursor was taken of: its inode, and a digest of its first bytes as far as it had any. The inode alone is
 * used again by the next file, and `copytruncate` keeps it while the content goes elsewhere.
 */
export interface FileIdentity {
  readonly inode: string;
  readonly headBytes: number;
  readonly headDigest: string;
}

export async function identityOf(handle: FileHandle): Promise<FileIdentity> {
  const { ino } = await handle.stat({ bigint: true });
  const head = await headOf(handle, HEAD);
  return { inode: String(ino), headBytes: head.length, headDigest: digest(head) };
}

/** Whether an open file begins as the file of the cursor began. */
export async function beginsAs(handle: FileHandle, identity: FileIdentity): Promise<boolean> {
  const head = await headOf(handle, identity.headBytes);
  return head.length === identity.headBytes && digest(head) === identity.headDigest;
}

export function formatIdentity(identity: FileIdentity): string {
  return `${identity.inode}:${String(identity.headBytes)}:${identity.headDigest}`;
}

/** `null` for a generation of another source. */
export function parseIdentity(generation: string): FileIdentity | null {
  const [inode, bytes, headDigest] = generation.split(':');
  const headBytes = Number(bytes);
  if (inode === undefined || headDigest === undefined || !Number.isInteger(headBytes)) return null;
  return { inode, headBytes, headDigest };
}

/**
 * Files that a rotation has left beside the log (`web.log.1`, `web.log-20261123`), oldest first; not the one with `except`
 * as inode, and with `bornAfter` (milliseconds) only those that were made since. Compressed ones cannot be read.
 */
export async function rotatedSiblings(
  path: string,
  which: { readonly except: string; readonly bornAfter?: number },
): Promise<string[]> {
  const folder = dirname(path);
  const name = basename(path);
  const names = await readdir(folder).catch(() => []);
  const siblings = names.filter((one) => isRotated(one, name) && !COMPRESSED.test(one));
  const dated = await Promise.all(
    siblings.map(async (one) => {
      const found = await stat(join(folder, one)).catch(() => null);
      if (found === null || String(found.ino) === which.except) return [];
      if (which.bornAfter !== undefined && found.birthtimeMs <= which.bornAfter) return [];
      return found.isFile() ? [{ path: join(folder, one), changed: found.mtimeMs }] : [];
    }),
  );
  return dated
    .flat()
    .sort((a, b) => a.changed - b.changed || byName(a.path, b.path))
    .map((one) => one.path);
}

/**
 * Compressed files of a rotation that were written to since a moment (milliseconds): compressing keeps that time. Nobody
 * reads them here.
 */
export async function compressedSince(path: string, since: number): Promise<string[]> {
  const folder = dirname(path);
  const names = await readdir(folder).catch(() => []);
  const found = await Promise.all(
    names
      .filter((one) => isRotated(one, basename(path)) && COMPRESSED.test(one))
      .map(async (one) => {
        const stats = await stat(join(folder, one)).catch(() => null);
        return stats !== null && stats.mtimeMs > since ? [one] : [];
      }),
  );
  return found.flat().sort();
}

const COMPRESSED = /\.(?:gz|bz2|xz|zst)$/;

/** `web.log.1`, `web.log-20261123`, `web.log.2026-11-23`; not `web.log.bak` or `web.log-errors`, which are other logs. */
function isRotated(file: string, name: string): boolean {
  return file.startsWith(name) && /^[.-]\d/.test(file.slice(name.length));
}

/** For files changed in the same instant: of numbered ones the highest is the oldest, of dated ones the lowest. */
function byName(a: string, b: string): number {
  const [first, second] = [a, b].map((path) => Number(/\.(\d{1,4})$/.exec(path)?.[1] ?? Number.NaN));
  const numbers = (second ?? Number.NaN) - (first ?? Number.NaN);
  return Number.isNaN(numbers) ? a.localeCompare(b) : numbers;
}

/** Finds the file of a cursor among the rotated ones; `null` when it is gone. */
export async function findRotated(
  siblings: readonly string[],
  identity: FileIdentity,
): Promise<number | null> {
  for (const [at, path] of siblings.entries()) {
    const handle = await open(path, 'r').catch(() => null);
    if (handle === null) continue;
    try {
      const { ino } = await handle.stat({ bigint: true });
      // A renamed file keeps its inode, a copy only its content. An empty beginning proves nothing by itself.
      const candidate = String(ino) === identity.inode || identity.headBytes > 0;
      if (candidate && (await beginsAs(handle, identity))) return at;
    } finally {
      await handle.close();
    }
  }
  return null;
}

async function headOf(handle: FileHandle, bytes: number): Promise<Buffer> {
  const buffer = Buffer.alloc(bytes);
  const { bytesRead } = await handle.read(buffer, 0, bytes, 0);
  return buffer.subarray(0, bytesRead);
}

function digest(head: Buffer): string {
  return createHash('sha256').update(head).digest('hex').slice(0, 16);
}
