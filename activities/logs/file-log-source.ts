import { open, type FileHandle } from 'node:fs/promises';
import { TERMINAL } from '../../procedure/failures.js';
import type { LogCursor } from '../contract.js';
import { failure, textOf } from '../support/failure.js';
import {
  beginsAs,
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
        const same =
          identity !== null && from.source === source && (await isSame(handle, identity, from.position));
        const note = same
          ? null
          : await readRotated({ path, identity, position: from.position }, onLine, signal);
        const start = same ? from.position : 0;
        const end = await readLines({ handle, start, final: false }, onLine, signal);
        return { next: await cursorAt(handle, end), note };
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
}

/** The rest of the file that the cursor was taken of, and every whole file between it and the present one. */
async function readRotated(old: Old, onLine: (line: string) => void, signal: AbortSignal): Promise<string> {
  if (old.identity === null)
    return 'the place in the log is of another source: it is read from the beginning';
  const siblings = await rotatedSiblings(old.path);
  const at = await findRotated(siblings, old.identity);
  if (at === null) {
    return 'the log was rotated or truncated, and its former file is not beside it any more: lines may be missing';
  }
  for (const [index, sibling] of siblings.slice(at).entries()) {
    await withFile(sibling, (handle) =>
      readLines({ handle, start: index === 0 ? old.position : 0, final: true }, onLine, signal),
    );
  }
  return 'the log was rotated; its former file was read to the end';
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
