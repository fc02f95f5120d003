import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { LabError } from './lab-error.js';

/**
 * The project's top folder. Looked for upwards from this file, because the same code runs from `lab/` (tests) and
 * from `dist/lab/` (compiled).
 */
export function projectFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) {
      throw new LabError(
        'The project folder was not found.',
        'run the lab from a complete clone of the repository.',
      );
    }
    folder = parent;
  }
  return folder;
}

/** The sample Django application. It is run where it lies; nothing is ever written into it. */
export function targetFolder(): string {
  return join(projectFolder(), 'lab', 'target');
}

/** Where `npm run lab` and `npm run demo` keep everything of their staging. */
export function defaultLabFolder(): string {
  return join(projectFolder(), '.lab');
}

/** Refuses a platform on which the lab cannot work, before anything is made. */
export function requireSupportedPlatform(): void {
  if (process.platform !== 'linux') {
    throw new LabError(
      `The local staging runs on Linux and on WSL; this is ${process.platform}.`,
      'on Windows run it inside WSL, on macOS in a Linux virtual machine or container.',
      { exitCode: 2 },
    );
  }
}

/** The one name of a lab's folder, by which its lock and its processes are known, however a caller wrote it. */
export async function resolveLabFolder(folder: string): Promise<string> {
  const absolute = resolve(folder);
  return existsSync(absolute) ? realpath(absolute) : absolute;
}
