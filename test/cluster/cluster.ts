import { silent, type OnProgress } from '../../lab/progress.js';
import { clearAway } from './clear-away.js';
import { launchCluster } from './launch.js';
import { takeMachine } from './machine-lock.js';
import { ownKubeconfig, useOwnCluster } from './own-cluster.js';
import { prepareCluster } from './prepare.js';

/** A running cluster. */
export interface Cluster {
  /** The file with which its administrator reaches it. */
  readonly kubeconfig: string;
  /** Where it keeps everything; removed when it is stopped. */
  readonly folder: string;
  /** The address at which pods reach this machine. */
  readonly nodeIp: string;
  /** The network of its pods, from which they connect. */
  readonly pods: string;
  /** It is somebody's own (`READINESS_TEST_KUBECONFIG`), so its parts cannot be stopped. */
  readonly own: boolean;
  /** Ends the API server as a crash would; returns when it is gone. */
  stopApiServer(): Promise<void>;
  /** Starts it again on the same port and data; returns when it is ready. */
  startApiServer(): Promise<void>;
  /** Ends the kubelet as a crash would; the pods run on. */
  stopKubelet(): Promise<void>;
  /** Starts it again; returns when it answers. */
  startKubelet(): Promise<void>;
  /** Ends everything, removes everything, and lets the next one start. */
  stop(): Promise<void>;
}

/** What a caller may choose. */
export interface ClusterOptions {
  readonly onProgress?: OnProgress;
  /** The API server's port; by default one that is free. */
  readonly port?: number;
  /** How long to wait for another cluster of this machine to be stopped. */
  readonly waitMs?: number;
}

/** Long enough for a whole file of tests that has the cluster now. */
const WAIT_MS = 1_800_000;

/**
 * Starts a cluster of one node and returns when the node is ready, or hands out the one that
 * `READINESS_TEST_KUBECONFIG` names. There is one at a time on a machine: a second start waits until the first has been
 * stopped or its owner has died, and clears away what a dead owner left. What is missing in the cache is made first.
 */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const onProgress = options.onProgress ?? silent;
  const own = ownKubeconfig();
  if (own !== undefined) return useOwnCluster(own);
  const programs = await prepareCluster(onProgress);
  const release = await takeMachine(options.waitMs ?? WAIT_MS, onProgress);
  try {
    await clearAway();
    const cluster = await launchCluster(programs, { ...options, onProgress });
    let stopping: Promise<void> | undefined;
    const stop = (): Promise<void> => (stopping ??= clearAway().finally(release));
    return { ...cluster, stop };
  } catch (error) {
    await clearAway().catch(() => undefined);
    await release();
    throw error;
  }
}
