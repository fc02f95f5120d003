// Running one tool of the set-up: quiet when short, one progress line when long, the last lines when it fails; and
// the lock that keeps two set-ups of one clone apart.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const WORTH_A_LINE_MS = 2_000;

/** A failure of the set-up, worded for the person who waits for it. */
export class SetupError extends Error {
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/**
 * Runs a tool to its end.
 * @param {{title: string, command: string, args: string[], cwd: string, next: string}} step
 */
export async function runStep({ title, command, args, cwd, next }) {
  const start = performance.now();
  const seconds = () => ((performance.now() - start) / 1000).toFixed(1);
  const lines = progressLine(title, seconds);
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  let interrupted = false;
  const interrupt = () => {
    interrupted = true;
    child.kill('SIGTERM');
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(name, interrupt);
  const code = await new Promise((resolve) => {
    child.once('error', (error) => {
      output += `${error.message}\n`;
      resolve(1);
    });
    child.once('close', resolve);
  });
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(name, interrupt);
  lines.end(code === 0);
  if (interrupted) throw new SetupError(`${title}: interrupted.`, 130);
  if (code === 0) return;
  throw new SetupError(
    `${title} failed after ${seconds()} s (${command} ${args.join(' ')}):\n${excerpt(output)}\n${next}`,
  );
}

/** Where a tool says the cause: some at the beginning (npm, the compiler), others at the end. */
function excerpt(output) {
  const lines = output.split('\n').filter((line) => !/^(npm error)?\s*$/.test(line));
  const shown = lines.length <= 24 ? lines : [...lines.slice(0, 12), '…', ...lines.slice(-12)];
  return shown.map((line) => `  ${line}`).join('\n');
}

/** The one line about a step: on a terminal it counts the seconds; elsewhere it is written when the step turns out long. */
function progressLine(title, seconds) {
  const stream = process.stderr;
  let shown = false;
  const start = performance.now();
  const timer = setInterval(() => {
    if (performance.now() - start < WORTH_A_LINE_MS) return;
    if (stream.isTTY) stream.write(`\r\u001b[K… ${title} (${Math.floor(Number(seconds()))} s)`);
    else if (!shown) stream.write(`… ${title}\n`);
    shown = true;
  }, 500);
  return {
    end(well) {
      clearInterval(timer);
      if (shown)
        stream.write(`${stream.isTTY ? '\r\u001b[K' : ''}${well ? '✓' : '✗'} ${title} (${seconds()} s)\n`);
    },
  };
}

/**
 * Runs work while no other set-up of this clone runs. The lock is an abstract Unix socket, which the kernel frees
 * when its holder dies; Linux only, and elsewhere people do not start two at once.
 */
export async function withSetupLock(project, work) {
  if (process.platform !== 'linux') return work();
  const name = `\0readiness-setup-${createHash('sha256').update(project).digest('hex').slice(0, 24)}`;
  let told = false;
  for (;;) {
    const server = createServer();
    const held = await new Promise((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(name, () => resolve(true));
    });
    if (held) {
      try {
        return await work();
      } finally {
        server.close();
      }
    }
    if (!told) process.stderr.write('… Waiting for another set-up of this clone to end\n');
    told = true;
    await delay(200);
  }
}
