import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A new folder for a lab of one test file. The account of PostgreSQL may go through it: otherwise root's data would lie in a
 * folder of its own, which nobody removes together with this one.
 */
export async function makeLabFolder(prefix: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), prefix));
  await chmod(folder, 0o711);
  return folder;
}
