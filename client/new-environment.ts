import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isMap, isScalar, isSeq, parse, parseDocument, type Node } from 'yaml';
import { packageFolder } from './package.js';
import { usageError } from './user-error.js';

/** The commented example that every new environment begins as. */
const EXAMPLE = join('environments', 'staging.example.yaml');

/** Values that stand for a person's own. */
const EXAMPLE_VALUE = /example|change[-_ ]?me|your[-_ ]|fill[-_ ]?in|<[^>]+>|\bTODO\b/i;

/** Writes `<folder>/<name>.yaml` from the example and never over an existing file. */
export async function writeEnvironment(
  folder: string,
  name: string,
): Promise<{ readonly file: string; readonly text: string }> {
  const file = join(folder, `${name}.yaml`);
  if (existsSync(file))
    throw usageError(
      `${file} is there already; nothing was written.`,
      'Give another name, or edit that file.',
    );
  const text = renamed(await readFile(join(packageFolder(), EXAMPLE), 'utf8'), name);
  try {
    await mkdir(folder, { recursive: true });
    // wx: another init at the same moment loses instead of overwriting.
    await writeFile(file, text, { flag: 'wx' });
  } catch (error) {
    throw usageError(`${file} cannot be written: ${error instanceof Error ? error.message : String(error)}`);
  }
  return { file, text };
}

/** The example with another `name`; comments and everything else stay byte for byte. */
export function renamed(example: string, name: string): string {
  const text = example.replace(
    /^name:[^\n#]*/m,
    (line) => `name: ${name}${/\s+$/.exec(line.slice(5))?.[0] ?? ''}`,
  );
  const read: unknown = parse(text);
  if (typeof read === 'object' && read !== null && 'name' in read && String(read.name) === name) return text;
  throw new Error(`${EXAMPLE} has no top-level line "name:"; the installation is damaged`);
}

/** Which settings of an environment file still hold example values, as `path: value` with their line. */
export function toFillIn(text: string): string[] {
  const document = parseDocument(text);
  const found: string[] = [];
  const lineOf = (offset: number): number => text.slice(0, offset).split('\n').length;
  const walk = (node: unknown, path: string): void => {
    if (isMap(node))
      for (const { key, value } of node.items)
        walk(value, path === '' ? nameOf(key) : `${path}.${nameOf(key)}`);
    else if (isSeq(node))
      for (const [index, item] of node.items.entries()) walk(item, `${path}[${String(index)}]`);
    else if (isScalar(node) && typeof node.value === 'string' && EXAMPLE_VALUE.test(node.value)) {
      found.push(
        `line ${String(lineOf((node as Node).range?.[0] ?? 0)).padStart(3)}  ${path}: ${node.value}`,
      );
    }
  };
  walk(document.contents, '');
  return found;
}

const nameOf = (key: unknown): string => (isScalar(key) ? String(key.value) : String(key));
