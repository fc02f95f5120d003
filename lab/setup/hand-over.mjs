// Running the program itself: same terminal, its exit code, and every signal exactly once.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';

/** Signals that people and supervisors send to end a program. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Runs the program and returns its exit code; 128 + n when signal n ended it, as shells have it. */
export async function handOver(entry, args, env) {
  const foreground = isTerminalForeground();
  // In the foreground of a terminal Ctrl-C reaches the whole process group, so the program has it already, and what
  // npm and we pass on would come on top. Elsewhere the program gets a group of its own, and signals only from us.
  const child = spawn(process.execPath, ['--enable-source-maps', entry, ...args], {
    stdio: 'inherit',
    env,
    detached: !foreground,
  });
  let last = { name: '', at: 0 };
  const forward = (name) => {
    if (foreground && name === 'SIGINT') return;
    // npm passes on what the whole group has got already.
    const now = performance.now();
    if (name === last.name && now - last.at < 500) return;
    last = { name, at: now };
    child.kill(name);
  };
  for (const name of SIGNALS) process.on(name, forward);
  const [code, signal] = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (...how) => resolve(how));
  });
  for (const name of SIGNALS) process.off(name, forward);
  return code ?? 128 + constants.signals[signal];
}

/** Whether this process is in the group to which the terminal sends its Ctrl-C. */
function isTerminalForeground() {
  if (process.platform !== 'linux') return Boolean(process.stdin.isTTY);
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const [, , group, , , terminalGroup] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return group === terminalGroup;
}
