import type { OnProgress } from '../../lab/progress.js';
import { kubernetesPrograms, type KubernetesPrograms } from './kubernetes-binary.js';
import { nodePrograms, type NodePrograms } from './packages.js';
import { pauseImage } from './pause-image.js';
import { pythonLayer } from './python-layer.js';

/** Everything of which a cluster is made. */
export interface ClusterPrograms {
  readonly node: NodePrograms;
  readonly kubernetes: KubernetesPrograms;
  /** The archive of the pods' first process. */
  readonly pause: string;
  /** The archive of the layer on which the sample application's image is built. */
  readonly python: string;
}

/** Makes what is missing in the cache: minutes on a fresh machine, a moment on the next time. */
export async function prepareCluster(onProgress: OnProgress): Promise<ClusterPrograms> {
  // Packages one after the other: apt is not asked twice at a time.
  const packages = async (): Promise<{ node: NodePrograms; python: string }> => ({
    node: await nodePrograms(onProgress),
    python: await pythonLayer(onProgress),
  });
  const work = [kubernetesPrograms(onProgress), packages()] as const;
  // Both have to end before an error is told: what is still being made could not be waited for later.
  await Promise.allSettled(work);
  const [kubernetes, { node, python }] = await Promise.all(work);
  return { node, kubernetes, python, pause: await pauseImage(kubernetes.pause) };
}
