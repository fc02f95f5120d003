import type { V1ContainerStatus } from '@kubernetes/client-node';
import { createKubernetesClient } from '../../../activities/targets/kubernetes/client.js';
import type { KubernetesParts } from '../../../activities/targets/kubernetes/kubernetes-target.js';
import type { LogSource } from '../../../activities/logs/log-source.js';
import { createPodLogSource } from '../../../activities/logs/pod-log-source.js';
import type { ApiRequest, ApiServer, Instead } from '../activities/targets/kubernetes/api-server.js';
import { deploymentWith, podWith, replicaSetWith } from '../activities/targets/kubernetes/objects.js';

interface Line {
  /** Nanoseconds. */
  readonly at: number;
  readonly text: string;
}

/** What the kubelet says in the place of a log. */
export const THROWN_AWAY = 'unable to retrieve container logs for containerd://0123456789abcdef';
const SECOND = 1_000_000_000;
const DAY = '2026-11-27T12:00:';

/** One container of one pod: its instances with their logs, and what the API says of it, which may lag behind. */
export class KubeletLogs {
  /** `null` = thrown away. */
  readonly instances: (Line[] | null)[] = [[]];
  /** It has ended and waits for its next start. */
  waiting = false;
  /** Starts that the API does not count yet. */
  lag = 0;
  gone = false;

  write(at: number, text: string): void {
    this.instances.at(-1)?.push({ at, text });
  }

  start(): void {
    this.instances.push([]);
    this.waiting = false;
  }

  /** The node begins a new file, and only that is read. */
  rotate(): void {
    this.instances[this.instances.length - 1] = [];
  }

  get status(): Partial<V1ContainerStatus> {
    const restartCount = Math.max(0, this.instances.length - 1 - this.lag);
    const state = this.waiting && this.lag === 0 ? { waiting: { reason: 'CrashLoopBackOff' } } : {};
    const ended = { terminated: { exitCode: 1 } };
    return { restartCount, state, ...(restartCount > 0 || this.waiting ? { lastState: ended } : {}) };
  }

  /** As a kubelet: of the instance before, or of the one that ended last when the next one has not started. */
  answer({ query }: ApiRequest): Instead {
    const last = this.instances.length - 1;
    const number = query.get('previous') === 'true' && !this.waiting ? last - 1 : last;
    if (this.gone) return { status: 404 };
    const log = this.instances[number];
    if (log === undefined) return { status: 400 };
    if (log === null) return { status: 200, body: THROWN_AWAY, contentType: 'text/plain' };
    const since = Date.parse(query.get('sinceTime') ?? '1970-01-01T00:00:00Z');
    const lines = log
      .filter(({ at }) => Date.parse(stamp(at)) >= Math.floor(since / 1000) * 1000)
      .slice(-Number(query.get('tailLines') ?? log.length + 1));
    const body = lines.map(({ at, text }) => `${stamp(at)} ${text}\n`).join('');
    return { status: 200, body, contentType: 'text/plain' };
  }
}

function stamp(at: number): string {
  const seconds = String(Math.floor(at / SECOND)).padStart(2, '0');
  return `${DAY}${seconds}.${String(at % SECOND).padStart(9, '0')}Z`;
}

/** A server with the logs of these containers, by pod, and the source that reads them. */
export function sourceOf(
  server: ApiServer,
  pods: Map<string, KubeletLogs>,
  limits: { readonly containerMs?: number } = {},
): LogSource {
  server.instead = (request) => {
    const [, pod = ''] = /\/pods\/([^/]+)\/log$/.exec(request.path) ?? [];
    return pods.get(pod)?.answer(request) ?? { status: 404 };
  };
  const deployment = deploymentWith();
  Object.assign(deployment.metadata ?? {}, { annotations: { 'deployment.kubernetes.io/revision': '1' } });
  const readRollout = () =>
    Promise.resolve({
      ...{ deployment, replicaSets: [replicaSetWith('rs-new', '1')], events: [] },
      pods: [...pods]
        .filter(([, { gone }]) => !gone)
        .map(([name, { status }]) => podWith(name, { container: status })),
    });
  const parts = {
    settings: { namespace: 'deltacrown', deployment: 'deltacrown-web' },
    client: createKubernetesClient(server.config()),
    workload: { readRollout },
  } as unknown as KubernetesParts;
  return createPodLogSource(() => parts, limits);
}
