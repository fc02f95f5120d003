import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { RETRYABLE } from '../../procedure/failures.js';
import { failure, textOf } from './failure.js';

/** Writes a file so that it appears whole or not at all, and survives a power cut once this returns. */
export async function writeWhole(path: string, content: string | Uint8Array, mode = 0o644): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = join(dirname(path), `.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const handle = await open(temporary, 'wx', mode);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** The same for a file of the evidence folder, with a failure that tells a person where the disk is full. */
export async function writeEvidenceFile(
  folder: { readonly path: string },
  name: string,
  content: string | Uint8Array,
): Promise<void> {
  try {
    await writeWhole(join(folder.path, name), content);
  } catch (error) {
    throw failure(
      RETRYABLE.evidenceUnwritable,
      `Evidence file ${name} could not be written to ${folder.path}: ${textOf(error)}. Free space or mend the permissions; the step is tried again.`,
      error,
    );
  }
}

/** JSON as it stands in evidence files: two spaces, a newline at the end. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
