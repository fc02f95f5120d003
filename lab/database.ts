import { cp, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { applicationUrl, productUrl, type Passwords } from './database-roles.js';
import {
  databaseKey,
  databaseTemplate,
  migrateAndSeed,
  readPasswords,
  type DatabaseTools,
} from './database-template.js';
import { readIfThere, SECRET_MODE, writeFileAtomic } from './files.js';
import { databaseHome, findPostgres, type PostgresProgram } from './postgres-binaries.js';
import { alsoListenOn, copyCluster, type AlsoListen } from './postgres-cluster.js';
import { startPostgres } from './postgres-server.js';
import type { ProcessIdentity } from './process-identity.js';
import { timedStep, type OnProgress } from './progress.js';
import type { PythonHome } from './python.js';

/** Where a lab's database is; known before anything is started. */
export interface DatabasePlace {
  readonly program: PostgresProgram;
  readonly dataFolder: string;
}

/** A running staging database. */
export interface LabDatabase {
  readonly process: ProcessIdentity;
  readonly applicationUrl: string;
}

/** Settings for {@link startDatabase}. */
export interface DatabaseSettings {
  readonly labFolder: string;
  readonly place: DatabasePlace;
  readonly port: number;
  /** Who else may connect, at which address; by default nobody but this machine, at 127.0.0.1. */
  readonly alsoListen?: AlsoListen;
  /** Already being made ready; awaited only when it is needed. */
  readonly python: Promise<PythonHome>;
  readonly onProgress: OnProgress;
}

/** Finds PostgreSQL and the place for a lab's data. */
export async function findDatabasePlace(labFolder: string): Promise<DatabasePlace> {
  const program = await findPostgres();
  return { program, dataFolder: join(await databaseHome(labFolder, program.account), 'data') };
}

/** The folder of a lab's passwords. */
export function secretsFolder(labFolder: string): string {
  return join(labFolder, 'secrets');
}

/** The file with the address for `STAGING_DATABASE_URL`. */
export function databaseUrlFile(labFolder: string): string {
  return join(secretsFolder(labFolder), 'readiness-database-url');
}

/** The file with the address of the role that owns the tables: for the failure simulation. */
export function adminUrlFile(labFolder: string): string {
  return join(secretsFolder(labFolder), 'admin-database-url');
}

/**
 * Starts the lab's database. A lab without one gets a copy of the template; one whose tables come from older sources
 * is migrated, and keeps its rows.
 */
export async function startDatabase(settings: DatabaseSettings): Promise<LabDatabase> {
  const { labFolder, place, port } = settings;
  const secrets = secretsFolder(labFolder);
  const keyFile = join(secrets, 'database-key');
  const key = await databaseKey(place.program);
  if (!(await isUsable(place))) {
    const tools: DatabaseTools = {
      program: place.program,
      python: await settings.python,
      onProgress: settings.onProgress,
    };
    await copyTemplate(key, tools, { labFolder, dataFolder: place.dataFolder });
    await writeFileAtomic(keyFile, key, SECRET_MODE);
  }
  if (settings.alsoListen !== undefined) await alsoListenOn(place.dataFolder, settings.alsoListen);
  const passwords = await readPasswords(secrets);
  const process = await startPostgres({
    program: place.program,
    labFolder,
    dataFolder: place.dataFolder,
    port,
    superuserPassword: passwords.superuser,
  });
  if ((await readIfThere(keyFile)) !== key) {
    await timedStep(settings.onProgress, 'Bringing the staging database to the present sources', async () =>
      migrateAndSeed(await settings.python, passwords, {
        port,
        secretsFolder: secrets,
        scratchFolder: labFolder,
      }),
    );
    await writeFileAtomic(keyFile, key, SECRET_MODE);
  }
  await writeFileAtomic(databaseUrlFile(labFolder), `${productUrl(passwords, port)}\n`, SECRET_MODE);
  await writeFileAtomic(adminUrlFile(labFolder), `${applicationUrl(passwords, port)}\n`, SECRET_MODE);
  return { process, applicationUrl: applicationUrl(passwords, port) };
}

/** Starts the database again after it was killed or stopped, on the same port and data. */
export async function restartDatabase(
  labFolder: string,
  place: DatabasePlace,
  port: number,
): Promise<ProcessIdentity> {
  const passwords: Passwords = await readPasswords(secretsFolder(labFolder));
  return startPostgres({
    program: place.program,
    labFolder,
    dataFolder: place.dataFolder,
    port,
    superuserPassword: passwords.superuser,
  });
}

/** A data folder that was made by this major version of PostgreSQL. */
async function isUsable(place: DatabasePlace): Promise<boolean> {
  const found = (await readIfThere(join(place.dataFolder, 'PG_VERSION')))?.trim();
  return found !== undefined && found === place.program.version.split('.')[0];
}

async function copyTemplate(
  key: string,
  tools: DatabaseTools,
  to: { readonly labFolder: string; readonly dataFolder: string },
): Promise<void> {
  const template = await databaseTemplate(key, tools);
  const secrets = secretsFolder(to.labFolder);
  const half = `${to.dataFolder}.new`;
  await rm(half, { recursive: true, force: true });
  await rm(to.dataFolder, { recursive: true, force: true });
  await mkdir(secrets, { recursive: true, mode: 0o700 });
  await cp(template.secretsFolder, secrets, { recursive: true, force: true });
  await copyCluster(template.dataFolder, half);
  // Last, in one step: a data folder that is there is whole.
  await rename(half, to.dataFolder);
}
