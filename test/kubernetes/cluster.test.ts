/** The cluster of the tests itself, and the sample application in it: what other tests on Kubernetes build on. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AppsV1Api, CoreV1Api, PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';
import { request } from 'undici';
import { showProgress } from '../../lab/progress.js';
import { projectFolder } from '../../lab/project.js';
import { leftOfCluster } from '../cluster/clear-away.js';
import { startCluster, type Cluster } from '../cluster/cluster.js';
import { deployWeb, type WebInCluster } from '../cluster/deploy-web.js';
import { ownKubeconfig } from '../cluster/own-cluster.js';
import type { ReadyPod } from '../cluster/pods.js';
import { clusterPossible } from '../cluster/possible.js';
import { clientConfig, until } from '../cluster/ready.js';
import { startWebDatabase, type WebDatabase } from '../cluster/web-database.js';
import { startFront } from '../cluster/web-front.js';
import { CONFIG } from '../cluster/web-manifests.js';

const possible = await clusterPossible();
if (!possible.possible) process.stdout.write(`kubernetes tests skipped: ${possible.why}\n`);
const onCluster = possible.possible ? describe : describe.skip;
const own = ownKubeconfig() !== undefined;
const onStartedCluster = possible.possible && !own ? test : test.skip;

const BLOCKED = 'TEAM_LEGACY_WRITE_BLOCKED';

let cluster: Cluster;
let database: WebDatabase;
const ends: (() => Promise<void>)[] = [];

const newest = async (web: WebInCluster): Promise<ReadyPod> => {
  const pod = (await web.pods()).at(-1);
  if (pod === undefined) throw new Error('no pod is ready');
  return pod;
};

/** Signs in and sends an empty request, which changes nothing: 400, unless it is refused before it is looked at. */
async function answer(web: WebInCluster, pod: ReadyPod, path: string): Promise<number> {
  const password = (await readFile(database.passwordFile, 'utf8')).trim();
  const post = (to: string, body: unknown, headers: Record<string, string> = {}) =>
    request(`${web.url(pod)}${to}`, {
      ...{ method: 'POST', body: JSON.stringify(body) },
      headers: { 'content-type': 'application/json', ...headers },
    });
  const signedIn = await post('/api/token/', { username: 'captain1', password });
  const { access } = (await signedIn.body.json()) as { access: string };
  const answered = await post(path, {}, { authorization: `Bearer ${access}` });
  await answered.body.dump();
  return answered.statusCode;
}
/** 403 while the legacy model may not be written. */
const legacyAnswer = (web: WebInCluster, pod: ReadyPod) => answer(web, pod, '/api/teams/create/');
const flowAnswer = (web: WebInCluster, pod: ReadyPod) => answer(web, pod, '/api/vnext/teams/create/');

const environmentOf = async (web: WebInCluster, pod: ReadyPod): Promise<string[]> => {
  const { exitCode, stdout } = await web.exec(pod, ['env']);
  expect(exitCode).toBe(0);
  return stdout.split('\n');
};

onCluster('a cluster of the tests', () => {
  beforeAll(async () => {
    cluster = await startCluster({ onProgress: showProgress(process.stderr) });
    ends.push(() => cluster.stop());
    database = await startWebDatabase(cluster);
    ends.push(() => database.stop());
  }, 3_600_000);
  afterAll(async () => {
    for (const end of ends.reverse()) await end();
    if (!own) expect(await leftOfCluster()).toEqual([]);
  });

  test('runs the application in two pods, and a patch of its Deployment reaches new pods (method A)', async () => {
    const web = await deployWeb(cluster, { method: 'A', databaseUrl: database.urlForPods });
    const pods = await web.pods();
    expect(pods).toHaveLength(2);
    for (const pod of pods) {
      const health = await request(`${web.url(pod)}/healthz/`);
      expect([health.statusCode, await health.body.json()]).toEqual([200, { status: 'ok' }]);
      expect(await legacyAnswer(web, pod)).toBe(403);
      expect(await environmentOf(web, pod)).toContain(`${BLOCKED}=true`);
      expect(await web.log(pod)).toContain('POST /api/teams/create/ 403');
    }
    const front = await startFront(web);
    const marks = [1, 2, 3, 4].map((number) => `front-${number}`);
    for (const mark of marks) {
      // A connection each, as different people have.
      const answered = await request(`${front.url}/readiness/`, {
        headers: { 'x-correlation-id': mark },
        reset: true,
      });
      expect([answered.statusCode, await answered.body.json()]).toMatchObject([200, { status: 'ready' }]);
    }
    for (const pod of pods) {
      // What a pod writes is in its log a moment later.
      await until(`two of the four requests stand in the log of ${pod.name}`, async () => {
        const log = await web.log(pod);
        return marks.filter((mark) => log.includes(mark)).length === 2;
      });
    }
    await front.close();

    const failed = await web.exec(await newest(web), ['sh', '-c', 'echo said >&2; exit 7']);
    expect([failed.exitCode, failed.stderr.trim()]).toEqual([7, 'said']);

    const env = [{ name: BLOCKED, value: 'false' }];
    await clientConfig(cluster.kubeconfig)
      .makeApiClient(AppsV1Api)
      .patchNamespacedDeployment(
        {
          ...{ namespace: web.namespace, name: web.name },
          body: { spec: { template: { spec: { containers: [{ name: web.container, env }] } } } },
        },
        setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch),
      );
    await web.untilRolledOut();
    const patched = await newest(web);
    expect(pods.map(({ name }) => name)).not.toContain(patched.name);
    expect(await environmentOf(web, patched)).toContain(`${BLOCKED}=false`);
    expect(await legacyAnswer(web, patched)).toBe(400);
  });

  test('takes the flags from the ConfigMap (method B), and faults are switched while it runs', async () => {
    const web = await deployWeb(cluster, {
      ...{ method: 'B', databaseUrl: database.urlForPods },
      environment: { [BLOCKED]: 'false', LOG_FORMAT: 'json' },
    });
    const config = await clientConfig(cluster.kubeconfig)
      .makeApiClient(CoreV1Api)
      .readNamespacedConfigMap({ namespace: web.namespace, name: CONFIG });
    expect(config.data?.[BLOCKED]).toBe('false');
    const pod = await newest(web);
    expect(await environmentOf(web, pod)).toContain(`${BLOCKED}=false`);
    expect(await legacyAnswer(web, pod)).toBe(400);
    await web.setFaults(['throttled']);
    for (const each of await web.pods()) expect(await flowAnswer(web, each)).toBe(429);
    await web.setFaults([]);
    for (const each of await web.pods()) expect(await flowAnswer(web, each)).toBe(400);
    await web.remove();
  });

  onStartedCluster('survives its own API server and kubelet', async () => {
    const web = await deployWeb(cluster, { method: 'A', databaseUrl: database.urlForPods, replicas: 1 });
    const pod = await newest(web);
    const core = clientConfig(cluster.kubeconfig).makeApiClient(CoreV1Api);
    await cluster.stopApiServer();
    await expect(core.listNamespace()).rejects.toThrow();
    // The pods know nothing of it.
    expect((await request(`${web.url(pod)}/readiness/`)).statusCode).toBe(200);
    await cluster.startApiServer();
    expect((await core.listNamespace()).items.length).toBeGreaterThan(0);

    await cluster.stopKubelet();
    await expect(web.exec(pod, ['true'])).rejects.toThrow();
    expect((await request(`${web.url(pod)}/readiness/`)).statusCode).toBe(200);
    await cluster.startKubelet();
    expect((await web.exec(pod, ['true'])).exitCode).toBe(0);
    // A kubelet that has just started asks anew whether its pods are ready; it is the same pod all the same.
    await until('the pod is ready again', async () =>
      (await web.pods()).some(({ name }) => name === pod.name),
    );
    expect(await web.pods()).toHaveLength(1);

    // The controllers and the scheduler have come back by themselves.
    await deployWeb(cluster, { method: 'A', databaseUrl: database.urlForPods, replicas: 2 });
    expect(await web.pods()).toHaveLength(2);
  });
});

onStartedCluster('what a killed owner left is cleared away by the next start, and by its stop', async () => {
  const program = join(projectFolder(), 'test', 'cluster', 'main.mjs');
  const owner = spawn(process.execPath, [program, 'start'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  owner.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await until('a cluster by hand is up', () => Promise.resolve(said.includes('\n')));
  const killed = dirname(said.trim().replace('export KUBECONFIG=', ''));
  owner.kill('SIGKILL');
  expect(existsSync(killed)).toBe(true);
  expect((await leftOfCluster()).length).toBeGreaterThan(6);

  const next = await startCluster();
  expect(next.folder).not.toBe(killed);
  expect(existsSync(killed)).toBe(false);
  await next.stop();
  expect(existsSync(next.folder)).toBe(false);
  expect(await leftOfCluster()).toEqual([]);
});
