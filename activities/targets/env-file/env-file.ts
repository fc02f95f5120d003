import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import {
  access,
  open,
  readFile,
  readdir,
  realpath,
  rename,
  rm,
  stat,
  type FileHandle,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { productionWord } from '../../../environment/safety.js';
import { RETRYABLE, TERMINAL } from '../../../procedure/failures.js';
import { failure, textOf } from '../../support/failure.js';
import type { ChangeBudget } from '../target.js';

/** An env file as it was read. The text keeps every byte (latin1), whatever encoding the file has. */
export interface EnvFileContent {
  /** The file itself, behind any symbolic link. */
  readonly path: string;
  readonly text: string;
  /** SHA-256 of the bytes, hex. */
  readonly digest: string;
  /** When its content was last written, milliseconds since 1970. */
  readonly modifiedAtMs: number;
}

/** Reads the file behind the path. @throws NotFound, TargetUnreachable; Environment when a link leads to production. */
export async function readEnvFile(path: string): Promise<EnvFileContent> {
  const real = await realFile(path);
  try {
    const bytes = await readFile(real);
    const { mtimeMs } = await stat(real);
    const digest = createHash('sha256').update(bytes).digest('hex');
    return { path: real, text: bytes.toString('latin1'), digest, modifiedAtMs: mtimeMs };
  } catch (error) {
    throw failure(
      RETRYABLE.targetUnreachable,
      `The env file ${real} cannot be read: ${textOf(error)}. Give the worker's user read and write permission.`,
      error,
    );
  }
}

/**
 * Replaces the file's content in one atomic step, on disk when it returns; mode and owner stay. Gives back false, with
 * nothing written, when somebody changed the file since `before` was read, or when the time for the change ran out: read
 * again and decide anew.
 */
export async function replaceEnvFile(
  before: EnvFileContent,
  text: string,
  budget: ChangeBudget,
): Promise<boolean> {
  const folder = dirname(before.path);
  await removeLeftovers(before.path);
  const temporary = join(folder, `${temporaryPrefix(before.path)}${randomBytes(6).toString('hex')}`);
  try {
    const { mode, uid, gid } = await stat(before.path);
    const handle = await open(temporary, 'wx', 0o600);
    await written(handle, text, { mode, uid, gid });
    const now = await readEnvFile(before.path);
    if (now.digest !== before.digest || budget.leftMs() <= 0) {
      await rm(temporary, { force: true });
      return false;
    }
    await rename(temporary, before.path);
    await syncFolder(folder);
    return true;
  } catch (error) {
    await rm(temporary, { force: true });
    throw failure(
      RETRYABLE.targetUnreachable,
      `The env file ${before.path} could not be replaced (${textOf(error)}); it stands as it was. The worker's user needs write permission on the file and its folder ${folder}, and room on that disk.`,
      error,
    );
  }
}

/** Why the file cannot be replaced by this user; `null` when it can. Changes nothing. */
export async function writeObstacle(path: string): Promise<string | null> {
  const real = await realFile(path);
  for (const [where, mode] of [
    [real, constants.R_OK | constants.W_OK],
    [dirname(real), constants.W_OK | constants.X_OK],
  ] as const) {
    try {
      await access(where, mode);
    } catch (error) {
      return `${where}: ${textOf(error)}`;
    }
  }
  const { uid } = await stat(real);
  const own = process.getuid?.();
  return own === undefined || own === 0 || own === uid
    ? null
    : `${real} belongs to user ${String(uid)}, the worker runs as ${String(own)}: replacing the file would change its owner`;
}

async function realFile(path: string): Promise<string> {
  let real: string;
  try {
    real = await realpath(path);
  } catch (error) {
    throw failure(
      TERMINAL.notFound,
      `There is no env file ${path} (${textOf(error)}). Correct target.envFile in the environment file.`,
      error,
    );
  }
  const word = productionWord(real);
  if (word === null) return real;
  throw failure(
    TERMINAL.environment,
    `The env file ${path} is a link to ${real}, which is named like production ("${word}"); it is not touched.`,
  );
}

async function written(
  handle: FileHandle,
  text: string,
  owner: { readonly mode: number; readonly uid: number; readonly gid: number },
): Promise<void> {
  try {
    await handle.chown(owner.uid, owner.gid);
    await handle.chmod(owner.mode & 0o7777);
    await handle.writeFile(Buffer.from(text, 'latin1'));
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function temporaryPrefix(path: string): string {
  return `.${basename(path)}.readiness-`;
}

/** Copies of the file (with its secrets) that a killed worker left behind. Young ones may belong to somebody at work. */
async function removeLeftovers(path: string): Promise<void> {
  const folder = dirname(path);
  const names = (await readdir(folder)).filter((name) => name.startsWith(temporaryPrefix(path)));
  for (const name of names) {
    const age = await stat(join(folder, name)).then(
      (found) => Date.now() - found.mtimeMs,
      () => 0,
    );
    if (age > 60_000) await rm(join(folder, name), { force: true });
  }
}
