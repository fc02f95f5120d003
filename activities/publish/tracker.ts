import { readFile, stat } from 'node:fs/promises';
import type { PublishStepOutput } from '../contract.js';
import { textOf } from '../support/failure.js';
import { writeWhole } from '../support/files.js';

export interface TrackerEntry {
  readonly file: string;
  /** The block of seed §8.3, ready to paste. */
  readonly block: string;
  /** The run's folder name, e.g. `artifacts/p5_t6/20261123_1830`, by which an entry is found again. */
  readonly folderName: string;
}

/**
 * Puts a run's block into the tracker once. One that is there already, between its two marks, takes the new text, so that
 * a repetition adds nothing and a corrected summary replaces the old one; everything else of the file stays.
 */
export async function putIntoTracker(entry: TrackerEntry): Promise<PublishStepOutput> {
  try {
    const before = await readFile(entry.file, 'utf8');
    const after = withEntry(before, entry);
    if (after === before)
      return { status: 'done', detail: `${entry.file} has the block of ${entry.folderName} already` };
    await writeWhole(entry.file, after, { mode: (await stat(entry.file)).mode & 0o777 });
    return { status: 'done', detail: `block of ${entry.folderName} written to ${entry.file}` };
  } catch (error) {
    return {
      status: 'failed',
      detail: `the tracker ${entry.file} could not be updated (${textOf(error)}); paste the block from SUMMARY.md by hand`,
    };
  }
}

/** The tracker's text with the entry in it. A block that a person pasted (it names the folder) is left as it is. Pure. */
export function withEntry(text: string, { block, folderName }: TrackerEntry): string {
  const begin = `<!-- readiness ${folderName} -->`;
  const end = `<!-- /readiness ${folderName} -->`;
  const entry = `${begin}\n${block.trim()}\n${end}`;
  const from = text.indexOf(begin);
  const to = text.indexOf(end, from);
  if (from >= 0 && to >= 0) return `${text.slice(0, from)}${entry}${text.slice(to + end.length)}`;
  if (mentions(text, folderName)) return text;
  const gap = text === '' || text.endsWith('\n\n') ? '' : text.endsWith('\n') ? '\n' : '\n\n';
  return `${text}${gap}${entry}\n`;
}

/** The folder of another run may begin with the same name (`…_1830` and `…_1830-1a2b3c4d`). */
function mentions(text: string, folderName: string): boolean {
  for (let at = text.indexOf(folderName); at >= 0; at = text.indexOf(folderName, at + 1)) {
    if (!/[\w-]/.test(text[at + folderName.length] ?? '')) return true;
  }
  return false;
}
