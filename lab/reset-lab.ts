import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { findDatabasePlace, secretsFolder, type DatabasePlace } from './database.js';
import { withLock } from './lock.js';
import { resolveLabFolder } from './project.js';
import { endEverything, labLock } from './stop-lab.js';
import { webFolder } from './web.js';
import { workerLogFile } from './worker.js';

/** Ends the lab of a folder and removes its data, so that the next start is like the first. */
export async function resetLab(folder: string): Promise<void> {
  const resolved = await resolveLabFolder(folder);
  if (!existsSync(resolved)) return;
  await withLock(labLock(resolved), async () => {
    await endEverything(resolved);
    await forgetData(resolved, await findDatabasePlace(resolved));
  });
}

/** Removes what a lab has gathered; nothing of it may be running. The ports stay, so that links stay valid. */
export async function forgetData(folder: string, place: DatabasePlace): Promise<void> {
  const inLab = [join(folder, 'temporal'), join(folder, 'logs'), workerLogFile(folder)];
  for (const path of [place.dataFolder, ...inLab, webFolder(folder), secretsFolder(folder)]) {
    await rm(path, { recursive: true, force: true });
  }
}
