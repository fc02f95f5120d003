import { readFile } from 'node:fs/promises';

import { execa } from 'execa';

/** One line of the machine's table of mounts. */
export interface Mount {
  readonly path: string;
  readonly type: string;
}

/** Everything that is mounted, in the order in which it was. */
export async function mounts(): Promise<Mount[]> {
  const lines = (await readFile('/proc/self/mounts', 'utf8')).trimEnd().split('\n');
  return lines.map((line) => {
    const [, path = '', type = ''] = line.split(' ');
    // Spaces and their kin are written as octal numbers.
    const readable = path.replace(/\\(\d{3})/g, (_, digits: string) =>
      String.fromCharCode(parseInt(digits, 8)),
    );
    return { path: readable, type };
  });
}

/** What is mounted at or below one of the folders. */
export async function mountsBelow(folders: readonly string[]): Promise<string[]> {
  const paths = (await mounts()).map(({ path }) => path);
  return paths.filter((path) => folders.some((folder) => path === folder || path.startsWith(`${folder}/`)));
}

/** Unmounts everything below the folders, last mounted first; what was mounted twice at one place, twice. */
export async function unmountBelow(folders: readonly string[]): Promise<void> {
  for (let round = 0; round < 3; round++) {
    const found = (await mountsBelow(folders)).reverse();
    if (found.length === 0) return;
    // Lazily: a process that is just ending may still stand in it.
    for (const path of found) await execa('umount', ['-l', path], { reject: false, stdin: 'ignore' });
  }
}
