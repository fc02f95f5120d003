import { RETRYABLE, TERMINAL } from '../../../procedure/failures.js';
import type { FlagValues } from '../../../procedure/flags.js';
import { failure } from '../../support/failure.js';
import {
  allProcesses,
  flagsOfProcess,
  listeningSockets,
  socketsOf,
  treeOf,
  type ProcessInfo,
} from './proc.js';

/** The processes that answer requests, below the supervisor's child. */
export interface ServingTree {
  /** When the supervisor started the program, milliseconds since 1970; `null` when it is gone. */
  readonly startedAtMs: number | null;
  readonly processes: readonly { readonly pid: number; readonly values: FlagValues }[];
}

/**
 * Finds the processes that answer requests and reads their four variables. Serving is what holds a listening socket and
 * has no descendant that holds one too: with gunicorn the workers and not their master, with a single server itself. Empty
 * while the program starts.
 * @throws Unauthorized when the worker's user may not look into these processes.
 */
export async function servingTree(root: number): Promise<ServingTree> {
  const tree = treeOf(root, await allProcesses());
  const first = tree.find((one) => one.pid === root);
  if (first === undefined) return { startedAtMs: null, processes: [] };
  const listening = await listeningSockets(root);
  const holders = new Set<number>();
  for (const { pid } of tree) {
    const sockets = await socketsOf(pid);
    if (sockets === null) throw denied(pid);
    if ([...sockets].some((inode) => listening.has(inode))) holders.add(pid);
  }
  const serving = tree.filter(({ pid }) => holders.has(pid) && !hasServingDescendant(pid, tree, holders));
  const read = await Promise.all(serving.map(async ({ pid }) => ({ pid, flags: await flagsOfProcess(pid) })));
  return {
    startedAtMs: first.startedAtMs,
    processes: read.flatMap(({ pid, flags }) => {
      if (flags.kind === 'denied') throw denied(pid);
      return flags.kind === 'values' ? [{ pid, values: flags.values }] : [];
    }),
  };
}

/** The same, but a program without serving processes is a failure that says so. */
export async function servingProcesses(
  root: number | null,
  program: string,
): Promise<ServingTree['processes']> {
  const { processes } = root === null ? { processes: [] } : await servingTree(root);
  if (processes.length > 0) return processes;
  throw failure(
    RETRYABLE.notServing,
    `No process of the program ${program} answers requests${root === null ? ': it does not run' : ` (pid ${String(root)} and its children hold no listening socket)`}. Look at its log and start it.`,
  );
}

function hasServingDescendant(
  pid: number,
  tree: readonly ProcessInfo[],
  holders: ReadonlySet<number>,
): boolean {
  return treeOf(pid, tree).some((one) => one.pid !== pid && holders.has(one.pid));
}

function denied(pid: number): Error {
  return failure(
    TERMINAL.unauthorized,
    `The worker's user may not read /proc/${String(pid)} of the serving processes, so nobody can tell which flags they run with. Run the worker as the application's user.`,
  );
}
