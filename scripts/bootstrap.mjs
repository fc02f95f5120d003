// The entry of `npm run build|demo|lab|test|readiness`: makes a fresh clone ready (packages, PostgreSQL's links,
// compiled code, workflow bundle), each only when needed, and hands over to the compiled program. Plain Node without
// packages, because it has to run before any package is there. All it says goes to stderr, so that `--json` of what
// it starts stays clean.
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { compile } from '../lab/setup/compile.mjs';
import { handOver } from '../lab/setup/hand-over.mjs';
import { installPackages } from '../lab/setup/packages.mjs';
import { SetupError, withSetupLock } from '../lab/setup/steps.mjs';

const ENTRIES = {
  demo: 'dist/lab/demo.js',
  lab: 'dist/lab/main.js',
  readiness: 'dist/client/main.js',
  test: 'dist/lab/test.js',
};
const OLDEST_NODE = [20, 19];

async function main([what, ...args]) {
  checkNode();
  if (what !== 'build' && !(what in ENTRIES)) {
    throw new SetupError('Usage: node scripts/bootstrap.mjs build|demo|lab|test|readiness [arguments]', 2);
  }
  if ((what === 'demo' || what === 'lab') && process.platform !== 'linux') {
    throw new SetupError(`The local staging runs on Linux and on WSL; this is ${process.platform}.`, 2);
  }
  const project = join(import.meta.dirname, '..');
  await withSetupLock(project, async () => {
    await installPackages(project);
    await compile(project);
  });
  if (what === 'build') {
    process.stderr.write('Built.\n');
    return 0;
  }
  const entry = join(project, ENTRIES[what]);
  if (!existsSync(entry))
    throw new SetupError(`${ENTRIES[what]} is missing after the build: remove dist/ and try again.`);
  const env = { ...process.env };
  // Jest runs ES modules only with this switch.
  if (what === 'test') env.NODE_OPTIONS = `${env.NODE_OPTIONS ?? ''} --experimental-vm-modules`.trim();
  return handOver(entry, args, env);
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return;
  throw new SetupError(
    `Node ${OLDEST_NODE.join('.')} or newer is needed; this is ${process.versions.node}.`,
    2,
  );
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error.exitCode;
}
