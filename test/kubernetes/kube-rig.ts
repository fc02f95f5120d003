import { showProgress } from '../../lab/progress.js';
import { startCluster, type Cluster } from '../cluster/cluster.js';
import { deployWeb, type WebInCluster } from '../cluster/deploy-web.js';
import { asSeenByPods } from '../cluster/web-database.js';
import { startFront, type WebFront } from '../cluster/web-front.js';
import { CONFIG, CONTAINER, WEB, type Method } from '../cluster/web-manifests.js';
import { FLAG_NAMES } from '../../procedure/flags.js';
import { Rig } from '../support/rig.js';
import { leastRights } from './service-account.js';

/** The application in a cluster, with its address and an environment file of its own. */
export interface KubeStaging {
  /** Name of the environment. */
  readonly environment: string;
  /** What the worker reaches the cluster with: the rights of `deploy/kubernetes/role.yaml`. */
  readonly kubeconfig: string;
  readonly web: WebInCluster;
  readonly front: WebFront;
  /** ENABLED as every serving process of every ready pod carries it, read by the test itself. */
  servedFlags(): Promise<string[]>;
  close(): Promise<void>;
}

/** A cluster with a Temporal server, PostgreSQL and a worker beside it; stagings come and go in it. */
export class KubeRig {
  private constructor(
    readonly cluster: Cluster,
    readonly rig: Rig,
    /** Merged over the environment file of every staging. */
    private readonly settings: Readonly<Record<string, unknown>>,
  ) {}

  static async start(environment: Readonly<Record<string, unknown>> = {}): Promise<KubeRig> {
    const cluster = await startCluster({ onProgress: showProgress(process.stderr) });
    try {
      const alsoListen = { address: cluster.nodeIp, from: cluster.pods };
      const rig = await Rig.start({ environment, lab: { alsoListen } });
      return new KubeRig(cluster, rig, environment);
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  /** Deploys the application by a method, and writes the environment file for it; `target` is merged over its part of that name. */
  async staging(
    method: Method,
    target: Readonly<Record<string, unknown>> = {},
    replicas = 2,
  ): Promise<KubeStaging> {
    const { rig, cluster } = this;
    const databaseUrl = asSeenByPods(cluster, rig.lab.applicationDatabaseUrl);
    const quiet = { THROTTLE_ANON: 'off', THROTTLE_USER: 'off' };
    const web = await deployWeb(cluster, { method, databaseUrl, replicas, environment: quiet });
    const front = await startFront(web);
    const name = method === 'A' ? 'kube-env' : 'kube-config-map';
    const kubeconfig = await leastRights(cluster, rig.lab.folder, web.namespace);
    await rig.environment(name, {
      ...this.settings,
      allow: { hosts: ['127.0.0.1'], databases: ['deltacrown_staging'], namespaces: [web.namespace] },
      api: {
        baseUrl: front.url,
        authentication: { kind: 'password', username: 'captain4', password: `file:${rig.lab.passwordFile}` },
        moreUsers: [{ kind: 'password', username: 'captain3', password: `file:${rig.lab.passwordFile}` }],
      },
      target: {
        method: method === 'A' ? 'kubernetes-env' : 'kubernetes-config-map',
        kubeconfig,
        namespace: web.namespace,
        deployment: WEB,
        container: CONTAINER,
        ...(method === 'B' ? { configMap: CONFIG } : {}),
        rolloutTimeout: '2m',
        ...target,
      },
    });
    return {
      ...{ environment: name, kubeconfig, web, front },
      servedFlags: () => servedFlags(web),
      close: async () => {
        await front.close();
        await web.remove();
      },
    };
  }

  async close(): Promise<void> {
    await this.rig.close();
    await this.cluster.stop();
  }
}

/** By the shell of the container, from the environment of every process that is gunicorn's. */
async function servedFlags(web: WebInCluster): Promise<string[]> {
  const [enabled] = FLAG_NAMES;
  const script = `for p in /proc/[0-9]*; do tr '\\0' ' ' <$p/cmdline 2>/dev/null | grep -q gunicorn || continue; tr '\\0' '\\n' <$p/environ | sed -n 's/^${enabled ?? ''}=//p'; done`;
  const answers = await Promise.all(
    (await web.pods()).map(async (pod) => (await web.exec(pod, ['sh', '-c', script])).stdout),
  );
  return answers.flatMap((text) => text.split('\n').filter((line) => line !== ''));
}
