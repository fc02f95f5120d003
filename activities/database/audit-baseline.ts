import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { RowDifference } from '../../procedure/observations.js';
import { TERMINAL } from '../../procedure/failures.js';
import { failure, textOf } from '../support/failure.js';
import type { Folder } from '../support/files.js';

/** The differences that were there at the baseline. Eight bytes each, so that a million of them do not fill the worker. */
export interface KnownDifferences {
  has(difference: RowDifference): boolean;
}

export const NONE_KNOWN: KnownDifferences = { has: () => false };

/**
 * Reads the baseline's file of differences. @throws NotFound (terminal) when it is not there or holds another number of
 * lines than the baseline counted: then nothing tells old from new.
 */
export async function readKnown(folder: Folder, file: string, expected: number): Promise<KnownDifferences> {
  const digests = new Float64Array(expected);
  let count = 0;
  try {
    const lines = createInterface({ input: createReadStream(join(folder.path, file)), crlfDelay: Infinity });
    for await (const line of lines) {
      if (line === '') continue;
      if (count < expected) digests[count] = digestOf(JSON.parse(line) as RowDifference);
      count += 1;
    }
  } catch (error) {
    throw failure(
      TERMINAL.notFound,
      `The differences of the baseline (${file}) could not be read: ${textOf(error)}.`,
    );
  }
  if (count !== expected) {
    throw failure(
      TERMINAL.notFound,
      `${file} holds ${String(count)} differences where the baseline counted ${String(expected)}.`,
    );
  }
  digests.sort();
  return { has: (difference) => contains(digests, digestOf(difference)) };
}

/** The first six bytes of a digest, which a number holds exactly. */
function digestOf({ class: kind, row, field, expected, found }: RowDifference): number {
  const text = JSON.stringify([kind, row, field, expected, found]);
  return createHash('sha256').update(text).digest().readUIntBE(0, 6);
}

function contains(sorted: Float64Array, wanted: number): boolean {
  let [low, high] = [0, sorted.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const value = sorted[middle] ?? NaN;
    if (value === wanted) return true;
    if (value < wanted) low = middle + 1;
    else high = middle - 1;
  }
  return false;
}
