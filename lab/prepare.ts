import { databaseKey, databaseTemplate } from './database-template.js';
import { findPostgres } from './postgres-binaries.js';
import type { OnProgress } from './progress.js';
import { pythonHome } from './python.js';
import { findTemporalBinary } from './temporal-binary.js';
import { timeSkippingExecutable } from './test-server.js';

/**
 * Fills the caches that every lab uses: Temporal's CLI, the Python packages, a seeded database, the time-skipping
 * server. On a fresh machine this takes minutes, which would otherwise count as the time of whichever test comes first.
 *
 * Never throws: whoever needs a part that could not be had says so in its own words.
 */
export async function prepareLabs(onProgress: OnProgress): Promise<void> {
  const database = async (): Promise<void> => {
    const [program, python] = await Promise.all([findPostgres(), pythonHome(onProgress)]);
    await databaseTemplate(await databaseKey(program), { program, python, onProgress });
  };
  await Promise.allSettled([findTemporalBinary(onProgress), database(), timeSkippingExecutable(onProgress)]);
}
