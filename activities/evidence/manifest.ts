import { activityInfo } from '@temporalio/activity';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { RETRYABLE } from '../../procedure/failures.js';
import type { EvidenceFolder } from '../../procedure/plan.js';
import type { SealEvidenceOutput } from '../contract.js';
import { failure, textOf } from '../support/failure.js';
import { jsonText, type writeSealed } from '../support/files.js';

/** Files that the manifest cannot hold: itself, and the same digests for `sha256sum -c`. */
const OUTSIDE = ['manifest.json', 'SHA256SUMS'];

export interface ManifestFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** A digest for every file of the folder, sorted by path. `run.runId` binds it to one run. */
export interface Manifest {
  readonly format: 1;
  readonly run: { readonly workflowId: string; readonly runId: string };
  readonly createdAt: string;
  readonly files: readonly ManifestFile[];
}

/**
 * Writes manifest.json over every file and SHA256SUMS over those and the manifest; returns the manifest's own digest.
 * Half-written files that a killed worker left are removed.
 */
export async function writeManifest(
  folder: EvidenceFolder,
  run: { readonly workflowId: string; readonly runId: string; readonly recordedAt: string },
  write: typeof writeSealed,
): Promise<SealEvidenceOutput> {
  try {
    const files = await digests(folder.path);
    const manifest: Manifest = {
      format: 1,
      run: { workflowId: run.workflowId, runId: run.runId },
      createdAt: run.recordedAt,
      files,
    };
    const text = jsonText(manifest);
    const digest = createHash('sha256').update(text).digest('hex');
    const sums = [...files, { path: 'manifest.json', sha256: digest }];
    await write(folder, 'manifest.json', text);
    await write(folder, 'SHA256SUMS', sums.map((file) => `${file.sha256}  ${file.path}\n`).join(''));
    return { digest, files: files.length, runId: activityInfo().workflowExecution?.runId ?? run.runId };
  } catch (error) {
    throw failure(
      RETRYABLE.evidenceUnwritable,
      `The evidence in ${folder.path} could not be sealed: ${textOf(error)}`,
      error,
    );
  }
}

async function digests(root: string): Promise<ManifestFile[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const regular = entries.filter((entry) => entry.isFile());
  for (const left of regular.filter((entry) => entry.name.endsWith('.tmp'))) {
    await rm(join(left.parentPath, left.name), { force: true });
  }
  const paths = regular
    .filter((entry) => !entry.name.endsWith('.tmp'))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .filter((path) => !OUTSIDE.includes(path))
    .sort();
  const files: ManifestFile[] = [];
  for (const path of paths) files.push({ path, ...(await digest(join(root, path))) });
  return files;
}

async function digest(path: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, sha256: hash.digest('hex') };
}
