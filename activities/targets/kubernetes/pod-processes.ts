import { FLAG_NAMES, type FlagName, type FlagValues } from '../../../procedure/flags.js';
import { RETRYABLE, TERMINAL } from '../../../procedure/failures.js';
import { failure } from '../../support/failure.js';
import { lastWords, type CommandResult } from '../command.js';

/** One process of a container, as its own /proc tells it. */
export interface PodProcess {
  readonly pid: number;
  readonly parent: number;
  /** Whether it holds a listening socket; `null` when the container's user may not look. */
  readonly listens: boolean | null;
  /** The four variables; `null` when they may not be read. */
  readonly values: FlagValues | null;
}

const MARK = 'READINESS-PROCESSES ';

/**
 * The command that tells a container's processes, to be run in it: the application's own Python, for images of applications
 * often have no ps. Of all environments only the four variables are told; the isolated mode (-I) keeps the application's own
 * modules out of it.
 */
export function podProcessesCommand(python: string): readonly string[] {
  return [python, '-I', '-c', SCRIPT, ...FLAG_NAMES];
}

/**
 * Finds the processes that answer requests among those that the command told: what holds a listening socket and has no
 * descendant that holds one too, as for method D. `where` names the pod in messages. Pure.
 * @throws NotServing when there is none (yet), TargetUnreachable when it was not told in time, Unauthorized when the container's user may not see it, UnexpectedAnswer when
 * the command told nothing of the kind.
 */
export function servingInPod(
  result: CommandResult,
  where: string,
): readonly { readonly pid: number; readonly values: FlagValues }[] {
  const processes = processesIn(result.stdout);
  // A busy node answers late, and better the next time: nothing is wrong with the container.
  if (processes === null && (result.problem === 'timed-out' || result.problem === 'cancelled'))
    throw failure(
      RETRYABLE.targetUnreachable,
      `${where}: its processes were not told in time (${lastWords(result)}). The node or the pod is too busy, or its kubelet does not answer.`,
    );
  if (processes === null)
    throw failure(
      result.problem === 'not-found' ? TERMINAL.notFound : TERMINAL.unexpected,
      `${where}: its processes could not be told (${lastWords(result)}). The container needs Python and timeout.`,
    );
  const listening = processes.filter(({ listens }) => listens === true);
  const serving = listening.filter(({ pid }) => !listening.some((other) => descends(other, pid, processes)));
  const read = serving.flatMap(({ pid, values }) => (values === null ? [] : [{ pid, values }]));
  if (read.length < serving.length || (serving.length === 0 && processes.some(isHidden)))
    throw failure(
      TERMINAL.unauthorized,
      `${where}: the container's user may not read /proc of its serving processes, so nobody can tell which flags they run with.`,
    );
  if (read.length > 0) return read;
  throw failure(RETRYABLE.notServing, `${where}: none of its processes holds a listening socket.`);
}

function isHidden({ listens }: PodProcess): boolean {
  return listens === null;
}

function descends(process: PodProcess, ancestor: number, all: readonly PodProcess[]): boolean {
  const seen = new Set<number>();
  let { parent } = process;
  while (!seen.has(parent)) {
    if (parent === ancestor) return process.pid !== ancestor;
    seen.add(parent);
    parent = all.find(({ pid }) => pid === parent)?.parent ?? 0;
  }
  return false;
}

/** Other lines may stand around it. */
function processesIn(stdout: string): readonly PodProcess[] | null {
  const line = stdout.split('\n').findLast((one) => one.startsWith(MARK));
  if (line === undefined) return null;
  try {
    const told: unknown = JSON.parse(line.slice(MARK.length));
    return Array.isArray(told) ? told.map(processOf) : null;
  } catch {
    return null;
  }
}

function processOf(told: unknown): PodProcess {
  const { pid, parent, listens, values } = told as Readonly<Record<string, unknown>>;
  if (typeof pid !== 'number' || typeof parent !== 'number') throw new TypeError('no process');
  return {
    pid,
    parent,
    listens: typeof listens === 'boolean' ? listens : null,
    values: typeof values === 'object' && values !== null ? flagsOf(values) : null,
  };
}

function flagsOf(values: object): FlagValues {
  const told = new Map<string, unknown>(Object.entries(values));
  const entries = FLAG_NAMES.map((name): [FlagName, string | null] => {
    const value = told.get(name);
    return [name, typeof value === 'string' ? value : null];
  });
  return Object.fromEntries(entries) as FlagValues;
}

const SCRIPT = `
import json, os, re, sys

def text(path):
    with open(path, 'rb') as file:
        return file.read().decode('latin1')

def listeners():
    found = set()
    for name in ('tcp', 'tcp6', 'unix'):
        try:
            lines = text('/proc/self/net/' + name).splitlines()[1:]
        except OSError:
            continue
        for columns in (line.split() for line in lines):
            if name == 'unix':
                if len(columns) > 6 and int(columns[3], 16) & 0x10000:
                    found.add(columns[6])
            elif len(columns) > 9 and columns[3] == '0A':
                found.add(columns[9])
    return found

def sockets(pid):
    folder = '/proc/%s/fd/' % pid
    found = set()
    for name in os.listdir(folder):
        try:
            match = re.match(r'socket:\\[(\\d+)\\]', os.readlink(folder + name))
        except FileNotFoundError:
            continue
        if match:
            found.add(match.group(1))
    return found

def flags(pid):
    environment = text('/proc/%s/environ' % pid)
    if not environment:
        return None
    found = {}
    for entry in environment.split('\\0'):
        name, equals, value = entry.partition('=')
        if equals and name in sys.argv[1:]:
            found.setdefault(name, value)
    return found

def allowed(read):
    try:
        return read()
    except PermissionError:
        return None

def mounts(pid):
    return os.readlink('/proc/%s/ns/mnt' % pid)

# Containers that share their processes do not share their files: only this one's are meant.
listening, own = listeners(), mounts('self')
told = []
for pid in filter(str.isdigit, os.listdir('/proc')):
    if int(pid) == os.getpid():
        continue
    try:
        columns = text('/proc/%s/stat' % pid).rpartition(')')[2].split()
        if columns[0] in 'ZX':
            continue
        if (allowed(lambda: mounts(pid)) or own) != own:
            continue
        held = allowed(lambda: sockets(pid))
        listens = None if held is None else bool(held & listening)
        values = allowed(lambda: flags(pid)) if listens else None
        told.append({'pid': int(pid), 'parent': int(columns[1]), 'listens': listens, 'values': values})
    except (FileNotFoundError, ProcessLookupError):
        continue
sys.stdout.write('\\n${MARK}' + json.dumps(told) + '\\n')
`;
