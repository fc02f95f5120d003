import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isMap, isScalar, parse, parseDocument } from 'yaml';
import { packageFolder } from './package.js';
import { renderTable } from './terminal/table.js';
import { usageError } from './user-error.js';

/** The commented example that every new environment begins as. */
const EXAMPLE = join('environments', 'staging.example.yaml');

/** Settings that are different for everybody, with what they say; all others have a default or fit as they are. */
export const OWN_SETTINGS: Readonly<Record<string, string>> = {
  'allow.hosts': 'the only hosts that a run may touch',
  'allow.databases': 'the only databases that a run may touch',
  'api.baseUrl': 'where the application answers',
  'api.authentication': 'the user who owns the test teams, and where the password stands',
  'api.moreUsers': 'further users, over whom the performance test is spread',
  'database.url': "where the database's address stands",
  'target.envFile': 'the file with the four variables',
  'target.supervisor': 'how the application is restarted',
  'target.manage': 'how a management command is run',
  'target.log': "the application's log",
  'testData.member': 'a user whom the test adds and removes',
  'testData.games': 'game ids for the test teams',
  approvers: 'who may decide the gates',
  contacts: 'who is told and called',
  'artifacts.root': 'where the evidence goes',
  'publish.tracker': 'the tracker file, if there is one',
};

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

/** What a person has to fill in, each with the line where it stands. */
export function toFillIn(text: string): string[] {
  const document = parseDocument(text);
  const rows = Object.entries(OWN_SETTINGS).flatMap(([path, meaning]) => {
    const offset = keyOffset(document.contents, path.split('.'));
    return offset === null
      ? []
      : [[`line ${String(text.slice(0, offset).split('\n').length)}`, path, meaning]];
  });
  return renderTable(['', '', ''], rows).slice(1);
}

/** Where the key at the end of the path stands in the text; `null` when the file does not have it. */
function keyOffset(node: unknown, path: readonly string[]): number | null {
  const [name, ...rest] = path;
  if (!isMap(node) || name === undefined) return null;
  const pair = node.items.find(({ key }) => isScalar(key) && key.value === name);
  if (pair === undefined) return null;
  if (rest.length > 0) return keyOffset(pair.value, rest);
  return isScalar(pair.key) ? (pair.key.range?.[0] ?? null) : null;
}
