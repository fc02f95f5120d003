import { join } from 'node:path';

import { readIfThere, SECRET_MODE, writeFileAtomic } from './files.js';
import { isAlive, type ProcessIdentity } from './process-identity.js';
import type { Ports } from './ports.js';

/** The processes of a lab, in the order in which they are ended. */
export const PARTS = ['worker', 'supervisor', 'temporal', 'postgres'] as const;

/** One of the processes of a lab. */
export type Part = (typeof PARTS)[number];

/** What `.lab/state.json` remembers. It holds no secret, only the places of the files that do. */
export interface LabState {
  readonly phase: 'starting' | 'ready' | 'stopped';
  /** Who started it. A lab whose owner has died is no lab any more: the next start clears it away. */
  readonly owner?: ProcessIdentity;
  readonly withTemporal: boolean;
  readonly ports: Partial<Ports>;
  readonly processes: Partial<Record<Part, ProcessIdentity>>;
  /** Folder of the Python programs. */
  readonly pythonBin?: string;
  readonly dataFolder?: string;
}

const EMPTY: LabState = { phase: 'stopped', withTemporal: false, ports: {}, processes: {} };

/** The state of a lab folder; a missing or damaged file reads as "stopped", because it must not block a start. */
export async function readState(labFolder: string): Promise<LabState> {
  const text = await readIfThere(join(labFolder, 'state.json'));
  if (text === undefined) return EMPTY;
  try {
    return parseState(JSON.parse(text));
  } catch {
    return EMPTY;
  }
}

/** Replaces the state. */
export async function writeState(labFolder: string, state: LabState): Promise<void> {
  await writeFileAtomic(join(labFolder, 'state.json'), `${JSON.stringify(state, null, 2)}\n`, SECRET_MODE);
}

/** Notes that a part is another process now, or none. */
export async function recordPart(
  labFolder: string,
  part: Part,
  identity: ProcessIdentity | undefined,
): Promise<void> {
  const state = await readState(labFolder);
  const others = Object.entries(state.processes).filter(([name]) => name !== part);
  const processes: LabState['processes'] = Object.fromEntries(others);
  await writeState(labFolder, {
    ...state,
    processes: identity === undefined ? processes : { ...processes, [part]: identity },
  });
}

/** Whether a lab is up and somebody looks after it. */
export function isUp(state: LabState): boolean {
  return state.phase === 'ready' && state.owner !== undefined && isAlive(state.owner);
}

function parseState(parsed: unknown): LabState {
  const fields = entriesOf(parsed);
  const phase = fields.get('phase');
  const owner = parseIdentity(fields.get('owner'));
  const pythonBin = fields.get('pythonBin');
  const dataFolder = fields.get('dataFolder');
  const processes: Partial<Record<Part, ProcessIdentity>> = {};
  const recorded = entriesOf(fields.get('processes'));
  for (const part of PARTS) {
    const identity = parseIdentity(recorded.get(part));
    if (identity !== undefined) processes[part] = identity;
  }
  return {
    phase: phase === 'starting' || phase === 'ready' ? phase : 'stopped',
    withTemporal: fields.get('withTemporal') === true,
    ports: parsePorts(fields.get('ports')),
    processes,
    ...(owner === undefined ? {} : { owner }),
    ...(typeof pythonBin === 'string' ? { pythonBin } : {}),
    ...(typeof dataFolder === 'string' ? { dataFolder } : {}),
  };
}

function parsePorts(parsed: unknown): Partial<Ports> {
  const numbers = [...entriesOf(parsed)].filter(([, value]) => typeof value === 'number');
  return Object.fromEntries(numbers);
}

function parseIdentity(parsed: unknown): ProcessIdentity | undefined {
  const fields = entriesOf(parsed);
  const pid = fields.get('pid');
  const started = fields.get('started');
  return typeof pid === 'number' && typeof started === 'string' ? { pid, started } : undefined;
}

function entriesOf(parsed: unknown): Map<string, unknown> {
  return new Map(Object.entries(typeof parsed === 'object' && parsed !== null ? parsed : {}));
}
