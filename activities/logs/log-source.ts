import type { LogCursor } from '../contract.js';

export interface LogRead {
  /** Where to read on. */
  readonly next: LogCursor;
  /** What a person should know of this read: a rotation, lines that are lost. `null` = nothing. */
  readonly note: string | null;
  /** Lines were there and cannot be read any more: silence proves nothing then. */
  readonly lost?: boolean;
  /**
   * Parts of the log that could not be read this time, the others were: their places are kept, and the next read goes on from
   * them. Silence proves nothing while there is one. Absent = all of it was read.
   */
  readonly unread?: readonly UnreadPart[];
  /** The place where to read on is not there just now: whether lines are lost, the next read tells. */
  readonly unsure?: boolean;
}

/** One part of a log: of a Deployment, the log of one container. */
export interface UnreadPart {
  /** The same at every read, e.g. `container web of pod deltacrown-web-7d9c-abcde`. */
  readonly part: string;
  /** A sentence for a person, which names the part too. */
  readonly reason: string;
}

/** The target's log, wherever a deployment method keeps it. Lines come whole, capped at LINE_LIMIT. */
export interface LogSource {
  /** How long to wait between two reads when it is followed, milliseconds; without it a quarter of a second. */
  readonly pollMs?: number;
  /** The end of the log as it is now. Throws NotFound or Unauthorized when it cannot be opened at all. */
  mark(): Promise<LogCursor>;
  /**
   * Reads every whole line since a cursor, in order, with bounded memory; a last line without its end is left for the
   * next read. Throws NotFound or Unauthorized when the log cannot be read.
   */
  read(from: LogCursor, onLine: (line: string) => void, signal: AbortSignal): Promise<LogRead>;
  /** A cursor so far back that about `bytes` are read from it. */
  back(bytes: number): Promise<LogCursor>;
}

/** Characters of a line that are kept; the rest of it is dropped. */
export const LINE_LIMIT = 64 * 1024;
