import type { OnProgress } from '../../lab/progress.js';
import { kubernetesPrograms, type KubernetesPrograms } from './kubernetes-binary.js';
import { nodePrograms, type NodePrograms } from './packages.js';
import { pauseImage } from './pause-image.js';
import { webImage } from './web-image.js';

/** Everything of which a cluster is made. */
export interface ClusterPrograms {
  readonly node: NodePrograms;
  readonly kubernetes: KubernetesPrograms;
  /** Archives to be imported. */
  readonly images: readonly string[];
}

/** Makes what is missing in the cache: minutes on a fresh machine, a moment on the next time. */
export async function prepareCluster(onProgress: OnProgress): Promise<ClusterPrograms> {
  // Packages one after the other: apt is not asked twice at a time.
  const packages = async (): Promise<{ node: NodePrograms; web: string }> => ({
    node: await nodePrograms(onProgress),
    web: await webImage(onProgress),
  });
  const work = [kubernetesPrograms(onProgress), packages()] as const;
  // Both have to end before an error is told: what is still being made could not be waited for later.
  await Promise.allSettled(work);
  const [kubernetes, { node, web }] = await Promise.all(work);
  return { node, kubernetes, images: [await pauseImage(kubernetes.pause), web] };
}
