/** Build step: packs the workflow code once, so that a worker starts in a second and every worker runs the same bytes. */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';
import { BUNDLE_PATH } from './bundle-path.js';

const { code } = await bundleWorkflowCode({
  workflowsPath: fileURLToPath(new URL('../workflows/index.js', import.meta.url)),
  logger: { log: ignore, trace: ignore, debug: ignore, info: ignore, warn: complain, error: complain },
});
await mkdir(dirname(BUNDLE_PATH), { recursive: true });
await writeFile(`${BUNDLE_PATH}.tmp`, code);
await rename(`${BUNDLE_PATH}.tmp`, BUNDLE_PATH);

function ignore(): void {
  // Progress of the bundler is of no use to anybody.
}

function complain(message: string): void {
  process.stderr.write(`${message}\n`);
}
