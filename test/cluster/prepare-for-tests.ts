import { showProgress } from '../../lab/progress.js';
import { ownKubeconfig } from './own-cluster.js';
import { clusterPossible } from './possible.js';
import { prepareCluster } from './prepare.js';

/** Never throws: the first test that needs a part that could not be had says so in its own words. */
export async function prepareForTests(): Promise<void> {
  if (ownKubeconfig() !== undefined || !(await clusterPossible()).possible) return;
  await prepareCluster(showProgress(process.stderr)).catch(() => undefined);
}
