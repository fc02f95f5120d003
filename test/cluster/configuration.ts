import { join } from 'node:path';

import type { Certificates } from './certificates.js';
import type { NodePrograms } from './packages.js';
import {
  BRIDGE,
  CONTAINERD_SOCKET,
  CONTROL_GROUP,
  PAUSE_IMAGE,
  RUN_FOLDER,
  type ClusterNetwork,
} from './settings.js';

/** The ports of a cluster; the kubelet's is on the node's address, the others are on 127.0.0.1. */
export interface ClusterPorts {
  readonly etcd: number;
  readonly etcdPeer: number;
  readonly apiServer: number;
  readonly kubelet: number;
  readonly kubeletHealth: number;
}

/** containerd, away from any other containerd of the machine: root, state, socket, runc's state, plugins. */
export function containerdToml(folder: string, programs: NodePrograms): string {
  const cri = '[plugins."io.containerd.grpc.v1.cri"';
  return `version = 2
root = "${folder}/containerd"
state = "${RUN_FOLDER}/state"
disabled_plugins = [
  "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs", "io.containerd.tracing.processor.v1.otlp", "io.containerd.internal.v1.tracing",
]
[grpc]
  address = "${CONTAINERD_SOCKET}"
[plugins."io.containerd.internal.v1.opt"]
  path = "${folder}/containerd-opt"
${cri}]
  sandbox_image = "${PAUSE_IMAGE}"
  # Root in a virtual machine or container may not be allowed to lower a process's score.
  restrict_oom_score_adj = true
  disable_apparmor = true
  netns_mounts_under_state_dir = true
  ${cri}.cni]
    bin_dir = "${programs.networkPlugins}"
    conf_dir = "${folder}/network"
  ${cri}.containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    ${cri}.containerd.runtimes.runc.options]
      SystemdCgroup = false
      Root = "${RUN_FOLDER}/runc"
`;
}

/** The pods' network: a bridge whose address is the node's. No masquerading: pods reach this machine, nothing else. */
export function networkConfiguration(folder: string, network: ClusterNetwork): string {
  const addresses = {
    ...{ type: 'host-local', dataDir: join(folder, 'network-addresses') },
    ranges: [[{ subnet: network.pods, gateway: network.nodeIp }]],
    routes: [{ dst: '0.0.0.0/0' }],
  };
  const bridge = { type: 'bridge', bridge: BRIDGE, isGateway: true, ipMasq: false, hairpinMode: true };
  return JSON.stringify({
    ...{ cniVersion: '0.4.0', name: 'readiness' },
    plugins: [{ ...bridge, ipam: addresses }],
  });
}

/** The kubelet: quick to notice, and never tidying up because a disk is nearly full. */
export function kubeletConfiguration(
  folder: string,
  nodeIp: string,
  { ports, certificates }: { readonly ports: ClusterPorts; readonly certificates: Certificates },
): string {
  return JSON.stringify({
    ...{ apiVersion: 'kubelet.config.k8s.io/v1beta1', kind: 'KubeletConfiguration' },
    ...{ address: nodeIp, port: ports.kubelet, readOnlyPort: 0 },
    ...{ healthzBindAddress: '127.0.0.1', healthzPort: ports.kubeletHealth },
    tlsCertFile: certificates.file('kubelet.crt'),
    tlsPrivateKeyFile: certificates.file('kubelet.key'),
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: certificates.file('ca.crt') },
    },
    authorization: { mode: 'Webhook' },
    containerRuntimeEndpoint: `unix://${CONTAINERD_SOCKET}`,
    ...{ cgroupDriver: 'cgroupfs', cgroupRoot: `/${CONTROL_GROUP}`, failCgroupV1: false },
    ...{ failSwapOn: false, oomScoreAdj: 0, protectKernelDefaults: false, makeIPTablesUtilChains: false },
    ...{ resolvConf: '', podLogsDir: `${folder}/pod-logs`, volumePluginDir: `${folder}/volume-plugins` },
    evictionHard: Object.fromEntries(
      [
        'memory.available',
        'nodefs.available',
        'nodefs.inodesFree',
        'imagefs.available',
        'imagefs.inodesFree',
      ].map((signal) => [signal, '0%']),
    ),
    ...{ imageGCHighThresholdPercent: 100, imageGCLowThresholdPercent: 99 },
    configMapAndSecretChangeDetectionStrategy: 'Watch',
    ...{ nodeStatusUpdateFrequency: '2s', syncFrequency: '1s', shutdownGracePeriod: '0s' },
    enableControllerAttachDetach: false,
  });
}
