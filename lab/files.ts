import { randomBytes } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';

import { codeOf } from './lab-error.js';

/** The mode of every file that holds a password. */
export const SECRET_MODE = 0o600;

/**
 * Writes a file so that a reader, or a crash, sees the former text or the new one, never a part. The mode is that
 * of the new file from its first byte on.
 */
export async function writeFileAtomic(path: string, text: string, mode = 0o644): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const file = await open(temporary, 'wx', mode);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** The text of a file, or undefined when there is no such file. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** The last lines of a log, for a message about the process that wrote it. */
export async function lastLines(path: string, count = 12): Promise<string> {
  const text = (await readIfThere(path)) ?? '';
  return tail(text, count);
}

/** The last lines of a text, indented to stand inside a message. */
export function tail(text: string, count = 12): string {
  const lines = text.trimEnd().split('\n').slice(-count);
  return lines.map((line) => `    ${line}`).join('\n');
}

/** A password that needs no escaping in a URL, a shell, an ini file or SQL. */
export function newPassword(): string {
  return randomBytes(18).toString('hex');
}
