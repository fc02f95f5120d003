import { networkInterfaces } from 'node:os';

import { LabError } from '../../lab/lab-error.js';

/**
 * Where a cluster keeps its sockets and what it would take to clear it away. Fixed, so that whoever comes next finds
 * what a dead owner left; short, because a socket's path has room for about a hundred bytes.
 */
export const RUN_FOLDER = '/run/readiness-cluster';

/** The socket of the cluster's containerd. */
export const CONTAINERD_SOCKET = `${RUN_FOLDER}/containerd.sock`;

/** The network bridge of the node and its pods. */
export const BRIDGE = 'readiness0';

/** The name of the only node. */
export const NODE = 'readiness-node';

/** The control group below which all pods run, so that they can be told from those of any other cluster. */
export const CONTROL_GROUP = 'readiness-cluster';

/** The images that the cluster has; there is no registry, so a pod's pull policy is Never. */
export const PAUSE_IMAGE = 'localhost/pause:dev';
export const WEB_IMAGE = 'localhost/deltacrown-web:dev';

/** The environment entry that every process of a cluster inherits, except those in its pods. */
export const TAG = ['READINESS_CLUSTER', RUN_FOLDER] as const;

/** The network of a cluster: the node and this machine are the same address, to which pods can connect. */
export interface ClusterNetwork {
  readonly nodeIp: string;
  readonly pods: string;
}

/** The usual network, and others for machines on which it is taken (podman's own is the first). */
const NETWORKS = ['10.88.0', '10.87.219', '10.86.219', '172.31.219'];

/** A network that no other interface of this machine is in. */
export function chooseNetwork(): ClusterNetwork {
  const others = Object.entries(networkInterfaces())
    .filter(([name]) => name !== BRIDGE)
    .flatMap(([, addresses]) => addresses ?? [])
    .filter(({ family }) => family === 'IPv4');
  const free = NETWORKS.find(
    (prefix) => !others.some(({ cidr }) => cidr !== null && overlaps(cidr, `${prefix}.0/24`)),
  );
  if (free === undefined) {
    throw new LabError(
      `None of the networks ${NETWORKS.map((prefix) => `${prefix}.0/24`).join(', ')} is free on this machine.`,
      'take one of them down for the time of the test (`ip -4 addr` shows who has them).',
    );
  }
  return { nodeIp: `${free}.1`, pods: `${free}.0/24` };
}

/** Whether two IPv4 networks, written as `10.88.0.1/16`, have an address in common. */
export function overlaps(one: string, other: string): boolean {
  const [first, second] = [parse(one), parse(other)];
  const bits = Math.min(first.bits, second.bits);
  // Shifting by 32 would shift by nothing.
  return bits === 0 || first.address >>> (32 - bits) === second.address >>> (32 - bits);
}

function parse(cidr: string): { readonly address: number; readonly bits: number } {
  const [dotted = '', bits = '32'] = cidr.split('/');
  const address = dotted.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  return { address, bits: Number(bits) };
}
