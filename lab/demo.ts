/** `npm run demo`: a complete run on the local staging, from nothing to a verified evidence folder. */
import { parseDemoOptions, DEMO_USAGE } from './demo/options.js';
import { runDemo } from './demo/run-demo.js';
import { LabError } from './lab-error.js';

const options = parseDemoOptions(process.argv.slice(2));
if ('usage' in options) {
  const text = options.usage === '' ? DEMO_USAGE : `${options.usage}\n\n${DEMO_USAGE}`;
  (options.usage === '' ? process.stdout : process.stderr).write(`${text}\n`);
  process.exitCode = options.usage === '' ? 0 : 2;
} else {
  try {
    process.exitCode = await runDemo(options);
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = error.exitCode;
  }
}
