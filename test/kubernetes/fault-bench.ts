import {
  AppsV1Api,
  CoreV1Api,
  PatchStrategy,
  setHeaderOptions,
  type V1Deployment,
} from '@kubernetes/client-node';
import type { RunStatus } from '../../procedure/status.js';
import { clientConfig } from '../cluster/ready.js';
import { CONFIG } from '../cluster/web-manifests.js';
import type { RunEnd } from '../support/rig.js';
import { KubeRig, type KubeStaging } from './kube-rig.js';

type Run = Awaited<ReturnType<KubeRig['rig']['run']>>;

/** A run before its first change, and how it will have ended. */
export interface AtGate {
  readonly run: Run;
  readonly over: Promise<RunEnd>;
}

/** Where faults are done to a cluster while a run is on it: one staging and one run at a time. */
export class FaultBench {
  readonly core: CoreV1Api;
  readonly apps: AppsV1Api;
  #staging: KubeStaging | null = null;
  #run: Run | null = null;

  private constructor(readonly kube: KubeRig) {
    const config = clientConfig(kube.cluster.kubeconfig);
    this.core = config.makeApiClient(CoreV1Api);
    this.apps = config.makeApiClient(AppsV1Api);
  }

  /** `settings` are merged over the environment files. */
  static async start(settings: Readonly<Record<string, unknown>> = {}): Promise<FaultBench> {
    const samples = { measured: 4, warmUp: 1 };
    return new FaultBench(await KubeRig.start({ samples, thresholds: { lagBudget: '2s' }, ...settings }));
  }

  get staging(): KubeStaging {
    if (this.#staging === null) throw new Error('nothing is deployed');
    return this.#staging;
  }

  /** Deploys the application; `target` is merged over that part of the environment file. */
  async deploy(method: 'A' | 'B', target: Readonly<Record<string, unknown>> = {}): Promise<KubeStaging> {
    this.#staging = await this.kube.staging(method, target);
    return this.#staging;
  }

  async run(input: Readonly<Record<string, unknown>> = {}): Promise<Run> {
    const { environment } = this.staging;
    this.#run = await this.kube.rig.run({ environment, soak: '6s', soakInterval: '3s', ...input });
    return this.#run;
  }

  /** At gate enable, where the preconditions are behind and nothing is changed yet. */
  async atGate(): Promise<AtGate> {
    const run = await this.run();
    const over = this.kube.rig.end(run);
    over.catch(() => undefined);
    await this.kube.rig.gate(run, 'enable');
    return { run, over };
  }

  /** As somebody else does it. */
  async patchDeployment(patch: object): Promise<V1Deployment> {
    const { name, namespace } = this.staging.web;
    const how = setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch);
    return this.apps.patchNamespacedDeployment(
      { name, namespace, body: patch, fieldManager: 'somebody' },
      how,
    );
  }

  /** A readiness probe that fails with the flag on, and is fine without it: a rollout that never comes to its end. */
  async readyOnlyWhileOff(): Promise<void> {
    const { container, untilRolledOut } = this.staging.web;
    const page = `import urllib.request as r; r.urlopen('http://127.0.0.1:8000/readiness/', timeout=4)`;
    const command = ['sh', '-c', `[ "$TEAM_VNEXT_DUAL_WRITE_ENABLED" != true ] && python -c "${page}"`];
    const readinessProbe = { httpGet: null, exec: { command }, periodSeconds: 2, timeoutSeconds: 5 };
    await this.patchDeployment({
      spec: { template: { spec: { containers: [{ name: container, readinessProbe }] } } },
    });
    await untilRolledOut();
  }

  /** As `kubectl cordon` does it, of every node: what runs goes on, nothing new is given to them. */
  async cordon(unschedulable: boolean): Promise<void> {
    const { items } = await this.core.listNode();
    const how = setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch);
    for (const { metadata } of items)
      await this.core.patchNode({ name: metadata?.name ?? '', body: { spec: { unschedulable } } }, how);
  }

  /** As somebody else does it; `null` takes a key away. */
  async patchConfigMap(data: Readonly<Record<string, string | null>>): Promise<void> {
    const { namespace } = this.staging.web;
    const how = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);
    await this.core.patchNamespacedConfigMap(
      { namespace, name: CONFIG, body: { data }, fieldManager: 'somebody' },
      how,
    );
  }

  /** Ends what a test that failed in the middle left; it would keep the next one from the environment. */
  async clear(): Promise<void> {
    if (this.#run !== null) {
      await this.#run
        .executeUpdate('rollback', { args: [{ by: 'Ada', reason: 'over' }] })
        .catch(() => undefined);
      await this.kube.rig.end(this.#run);
    }
    this.#run = null;
    await this.#staging?.close();
    this.#staging = null;
  }

  close(): Promise<void> {
    return this.kube.close();
  }
}

/** Whether a run has said so, in its journal or in a finding. */
export const says =
  (text: RegExp) =>
  (status: RunStatus): boolean =>
    status.journal.some((line) => text.test(line.text)) ||
    status.findings.some((one) => text.test(one.because));
