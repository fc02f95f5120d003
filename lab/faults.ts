import { applicationEnvironment } from './application.js';
import { readIfThere } from './files.js';
import { targetFolder } from './project.js';
import type { PythonHome } from './python.js';
import { runTool } from './tools.js';

/** The faults that are switched on now, as they stand in the faults file. */
export async function activeFaults(faultsFile: string): Promise<string[]> {
  const text = (await readIfThere(faultsFile)) ?? '';
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

/** One fault that the sample application can be told to have. */
export interface FaultDescription {
  readonly name: string;
  readonly description: string;
  /** What its argument means, or null when it takes none. */
  readonly argument: string | null;
  readonly default: string | null;
}

/** All faults that the sample application knows. */
export async function listFaults(python: PythonHome): Promise<FaultDescription[]> {
  const output = await runTool({
    command: python.python,
    args: ['-m', 'faults', '--json'],
    cwd: targetFolder(),
    env: applicationEnvironment(python),
    failure: 'The list of faults could not be read',
    next: 'see the lines above.',
  });
  return parseFaults(JSON.parse(output));
}

function parseFaults(parsed: unknown): FaultDescription[] {
  if (!Array.isArray(parsed)) throw new TypeError('python -m faults --json did not print an array');
  return parsed.map((row: unknown) => {
    const entry = new Map(Object.entries(typeof row === 'object' && row !== null ? row : {}));
    const text = (name: string): string | null => {
      const value: unknown = entry.get(name);
      return typeof value === 'string' && value !== '' ? value : null;
    };
    const argument = text('argument');
    return {
      name: text('name') ?? '',
      description: text('description') ?? '',
      argument,
      default: argument === null ? null : text('default'),
    };
  });
}
