import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { manage } from './application.js';
import { digestOfFolder, keyOf, makeOnce } from './cache.js';
import { applicationUrl, createDatabase, newPasswords, type Passwords } from './database-roles.js';
import { newPassword, SECRET_MODE, writeFileAtomic } from './files.js';
import { endLeftovers } from './leftovers.js';
import { databaseHome, type PostgresProgram } from './postgres-binaries.js';
import { copyCluster, initialiseCluster, syncCluster } from './postgres-cluster.js';
import { startPostgres, stopPostgres } from './postgres-server.js';
import { choosePorts } from './ports.js';
import { timedStep, type OnProgress } from './progress.js';
import { targetFolder } from './project.js';
import type { PythonHome } from './python.js';

/** What making a database needs. */
export interface DatabaseTools {
  readonly program: PostgresProgram;
  readonly python: PythonHome;
  readonly onProgress: OnProgress;
}

/** A stopped cluster with the sample application's tables and people in it, and the passwords that belong to it. */
export interface DatabaseTemplate {
  readonly key: string;
  readonly dataFolder: string;
  readonly secretsFolder: string;
}

/** To be changed with the cluster's settings or roles, so that nobody gets a template of the former kind. */
const LAYOUT = '2';

/** Names inside a secrets folder, in the template and in every lab made from it. */
export const SECRET_FILES = {
  /** {@link Passwords} as JSON. */
  passwords: 'database-passwords.json',
  /** The one password of all people whom the seed made. */
  people: 'application-password',
  /** What the seed printed: captains, players, teams, with their ids. */
  seed: 'seed.json',
} as const;

/** A digest of what decides what is in a new lab's database: tables, seed, and the packages that make them. */
export async function databaseKey(program: PostgresProgram): Promise<string> {
  const requirements = await readFile(join(targetFolder(), 'requirements.txt'), 'utf8');
  return keyOf(LAYOUT, program.version, requirements, await digestOfFolder(join(targetFolder(), 'apps')));
}

/**
 * The template for new labs, from the cache or made now. A copy of it starts at once, where initialising, migrating
 * and seeding take many times longer.
 */
export async function databaseTemplate(key: string, tools: DatabaseTools): Promise<DatabaseTemplate> {
  const folder = await makeOnce(join('database', key), (target) =>
    timedStep(tools.onProgress, 'Making the staging database', () => build(target, tools)),
  );
  return { key, dataFolder: join(folder, 'data'), secretsFolder: join(folder, 'secrets') };
}

/** Brings a running database to the state that the present sources want: tables, people, and their password. */
export async function migrateAndSeed(
  python: PythonHome,
  passwords: Passwords,
  where: { readonly port: number; readonly secretsFolder: string; readonly scratchFolder: string },
): Promise<void> {
  const env = {
    DATABASE_URL: applicationUrl(passwords, where.port),
    DJANGO_SECRET_KEY: newPassword(),
    TEAM_VNEXT_DUAL_WRITE_ENABLED: 'false',
    THROTTLE_CACHE_DIR: join(where.scratchFolder, 'throttle'),
  };
  await manage(python, ['migrate', '--no-input', '--verbosity', '0'], env);
  const peopleFile = join(where.secretsFolder, SECRET_FILES.people);
  const printed = await manage(python, ['seed_lab', '--password-file', peopleFile], env);
  const seed = printed.split('\n').find((line) => line.startsWith('{')) ?? '{}';
  await writeFileAtomic(join(where.secretsFolder, SECRET_FILES.seed), `${seed}\n`, SECRET_MODE);
}

/** The passwords in a secrets folder. */
export async function readPasswords(secretsFolder: string): Promise<Passwords> {
  const parsed: unknown = JSON.parse(await readFile(join(secretsFolder, SECRET_FILES.passwords), 'utf8'));
  const values = new Map(Object.entries(typeof parsed === 'object' && parsed !== null ? parsed : {}));
  const text = (name: keyof Passwords): string => String(values.get(name));
  return { superuser: text('superuser'), application: text('application'), product: text('product') };
}

async function build(target: string, tools: DatabaseTools): Promise<void> {
  const workFolder = join(target, 'work');
  const secretsFolder = join(target, 'secrets');
  // Made where PostgreSQL's account can work, which the cache of root is not, and copied into the cache when stopped.
  const home = await databaseHome(workFolder, tools.program.account);
  const dataFolder = join(home, 'data');
  try {
    // An earlier attempt may have been killed in the middle.
    await endLeftovers(workFolder, dataFolder);
    await rm(dataFolder, { recursive: true, force: true });
    await mkdir(secretsFolder, { mode: 0o700 });
    const passwords = newPasswords();
    await writeFile(join(secretsFolder, SECRET_FILES.passwords), JSON.stringify(passwords), {
      mode: SECRET_MODE,
    });
    await writeFile(join(secretsFolder, SECRET_FILES.people), `${newPassword()}\n`, { mode: SECRET_MODE });
    await initialiseCluster(tools.program, dataFolder, passwords.superuser);
    await fill(dataFolder, passwords, { ...tools, workFolder, secretsFolder });
    await syncCluster(tools.program, dataFolder);
    await copyCluster(dataFolder, join(target, 'data'));
  } finally {
    await rm(home, { recursive: true, force: true });
    await rm(workFolder, { recursive: true, force: true });
  }
}

async function fill(
  dataFolder: string,
  passwords: Passwords,
  tools: DatabaseTools & { readonly workFolder: string; readonly secretsFolder: string },
): Promise<void> {
  const { postgres: port } = await choosePorts();
  const server = await startPostgres({
    program: tools.program,
    labFolder: tools.workFolder,
    dataFolder,
    port,
    superuserPassword: passwords.superuser,
  });
  try {
    await createDatabase(passwords, port);
    await migrateAndSeed(tools.python, passwords, {
      port,
      secretsFolder: tools.secretsFolder,
      scratchFolder: tools.workFolder,
    });
  } finally {
    await stopPostgres(server);
  }
}
