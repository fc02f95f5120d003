import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { RETRYABLE, TERMINAL } from '../../procedure/failures.js';
import { failure, textOf } from './failure.js';

/**
 * Writes a file so that it appears whole or not at all, and survives a power cut once this returns. `before` is called when
 * all is written and only the name is missing; when it throws, nothing appears.
 */
export async function writeWhole(
  path: string,
  content: string | Uint8Array,
  { mode = 0o644, before }: { readonly mode?: number; readonly before?: () => void } = {},
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = join(dirname(path), `.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const handle = await open(temporary, 'wx', mode);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    before?.();
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** A folder of evidence. */
export interface Folder {
  readonly path: string;
}

/** A run's record: once it tells an outcome, the evidence is closed. */
export const RECORD_FILE = 'run.json';
/** Longer than a step needs from its last look to its rename. */
const CLOSING_MS = 250;
/** Workflows whose steps may still be at work when their run is over. */
const OF_A_RUN: readonly string[] = ['readinessRun', 'soak', 'targetWatch'];

/**
 * The run is over: once this returns its own steps write no file here, however late they wake. What takes things back
 * and what seals still may (`writeSealed`). `record` is the text of the record with its outcome.
 */
export async function closeEvidence(folder: Folder, record: string): Promise<void> {
  await writeSealed(folder, RECORD_FILE, record);
  await delay(CLOSING_MS);
}

/** Whether the caller is a step of a run whose evidence was closed meanwhile. */
function isClosedToMe(folder: Folder): boolean {
  if (!OF_A_RUN.includes(activityInfo().workflowType ?? '')) return false;
  try {
    const text = readFileSync(join(folder.path, RECORD_FILE), 'utf8');
    return (JSON.parse(text) as { outcome?: unknown }).outcome !== null;
  } catch {
    // Nothing was sealed so far.
    return false;
  }
}

/**
 * The same for a file of the evidence folder. @throws EvidenceUnwritable, which tells a person where the disk is full;
 * EvidenceClosed for a late step of a run that is over.
 */
export async function writeEvidenceFile(
  folder: Folder,
  name: string,
  content: string | Uint8Array,
): Promise<void> {
  await unlessUnwritable(folder, name, () =>
    writeWhole(join(folder.path, name), content, { before: () => refuseWhenClosed(folder, name) }),
  );
}

/** The same by whoever seals the evidence. */
export async function writeSealed(folder: Folder, name: string, content: string | Uint8Array): Promise<void> {
  await unlessUnwritable(folder, name, () => writeWhole(join(folder.path, name), content));
}

/** Called before a file gets its name. @throws EvidenceClosed for a late step of a run that is over. */
export function refuseWhenClosed(folder: Folder, name: string): void {
  if (!isClosedToMe(folder)) return;
  throw failure(
    TERMINAL.evidenceClosed,
    `The run is over and its evidence in ${folder.path} is sealed: ${name} of a step that woke late was not added.`,
  );
}

/** Whatever the file system refuses becomes EvidenceUnwritable (retryable), which names file and folder. */
export async function unlessUnwritable<T>(folder: Folder, name: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (error instanceof ApplicationFailure) throw error;
    throw failure(
      RETRYABLE.evidenceUnwritable,
      `Evidence file ${name} could not be written to ${folder.path}: ${textOf(error)}. Free space or mend the permissions; the step is tried again.`,
      error,
    );
  }
}

/** JSON as it stands in evidence files: two spaces, a newline at the end. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
