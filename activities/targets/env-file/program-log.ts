import { open } from 'node:fs/promises';
import { errorCode } from '../../../environment/error-code.js';
import { redact } from '../../support/redact.js';

const TAIL_BYTES = 8192;

/**
 * What a log file said last, on one line, masked, for a failure's reason: the last lines that tell of an error, then the
 * very last ones. Says so when there is nothing to read.
 */
export async function lastLogLines(file: string, maxLines: number): Promise<string> {
  try {
    const handle = await open(file, 'r');
    try {
      const { size } = await handle.stat();
      const start = Math.max(0, size - TAIL_BYTES);
      const buffer = Buffer.alloc(size - start);
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, start);
      const lines = buffer.subarray(0, bytesRead).toString('utf8').split('\n');
      const kept = tellingLines(
        lines.map((line) => line.trim()).filter((line) => line !== ''),
        maxLines,
      );
      return kept.length === 0
        ? `(${file} is empty)`
        : kept.map((line) => redact(line).slice(0, 300)).join(' | ');
    } finally {
      await handle.close();
    }
  } catch (error) {
    const code = errorCode(error);
    return `(${file} cannot be read: ${code})`;
  }
}

/** A process manager's own lines about an exit stand behind the line that tells why. */
function tellingLines(lines: readonly string[], maxLines: number): string[] {
  const last = Math.ceil(maxLines / 3);
  const errors = lines.slice(0, -last).filter((line) => /\b\w*(Error|Exception)\b|\bCRITICAL\b/.test(line));
  return [...new Set(errors)].slice(last - maxLines).concat(lines.slice(-last));
}
