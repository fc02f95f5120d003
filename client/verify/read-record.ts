import { join } from 'node:path';
import type { Judged } from '../../procedure/evaluation.js';
import { usageError } from '../user-error.js';
import { readTopFile, requireFolder } from './read-folder.js';

const RECORD_NAME = 'run.json';

/** A run's record as far as it decides, from an evidence folder. Throws a usage error for what is no record. */
export async function readRecord(folder: string): Promise<Judged & { readonly runId: string }> {
  await requireFolder(folder);
  const bytes = await readTopFile(folder, RECORD_NAME);
  const path = join(folder, RECORD_NAME);
  if (bytes === null)
    throw usageError(`${path} is not there.`, 'Give the evidence folder of a run; its record is run.json.');
  const problem = (what: string): Error =>
    usageError(`${path} ${what}.`, 'readiness verify tells whether the folder is as the run sealed it.');
  let record: unknown;
  try {
    record = JSON.parse(bytes.toString('utf8'));
  } catch {
    throw problem('is no JSON');
  }
  const missing = missingParts(record);
  if (missing.length > 0) throw problem(`is no record of a run: ${missing.join(', ')}`);

  return record as Judged & { readonly runId: string };
}

/** A record that somebody wrote by hand may lack anything inside an observation. */
export function judging<T>(path: string, judge: () => T): T {
  try {
    return judge();
  } catch (error) {
    throw usageError(
      `An observation in ${path} cannot be judged: ${error instanceof Error ? error.message : 'unknown'}.`,
      'No readiness run wrote this record; do not trust the folder.',
    );
  }
}

function missingParts(record: unknown): string[] {
  const at = (value: unknown, path: string): unknown =>
    path
      .split('.')
      .reduce<unknown>(
        (inner, key) =>
          typeof inner === 'object' && inner !== null ? new Map(Object.entries(inner)).get(key) : undefined,
        value,
      );
  const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;
  return [
    ...(at(record, 'format') === 1 ? [] : ['format is not 1']),
    ...['runId', 'verdict'].flatMap((path) =>
      typeof at(record, path) === 'string' ? [] : [`${path} is no text`],
    ),
    ...['phases', 'observations', 'findings'].flatMap((path) => {
      const list = at(record, path);
      if (!Array.isArray(list)) return [`${path} is no list`];
      return list.every(isObject) ? [] : [`${path} holds something else than objects`];
    }),
    ...['plan.thresholds', 'plan.freshness'].flatMap((path) =>
      isObject(at(record, path)) ? [] : [`${path} is missing`],
    ),
    ...(typeof at(record, 'plan.samples.measured') === 'number' ? [] : ['plan.samples.measured is missing']),
    ...[...asList(at(record, 'observations'))].flatMap((one, index) =>
      ['id', 'at', 'kind'].flatMap((key) =>
        typeof at(one, key) === 'string' ? [] : [`observations[${String(index)}].${key} is no text`],
      ),
    ),
  ].slice(0, 20);
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
