#!/usr/bin/env node
/** Starts a worker from the environment's settings alone; `readiness worker` does the same with options. */
import { runWorker } from './run.js';
import { WorkerProblem } from './search-attributes.js';
import { workerSettings } from './settings.js';

try {
  await runWorker(workerSettings({}, process.env), (line) => process.stdout.write(`${line}\n`));
} catch (error) {
  if (!(error instanceof WorkerProblem)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 4;
}
