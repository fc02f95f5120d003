import { readFile, readdir, readlink } from 'node:fs/promises';
import { errorCode } from '../../../environment/error-code.js';
import { FLAG_NAMES, type FlagName, type FlagValues } from '../../../procedure/flags.js';

/** One process as /proc tells it. */
export interface ProcessInfo {
  readonly pid: number;
  readonly parent: number;
  /** Milliseconds since 1970, to about 20 ms. */
  readonly startedAtMs: number;
}

/** Ticks a second in which /proc counts; fixed on every Linux that Node runs on. */
const TICKS = 100;

/** Every process of this machine that still lives. Those that end while they are read are left out. */
export async function allProcesses(): Promise<ProcessInfo[]> {
  const bootedAtMs = await bootTime();
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(names.map((name) => processInfo(Number(name), bootedAtMs)));
  return found.filter((one) => one !== null);
}

/** The process and everything below it, the process itself first. */
export function treeOf(root: number, all: readonly ProcessInfo[]): ProcessInfo[] {
  const first = all.filter((one) => one.pid === root);
  const children = all.filter((one) => one.parent === root && one.pid !== root);
  return [...first, ...children.flatMap((child) => treeOf(child.pid, all))];
}

/** Command line of a process, one word an entry; empty when it has ended. Readable for everybody. */
export async function commandLine(pid: number): Promise<string[]> {
  const text = await readFile(`/proc/${String(pid)}/cmdline`, 'utf8').catch(() => '');
  return text.split('\0').slice(0, -1);
}

export type FlagsOfProcess =
  | { readonly kind: 'values'; readonly values: FlagValues }
  | { readonly kind: 'gone' }
  | { readonly kind: 'denied' };

/**
 * The four variables in the environment with which a process was started. Nothing else of that environment leaves this
 * function.
 */
export async function flagsOfProcess(pid: number): Promise<FlagsOfProcess> {
  let environment: string;
  try {
    environment = await readFile(`/proc/${String(pid)}/environ`, 'latin1');
  } catch (error) {
    return isDenied(error) ? { kind: 'denied' } : { kind: 'gone' };
  }
  // A process that is just ending, or between fork and exec, shows an empty environment: that proves nothing.
  if (environment === '') return { kind: 'gone' };
  return { kind: 'values', values: flagsIn(environment) };
}

/** Reads the four variables out of a NUL-separated environment; the first one counts, as for getenv. */
export function flagsIn(environment: string): FlagValues {
  const lines = environment.split('\0');
  const entries = FLAG_NAMES.map((name): [FlagName, string | null] => {
    const line = lines.find((candidate) => candidate.startsWith(`${name}=`));
    return [name, line === undefined ? null : line.slice(name.length + 1)];
  });
  return Object.fromEntries(entries) as FlagValues;
}

/** Socket inodes that a process holds open; `null` when this user may not see them. */
export async function socketsOf(pid: number): Promise<ReadonlySet<string> | null> {
  const folder = `/proc/${String(pid)}/fd`;
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    return isDenied(error) ? null : new Set();
  }
  const links = await Promise.all(names.map((name) => readlink(`${folder}/${name}`).catch(() => '')));
  return new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
}

/** Inodes of the sockets that listen in the network namespace of a process (TCP and Unix). */
export async function listeningSockets(pid: number): Promise<ReadonlySet<string>> {
  const read = (name: string): Promise<string> =>
    readFile(`/proc/${String(pid)}/net/${name}`, 'utf8').catch(() => '');
  const [tcp, tcp6, unix] = await Promise.all([read('tcp'), read('tcp6'), read('unix')]);
  return new Set([...tcpListeners(tcp), ...tcpListeners(tcp6), ...unixListeners(unix)]);
}

function tcpListeners(table: string): string[] {
  const LISTEN = '0A';
  return table.split('\n').flatMap((line) => {
    const columns = line.trim().split(/\s+/);
    return columns[3] === LISTEN && columns[9] !== undefined ? [columns[9]] : [];
  });
}

function unixListeners(table: string): string[] {
  const ACCEPTS_CONNECTIONS = 0x10000;
  return table.split('\n').flatMap((line) => {
    const columns = line.trim().split(/\s+/);
    const flags = Number.parseInt(columns[3] ?? '', 16);
    return (flags & ACCEPTS_CONNECTIONS) !== 0 && columns[6] !== undefined ? [columns[6]] : [];
  });
}

async function processInfo(pid: number, bootedAtMs: number): Promise<ProcessInfo | null> {
  const text = await readFile(`/proc/${String(pid)}/stat`, 'utf8').catch(() => null);
  if (text === null) return null;
  // The second column is the program's name in brackets and may hold blanks and brackets itself.
  const columns = text.slice(text.lastIndexOf(')') + 2).split(' ');
  if (columns[0] === 'Z' || columns[0] === 'X') return null;
  return { pid, parent: Number(columns[1]), startedAtMs: bootedAtMs + (Number(columns[19]) * 1000) / TICKS };
}

async function bootTime(): Promise<number> {
  const uptime = await readFile('/proc/uptime', 'utf8');
  return Date.now() - Number(uptime.split(' ')[0]) * 1000;
}

function isDenied(error: unknown): boolean {
  return ['EACCES', 'EPERM'].includes(errorCode(error));
}
