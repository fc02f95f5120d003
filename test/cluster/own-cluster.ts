import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { LabError } from '../../lab/lab-error.js';
import type { Cluster } from './cluster.js';

const KUBECONFIG = 'READINESS_TEST_KUBECONFIG';
const HOST = 'READINESS_TEST_HOST_IP';

/** The kubeconfig of a cluster that somebody wants the tests to use in place of one of their own. */
export function ownKubeconfig(): string | undefined {
  const path = process.env[KUBECONFIG];
  return path === undefined || path === '' ? undefined : resolve(path);
}

/** Somebody's own cluster: used as it is, neither started nor stopped. */
export async function useOwnCluster(path: string): Promise<Cluster> {
  if (!existsSync(path)) {
    throw new LabError(`${KUBECONFIG} names ${path}, which does not exist.`, 'correct it, or unset it.');
  }
  const folder = await mkdtemp(join(tmpdir(), 'readiness-own-cluster-'));
  const not = async (): Promise<never> => {
    throw new LabError(
      `The parts of a cluster that was not started by the tests (${KUBECONFIG}=${path}) are not stopped.`,
      `unset ${KUBECONFIG}, so that the test starts a cluster of its own (root, Debian, Go).`,
    );
  };
  return {
    ...{ kubeconfig: path, folder, own: true, nodeIp: hostAddress() },
    // Whatever network its pods have: the database asks for a password in any case.
    pods: '0.0.0.0/0',
    ...{ stopApiServer: not, startApiServer: not, stopKubelet: not, startKubelet: not },
    stop: () => rm(folder, { recursive: true, force: true }),
  };
}

/** The address of this machine as the pods see it. */
function hostAddress(): string {
  const named = process.env[HOST];
  if (named !== undefined && named !== '') return named;
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const found = addresses.find(({ family, internal }) => family === 'IPv4' && !internal);
  if (found === undefined) {
    throw new LabError(
      'This machine has no IPv4 address at which pods of another cluster could reach its database.',
      `name one in ${HOST}.`,
    );
  }
  return found.address;
}
