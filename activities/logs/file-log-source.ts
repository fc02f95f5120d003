import { open, type FileHandle } from 'node:fs/promises';
import { TERMINAL } from '../../procedure/failures.js';
import type { LogCursor } from '../contract.js';
import { failure, textOf } from '../support/failure.js';
import {
  beginsAs,
  compressedSince,
  findRotated,
  formatIdentity,
  identityOf,
  parseIdentity,
  rotatedSiblings,
  type FileIdentity,
} from './file-identity.js';
import { LineSplitter } from './line-splitter.js';
import { LINE_LIMIT, type LogRead, type LogSource } from './log-source.js';

const CHUNK = 256 * 1024;

/**
 * A log file (method D). Rotation is noticed, by renaming and by copying and truncating: the rest of the old file is
 * read first, wherever it went, then the new one from its beginning. Lines that a rotation took away are told.
 */
export function createFileLogSource(path: string): LogSource {
  const source = `file:${path}`;
  const cursorAt = async (handle: FileHandle, position: number): Promise<LogCursor> => ({
    source,
    generation: formatIdentity(await identityOf(handle)),
    position,
    at: new Date().toISOString(),
  });

  return {
    mark: () => withFile(path, async (handle) => cursorAt(handle, (await handle.stat()).size)),

    back: (bytes) =>
      withFile(path, async (handle) => cursorAt(handle, Math.max(0, (await handle.stat()).size - bytes))),

    read: (from, onLine, signal) =>
      withFile(path, async (handle): Promise<LogRead> => {
        const identity = parseIdentity(from.generation);
        const now = await identityOf(handle);
        const same =
          identity !== null && from.source === source && (await isSame(handle, identity, from.position));
        const former = same
          ? await readCopies({ path, identity, from, now }, onLine, signal)
          : await readRotated(
              { path, identity, position: from.position, since: from.at, now },
              onLine,
              signal,
            );
        const start = same && former === null ? from.position : 0;
        const end = await readLines({ handle, start, final: false }, onLine, signal);
        // Truncated while it was read: the place is one in the copy that was made of it, which begins as this one began.
        const intact = (await handle.stat()).size >= end && (await beginsAs(handle, now));
        const next = await cursorAt(handle, end);
        return {
          next: intact ? next : { ...next, generation: formatIdentity(now) },
          ...(former ?? { note: null }),
        };
      }),
  };
}

async function isSame(handle: FileHandle, identity: FileIdentity, position: number): Promise<boolean> {
  const { ino, size } = await handle.stat({ bigint: true });
  return String(ino) === identity.inode && size >= BigInt(position) && (await beginsAs(handle, identity));
}

interface Old {
  readonly path: string;
  readonly identity: FileIdentity | null;
  readonly position: number;
  /** When the cursor was taken, ISO 8601. */
  readonly since: string;
  /** The present file. */
  readonly now: FileIdentity;
}
type Former = Pick<LogRead, 'note' | 'lost'>;

/** The rest of the file that the cursor was taken of, and every whole file between it and the present one. */
async function readRotated(old: Old, onLine: (line: string) => void, signal: AbortSignal): Promise<Former> {
  if (old.identity === null)
    return { note: 'the place in the log is of another source: it is read from the beginning', lost: true };
  // A second rotation since the present file was opened has made it one of them.
  const siblings = await rotatedSiblings(old.path, { except: old.now.inode });
  const at = await findRotated(siblings, old.identity);
  if (at === null) {
    const note =
      'the log was rotated or truncated, and its former file is not beside it any more: lines may be missing';
    return { note, lost: true };
  }
  for (const [index, sibling] of siblings.slice(at).entries()) {
    await withFile(sibling, (handle) =>
      readLines({ handle, start: index === 0 ? old.position : 0, final: true }, onLine, signal),
    );
  }
  const unread = await compressedSince(old.path, Date.parse(old.since));
  if (unread.length > 0)
    return {
      note: `the log was rotated, and ${unread.join(', ')} cannot be read because it is compressed: lines may be missing`,
      lost: true,
    };
  return { note: 'the log was rotated; its former file was read to the end' };
}

/**
 * A file that was empty at the cursor begins like every other one. When copies of it were made since (copytruncate), what
 * was written meanwhile stands in them.
 */
async function readCopies(
  old: {
    readonly path: string;
    readonly identity: FileIdentity;
    readonly from: LogCursor;
    readonly now: FileIdentity;
  },
  onLine: (line: string) => void,
  signal: AbortSignal,
): Promise<Former | null> {
  if (old.identity.headBytes > 0) return null;
  const bornAfter = Date.parse(old.from.at);
  const copies = await rotatedSiblings(old.path, { except: old.now.inode, bornAfter });
  for (const copy of copies)
    await withFile(copy, (handle) => readLines({ handle, start: 0, final: true }, onLine, signal));
  return copies.length === 0
    ? null
    : { note: 'the log was copied and truncated; its copy was read to the end' };
}

interface Range {
  readonly handle: FileHandle;
  readonly start: number;
  /** Nobody writes this file any more: its last line is whole, also without a newline. */
  readonly final: boolean;
}

/** Returns where the first line begins that has no end yet. */
async function readLines(
  { handle, start, final }: Range,
  onLine: (line: string) => void,
  signal: AbortSignal,
): Promise<number> {
  const splitter = new LineSplitter(LINE_LIMIT, onLine);
  const buffer = Buffer.allocUnsafe(CHUNK);
  // What is written while we read is for the next time; a log that grows faster than it is read must not hold us here.
  const end = (await handle.stat()).size;
  let position = start;
  while (position < end) {
    // Of the present file what was given is told with its place, or it would come again; a former one is read whole or not.
    if (signal.aborted && !final) break;
    signal.throwIfAborted();
    const { bytesRead } = await handle.read(buffer, 0, Math.min(CHUNK, end - position), position);
    if (bytesRead === 0) break;
    splitter.push(buffer.subarray(0, bytesRead));
    position += bytesRead;
  }
  if (final && splitter.pending > 0) splitter.flush();
  return position - splitter.pending;
}

async function withFile<T>(path: string, fn: (handle: FileHandle) => Promise<T>): Promise<T> {
  const handle = await open(path, 'r').catch((error: unknown) => {
    throw unreadable(path, error);
  });
  try {
    return await fn(handle);
  } finally {
    await handle.close();
  }
}

function unreadable(path: string, error: unknown): Error {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  const type = code === 'EACCES' || code === 'EPERM' ? TERMINAL.unauthorized : TERMINAL.notFound;
  const text = `The log ${path} could not be opened (${code === '' ? textOf(error) : code}). Check target.log.file and its permissions.`;
  return failure(type, text, error);
}
