import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { productUrl } from '../../lab/database-roles.js';
import { readPasswords, SECRET_FILES } from '../../lab/database-template.js';
import { findDatabasePlace, secretsFolder, startDatabase } from '../../lab/database.js';
import { stopPostgres } from '../../lab/postgres-server.js';
import { freePorts } from '../../lab/ports.js';
import { silent, type OnProgress } from '../../lab/progress.js';
import { pythonHome } from '../../lab/python.js';
import type { Cluster } from './cluster.js';

/** The staging database on this machine, for pods and tests alike. */
export interface WebDatabase {
  /** For the pods: the role that owns the tables, at an address that they reach. */
  readonly urlForPods: string;
  /** The same role, for tests on this machine. */
  readonly applicationUrl: string;
  /** What the product gets: reads all, deletes rows. */
  readonly readinessUrl: string;
  /** File with the password of every seeded person (captain1 … captain4, player1 … player6). */
  readonly passwordFile: string;
  readonly seedFile: string;
  stop(): Promise<void>;
}

/** The address of a database of this machine as the pods of a cluster reach it. */
export function asSeenByPods(cluster: Pick<Cluster, 'nodeIp'>, databaseUrl: string): string {
  const url = new URL(databaseUrl);
  url.hostname = cluster.nodeIp;
  return url.href;
}

/**
 * Starts the lab's PostgreSQL with the seeded staging database, open to the pods of a cluster too. To be started after
 * the cluster, which brings the address. A whole lab does the same by its option `alsoListen`.
 */
export async function startWebDatabase(
  cluster: Cluster,
  onProgress: OnProgress = silent,
): Promise<WebDatabase> {
  const labFolder = await mkdtemp(join(tmpdir(), 'readiness-web-database-'));
  const place = await findDatabasePlace(labFolder);
  const remove = async (): Promise<void> => {
    await rm(dirname(place.dataFolder), { recursive: true, force: true });
    await rm(labFolder, { recursive: true, force: true });
  };
  try {
    const [port = 0] = await freePorts(1);
    const database = await startDatabase({
      ...{ labFolder, place, port, onProgress },
      python: pythonHome(onProgress),
      alsoListen: { address: cluster.nodeIp, from: cluster.pods },
    });
    const secrets = secretsFolder(labFolder);
    return {
      urlForPods: asSeenByPods(cluster, database.applicationUrl),
      applicationUrl: database.applicationUrl,
      readinessUrl: productUrl(await readPasswords(secrets), port),
      passwordFile: join(secrets, SECRET_FILES.people),
      seedFile: join(secrets, SECRET_FILES.seed),
      async stop() {
        await stopPostgres(database.process);
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
