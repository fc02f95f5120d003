import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { SECRET_MODE } from '../../lab/files.js';
import { freePorts } from '../../lab/ports.js';
import type { ProcessIdentity } from '../../lab/process-identity.js';
import { timedStep, type OnProgress } from '../../lab/progress.js';
import { plainEnvironment, runTool } from '../../lab/tools.js';
import { kubeconfig, makeCertificates } from './certificates.js';
import { FOLDER_PREFIX, FORWARDING } from './clear-away.js';
import type { Cluster } from './cluster.js';
import {
  containerdToml,
  kubeletConfiguration,
  networkConfiguration,
  type ClusterPorts,
} from './configuration.js';
import { makeControlGroups } from './control-groups.js';
import { clusterFiles, killPart, startPart, type Part, type PartSettings } from './parts.js';
import type { ClusterPrograms } from './prepare.js';
import {
  apiServerAnswers,
  kubeletAnswers,
  kubeletKnowsPods,
  nodeReady,
  untilAccount,
  waitForPart,
} from './ready.js';
import { BRIDGE, chooseNetwork, CONTAINERD_SOCKET, type ClusterNetwork } from './settings.js';
import { writeClusterState } from './state.js';
import { writeWebImage } from './web-image.js';

/** Folders whose place is fixed in the programs; removed afterwards when they were not there before. */
const STRAY_FOLDERS = [
  '/run/containerd',
  '/var/lib/cni',
  '/var/lib/kubelet',
  '/var/log/containers',
  '/var/log/pods',
];

/** Choices of {@link launchCluster}. */
export interface LaunchOptions {
  readonly onProgress: OnProgress;
  readonly port?: number;
}

/** Starts all parts; the caller has the machine for itself, and clears away when this fails. */
export async function launchCluster(
  programs: ClusterPrograms,
  options: LaunchOptions,
): Promise<Omit<Cluster, 'stop'>> {
  const network = chooseNetwork();
  const folder = await makeFolder();
  const running = new Map<Part, ProcessIdentity>();
  return timedStep(options.onProgress, 'Starting a test cluster', async () => {
    await makeNetwork(network);
    await makeControlGroups();
    const settings = await configure(folder, network, { programs, options });
    const start = async (part: Part): Promise<void> => {
      running.set(part, await startPart(part, settings));
    };
    const wait = (part: Part, probe: () => Promise<boolean>): Promise<void> =>
      waitForPart({ part, process: running.get(part), logFile: clusterFiles(folder).log(part), probe });
    const stop = async (part: Part): Promise<void> => {
      const identity = running.get(part);
      if (identity !== undefined) await killPart(identity);
    };
    const config = clusterFiles(folder).adminConfig;
    const startApiServer = async (): Promise<void> => {
      await stop('apiserver');
      await start('apiserver');
      await wait('apiserver', () => apiServerAnswers(config));
    };
    const startKubelet = async (): Promise<void> => {
      await stop('kubelet');
      await start('kubelet');
      await wait('kubelet', () => kubeletAnswers(settings.ports.kubeletHealth));
      // Without an API server there is nobody to tell it.
      if (await apiServerAnswers(config).catch(() => false))
        await wait('kubelet', () => kubeletKnowsPods(config));
    };

    await Promise.all([start('containerd'), start('etcd')]);
    // The images take as long as the API server, so that they cost no time.
    await Promise.all([
      startApiServer(),
      wait('containerd', async () => existsSync(CONTAINERD_SOCKET)).then(() =>
        importImages(folder, programs),
      ),
    ]);
    await Promise.all([start('controllers'), start('scheduler'), start('kubelet')]);
    await wait('kubelet', () => nodeReady(config));
    await untilAccount(config, 'default');
    return {
      ...{ kubeconfig: config, folder, own: false, nodeIp: network.nodeIp, pods: network.pods },
      ...{ startApiServer, startKubelet },
      stopApiServer: () => stop('apiserver'),
      stopKubelet: () => stop('kubelet'),
    };
  });
}

/** Makes the temporary folder, and before it the note of what is to be cleared away. */
async function makeFolder(): Promise<string> {
  // The kubelet's sockets lie in it, and a socket's path has room for about a hundred bytes.
  const parent = tmpdir().length > 40 ? '/tmp' : tmpdir();
  const folder = join(parent, `${FOLDER_PREFIX}${randomBytes(4).toString('hex')}`);
  const strayFolders = STRAY_FOLDERS.filter((path) => !existsSync(path));
  await writeClusterState({ folder, forwarding: await readFile(FORWARDING, 'utf8'), strayFolders });
  await mkdir(folder, { mode: 0o700 });
  return folder;
}

async function makeNetwork(network: ClusterNetwork): Promise<void> {
  const ip = (args: readonly string[]): Promise<string> =>
    runTool({
      command: 'ip',
      args,
      failure: `The test cluster's network bridge ${BRIDGE} could not be made`,
      next: 'see the line above; this takes root with CAP_NET_ADMIN and a kernel with bridges.',
    });
  await ip(['link', 'add', BRIDGE, 'type', 'bridge']);
  await ip(['address', 'add', `${network.nodeIp}/24`, 'dev', BRIDGE]);
  await ip(['link', 'set', BRIDGE, 'up']);
}

async function configure(
  folder: string,
  network: ClusterNetwork,
  { programs, options }: { readonly programs: ClusterPrograms; readonly options: LaunchOptions },
): Promise<PartSettings> {
  const [etcd = 0, etcdPeer = 0, free = 0, kubelet = 0, kubeletHealth = 0] = await freePorts(5);
  const ports: ClusterPorts = { etcd, etcdPeer, apiServer: options.port ?? free, kubelet, kubeletHealth };
  const certificates = await makeCertificates(join(folder, 'certificates'), network.nodeIp);
  const files = clusterFiles(folder);
  await Promise.all(
    ['logs', 'network', 'etcd', 'kubelet', 'pod-logs'].map((name) =>
      mkdir(join(folder, name), { mode: 0o700 }),
    ),
  );
  await writeFile(files.network, networkConfiguration(folder, network));
  await writeFile(files.containerd, containerdToml(folder, programs.node));
  await writeFile(files.kubelet, kubeletConfiguration(folder, network.nodeIp, { ports, certificates }));
  for (const [file, user] of [
    [files.adminConfig, 'admin'],
    [files.kubeletConfig, 'kubelet'],
  ] as const) {
    await writeFile(file, await kubeconfig(certificates, user, ports.apiServer), { mode: SECRET_MODE });
  }
  return {
    folder,
    nodeIp: network.nodeIp,
    ports,
    certificates,
    node: programs.node,
    kubernetes: programs.kubernetes,
  };
}

async function importImages(folder: string, { node, pause, python }: ClusterPrograms): Promise<void> {
  const web = join(folder, 'web.tar');
  await writeWebImage(python, web);
  for (const image of [pause, web]) {
    await runTool({
      command: node.ctr,
      args: ['--address', CONTAINERD_SOCKET, '--namespace', 'k8s.io', 'images', 'import', image],
      env: plainEnvironment(),
      failure: `The image ${image} could not be imported into the test cluster`,
      next: `make room in ${folder}, and look at ${clusterFiles(folder).log('containerd')}.`,
      timeoutMs: 300_000,
    });
  }
  await rm(web);
}
