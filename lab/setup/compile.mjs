// TypeScript to dist/, and the workflow bundle, when the sources have changed since.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { runStep } from './steps.mjs';

const FOLDERS = ['procedure', 'workflows', 'activities', 'environment', 'worker', 'client', 'lab'];
const FILES = ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];
/** The sample application is Python; it has thousands of changes that concern nobody here. */
const NOT_OURS = new Set(['target', 'setup', 'node_modules']);

/** Compiles when a source was added, removed or changed. */
export async function compile(project) {
  const dist = join(project, 'dist');
  const stamp = join(dist, '.stamp');
  const now = digestOfSources(project);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === now) return;
  // Without the stamp the last build did not end well, or somebody has removed files: the compiler's own notes about
  // what is up to date cannot be trusted then.
  if (!existsSync(stamp)) rmSync(dist, { recursive: true, force: true });
  rmSync(stamp, { force: true });
  await runStep({
    title: 'Compiling',
    command: process.execPath,
    args: [join(project, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json'],
    cwd: project,
    next: 'If you have not changed the sources, remove node_modules and try again.',
  });
  await runStep({
    title: 'Bundling the workflows',
    command: process.execPath,
    args: [join(dist, 'worker', 'bundle.js')],
    cwd: project,
    next: 'A workflow may use nothing of Node; the lines above name what it does use.',
  });
  writeFileSync(stamp, now);
}

/** Names, times and sizes, not contents: an unchanged tree has to cost next to nothing. */
function digestOfSources(project) {
  const hash = createHash('sha256');
  const add = (path) => {
    if (!existsSync(join(project, path))) return;
    const { mtimeMs, size } = statSync(join(project, path));
    hash.update(`${path}\0${mtimeMs}\0${size}\n`);
  };
  const walk = (folder) => {
    for (const entry of readdirSync(join(project, folder), { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (!NOT_OURS.has(entry.name)) walk(path);
      } else if (/\.(ts|json)$/.test(entry.name)) add(path);
    }
  };
  FILES.forEach(add);
  FOLDERS.filter((folder) => existsSync(join(project, folder))).forEach(walk);
  return hash.digest('hex');
}
