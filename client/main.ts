#!/usr/bin/env node
import { packageVersion } from './package.js';
import { runCli } from './run-cli.js';
import { openSession } from './temporal/session.js';
import { processIo } from './terminal/io.js';

const version = packageVersion();
process.exitCode = await runCli(process.argv.slice(2), {
  io: processIo(),
  version,
  open: (settings) => openSession(settings, version),
});
// A connection that cannot close (a server that died) must not keep the terminal.
setTimeout(() => process.exit(), 2000).unref();
