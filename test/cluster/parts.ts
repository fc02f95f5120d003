import { join } from 'node:path';

import { end, type ProcessIdentity } from '../../lab/process-identity.js';
import { spawnDetached } from '../../lab/spawn-detached.js';
import { plainEnvironment } from '../../lab/tools.js';
import type { Certificates } from './certificates.js';
import type { ClusterPorts } from './configuration.js';
import type { KubernetesPrograms } from './kubernetes-binary.js';
import type { NodePrograms } from './packages.js';
import { NODE, TAG } from './settings.js';

/** The processes of a cluster beside those of its pods. */
export type Part = 'containerd' | 'etcd' | 'apiserver' | 'controllers' | 'scheduler' | 'kubelet';

/** What the processes are started from; all files of it are written before. */
export interface PartSettings {
  readonly folder: string;
  readonly nodeIp: string;
  readonly ports: ClusterPorts;
  readonly certificates: Certificates;
  readonly node: NodePrograms;
  readonly kubernetes: KubernetesPrograms;
}

/** Files in a cluster's folder. */
export const clusterFiles = (folder: string) => ({
  adminConfig: join(folder, 'admin.kubeconfig'),
  kubeletConfig: join(folder, 'kubelet.kubeconfig'),
  kubelet: join(folder, 'kubelet.json'),
  containerd: join(folder, 'containerd.toml'),
  network: join(folder, 'network', '10-readiness.conflist'),
  log: (part: Part) => join(folder, 'logs', `${part}.log`),
});

/** Starts one of the processes, in a session of its own. */
export async function startPart(part: Part, settings: PartSettings): Promise<ProcessIdentity> {
  const { command, args } = commandLine(part, settings);
  return spawnDetached({
    title: `The test cluster's ${part}`,
    command,
    args,
    cwd: '/',
    env: plainEnvironment({
      // The kubelet and containerd call mount, runc and their kin.
      PATH: `${settings.node.path}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
      [TAG[0]]: TAG[1],
      // Debian's etcd does not start on arm64 unless it is told that this is meant.
      ...(process.arch === 'arm64' ? { ETCD_UNSUPPORTED_ARCH: 'arm64' } : {}),
    }),
    logFile: clusterFiles(settings.folder).log(part),
  });
}

/** Ends one of the processes as a crash would, and returns when it is gone. */
export async function killPart(identity: ProcessIdentity): Promise<void> {
  await end(identity, { ask: 'SIGKILL' });
}

function commandLine(part: Part, settings: PartSettings): { command: string; args: string[] } {
  const { folder, node, kubernetes } = settings;
  const files = clusterFiles(folder);
  switch (part) {
    case 'containerd':
      return { command: node.containerd, args: ['--config', files.containerd] };
    case 'etcd':
      return { command: node.etcd, args: etcdArguments(settings) };
    case 'apiserver':
      return { command: kubernetes.program('kube-apiserver'), args: apiServerArguments(settings) };
    case 'controllers':
      return { command: kubernetes.program('kube-controller-manager'), args: controllerArguments(settings) };
    case 'scheduler':
      return {
        command: kubernetes.program('kube-scheduler'),
        args: [`--kubeconfig=${files.adminConfig}`, '--leader-elect=false', '--secure-port=0', '--v=1'],
      };
    case 'kubelet':
      return {
        command: kubernetes.program('kubelet'),
        args: [
          ...[`--config=${files.kubelet}`, `--kubeconfig=${files.kubeletConfig}`, '--v=2'],
          ...[`--root-dir=${join(folder, 'kubelet')}`, `--cert-dir=${join(folder, 'kubelet-certificates')}`],
          ...[`--hostname-override=${NODE}`, `--node-ip=${settings.nodeIp}`],
        ],
      };
  }
}

function etcdArguments({ folder, ports }: PartSettings): string[] {
  const clients = `http://127.0.0.1:${ports.etcd}`;
  const peers = `http://127.0.0.1:${ports.etcdPeer}`;
  return [
    ...['--name', 'only', '--data-dir', join(folder, 'etcd'), '--logger', 'zap', '--log-level', 'warn'],
    ...['--listen-client-urls', clients, '--advertise-client-urls', clients],
    ...[
      '--listen-peer-urls',
      peers,
      '--initial-advertise-peer-urls',
      peers,
      '--initial-cluster',
      `only=${peers}`,
    ],
    // What a test wrote need not survive the machine.
    '--unsafe-no-fsync',
  ];
}

function apiServerArguments({ ports, certificates }: PartSettings): string[] {
  const file = (name: string): string => certificates.file(name);
  return [
    ...[`--etcd-servers=http://127.0.0.1:${ports.etcd}`, '--service-cluster-ip-range=10.96.0.0/16'],
    // On this machine only: pods cannot reach it, so no endpoint for them is kept.
    ...['--bind-address=127.0.0.1', `--secure-port=${ports.apiServer}`, '--endpoint-reconciler-type=none'],
    ...[`--tls-cert-file=${file('apiserver.crt')}`, `--tls-private-key-file=${file('apiserver.key')}`],
    ...[`--client-ca-file=${file('ca.crt')}`, '--service-account-issuer=https://kubernetes.default.svc'],
    ...[`--service-account-key-file=${file('accounts.pub')}`],
    ...[`--service-account-signing-key-file=${file('accounts.key')}`],
    ...['--authorization-mode=Node,RBAC', '--enable-admission-plugins=NodeRestriction'],
    ...[`--kubelet-client-certificate=${file('admin.crt')}`, `--kubelet-client-key=${file('admin.key')}`],
    ...[`--kubelet-certificate-authority=${file('ca.crt')}`, '--kubelet-preferred-address-types=InternalIP'],
    ...['--allow-privileged=true', '--profiling=false', '--v=1'],
  ];
}

function controllerArguments({ folder, certificates }: PartSettings): string[] {
  return [
    ...[
      `--kubeconfig=${clusterFiles(folder).adminConfig}`,
      '--leader-elect=false',
      '--secure-port=0',
      '--v=1',
    ],
    ...[`--service-account-private-key-file=${certificates.file('accounts.key')}`],
    ...[`--root-ca-file=${certificates.file('ca.crt')}`, '--use-service-account-credentials=false'],
    ...['--controllers=*,-cloud-node-lifecycle-controller', '--node-monitor-period=2s'],
  ];
}
