import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

import { codeOf } from './lab-error.js';

/**
 * One process, for ever: the kernel gives a pid again after some time, and all of them after a restart of the
 * machine, but never with the same start time. What does not match is never signalled.
 */
export interface ProcessIdentity {
  readonly pid: number;
  /** Boot id of the machine and the start in clock ticks since that boot. */
  readonly started: string;
}

let bootId: string | undefined;

/** Who has this pid now, or undefined when nobody has (a zombie counts as nobody). */
export function identityOf(pid: number): ProcessIdentity | undefined {
  const stat = readProc(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The second field is the program's name in brackets and may itself hold spaces and brackets.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const state = fields[0];
  const ticks = fields[19];
  if (ticks === undefined || state === 'Z' || state === 'X') return undefined;
  bootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return { pid, started: `${bootId}:${ticks}` };
}

/** Whether exactly this process still lives. */
export function isAlive(identity: ProcessIdentity): boolean {
  return identityOf(identity.pid)?.started === identity.started;
}

/** The parent's pid, or undefined when the process is gone. */
export function parentOf(pid: number): number | undefined {
  const stat = readProc(`/proc/${pid}/stat`);
  const parent = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[1];
  return parent === undefined ? undefined : Number(parent);
}

/** Sends a signal to exactly this process; false when it is gone. */
export function signal(identity: ProcessIdentity, name: NodeJS.Signals): boolean {
  if (!isAlive(identity)) return false;
  try {
    process.kill(identity.pid, name);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ESRCH') return false;
    throw error;
  }
}

/** How a process is asked to end, and how long it may take before it is killed. */
export interface EndOptions {
  readonly ask?: NodeJS.Signals;
  readonly patienceMs?: number;
}

/** Ends a process and returns when it is gone: first asked, then, after the deadline, killed. */
export async function end(identity: ProcessIdentity, options: EndOptions = {}): Promise<void> {
  signal(identity, options.ask ?? 'SIGTERM');
  if (await isGone(identity, options.patienceMs ?? 10_000)) return;
  signal(identity, 'SIGKILL');
  await isGone(identity, 10_000);
}

/** Waits until a process is gone; false when it still lives at the deadline. */
export async function isGone(identity: ProcessIdentity, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (isAlive(identity)) {
    if (performance.now() > deadline) return false;
    await delay(25);
  }
  return true;
}

function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    // ESRCH: the process ended between opening the file and reading it.
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(codeOf(error) ?? '')) return undefined;
    throw error;
  }
}
