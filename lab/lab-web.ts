import { readFileSync } from 'node:fs';

import { BASELINE_FLAGS, writeBaselineFlags } from './env-file.js';
import { writeFileAtomic } from './files.js';
import { LabError } from './lab-error.js';
import type { ProcessIdentity } from './process-identity.js';
import { withDescendants } from './process-tree.js';
import type { PythonHome } from './python.js';
import { readState } from './state.js';
import { programPid, restartProgram } from './supervisor.js';
import { envFile, faultsFile, waitForWeb, webFolder } from './web.js';

/** What tests, the demo and the `lab` command do with the running sample application. */
export interface LabWeb {
  /** Puts the four flags back to their baseline, in the file and in the serving processes; true if that was needed. */
  resetFlags(): Promise<boolean>;
  /** Switches exactly these faults on (`name` or `name:argument`); none switches all off. Works without a restart. */
  setFaults(lines: readonly string[]): Promise<void>;
  /** Restarts the program by the supervisor and waits until it answers. */
  restartWeb(): Promise<void>;
  /** The serving processes, gunicorn's master first, then its workers; empty when the program does not run. */
  servingPids(): Promise<number[]>;
}

/** The helpers for one lab's application. */
export function labWeb(labFolder: string, python: PythonHome, port: number): LabWeb {
  const folder = webFolder(labFolder);
  const servingPids = async (): Promise<number[]> => {
    const first = await programPid(python, folder);
    return first === undefined ? [] : withDescendants(first);
  };
  const restartWeb = async (): Promise<void> => {
    await restartProgram(python, folder);
    await waitForWeb(labFolder, port, await supervisorOf(labFolder));
  };
  return {
    servingPids,
    restartWeb,
    async setFaults(lines) {
      await writeFileAtomic(faultsFile(labFolder), lines.map((line) => `${line}\n`).join(''));
    },
    async resetFlags() {
      const changed = await writeBaselineFlags(envFile(labFolder));
      if (!changed && (await servingPids()).every(servesBaseline)) return false;
      await restartWeb();
      return true;
    },
  };
}

/** A file at its baseline says nothing about processes that were started before it was changed back. */
function servesBaseline(pid: number): boolean {
  try {
    const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    return Object.entries(BASELINE_FLAGS).every(([name, value]) => environment.includes(`${name}=${value}`));
  } catch {
    return false;
  }
}

async function supervisorOf(labFolder: string): Promise<ProcessIdentity> {
  const supervisor = (await readState(labFolder)).processes.supervisor;
  if (supervisor === undefined) {
    throw new LabError('The sample application of this lab does not run.', 'start the lab (`npm run lab`).');
  }
  return supervisor;
}
