import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { refuseWhenClosed, unlessUnwritable, type Folder } from './files.js';

/** Characters kept before they are written. */
const BUFFER = 64 * 1024;

/** A file of the evidence that grows line by line and is too large to be held in memory. It appears whole, or not at all. */
export interface EvidenceLines {
  /** Adds one JSON line. */
  add(value: unknown): Promise<void>;
  /** The file is complete: it gets its name. @throws EvidenceUnwritable, EvidenceClosed like `writeEvidenceFile`. */
  keep(): Promise<void>;
  /** Nothing of it is kept. Does nothing after `keep`. */
  discard(): Promise<void>;
}

/** Begins such a file. @throws EvidenceUnwritable. */
export async function openEvidenceLines(folder: Folder, name: string): Promise<EvidenceLines> {
  const path = join(folder.path, name);
  const temporary = join(dirname(path), `.${randomBytes(6).toString('hex')}.tmp`);
  const handle = await unlessUnwritable(folder, name, async () => {
    await mkdir(dirname(path), { recursive: true });
    return open(temporary, 'wx', 0o644);
  });
  let buffer = '';
  let done = false;
  const flush = async (): Promise<void> => {
    const text = buffer;
    buffer = '';
    await unlessUnwritable(folder, name, () => handle.appendFile(text));
  };
  return {
    async add(value) {
      buffer += `${JSON.stringify(value)}\n`;
      if (buffer.length > BUFFER) await flush();
    },
    async keep() {
      await flush();
      await unlessUnwritable(folder, name, async () => {
        await handle.sync();
        await handle.close();
        refuseWhenClosed(folder, name);
        await rename(temporary, path);
      });
      done = true;
    },
    async discard() {
      if (done) return;
      await handle.close().catch(() => undefined);
      await rm(temporary, { force: true });
    },
  };
}
