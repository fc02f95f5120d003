import { restartDatabase } from './database.js';
import { hasInEnvironment, processesOfLab } from './leftovers.js';
import { findPostgres } from './postgres-binaries.js';
import { end, isGone, signal, type ProcessIdentity } from './process-identity.js';
import { silent } from './progress.js';
import type { Ports } from './ports.js';
import type { PythonHome } from './python.js';
import { readState, recordPart, type Part } from './state.js';
import { findTemporalBinary } from './temporal-binary.js';
import { startTemporalServer } from './temporal-server.js';
import { launchWeb } from './web.js';

/** A part that {@link LabParts.revive} can start again; workers are started by `startWorker`. */
export type RevivablePart = Exclude<Part, 'worker'>;

/** Taking a running lab apart and together again, for tests of what a crash does. */
export interface LabParts {
  /** The process of a part as last recorded; undefined when it was never started. */
  processOf(part: Part): Promise<ProcessIdentity | undefined>;
  /** Sends a signal (default SIGKILL) to a part's first process and returns when it is gone. */
  kill(part: Part, name?: NodeJS.Signals): Promise<void>;
  /** Starts a killed part again, on the same port and data, and returns when it is ready. */
  revive(part: RevivablePart): Promise<void>;
}

/** The helpers for one lab. */
export function labParts(
  labFolder: string,
  ports: Ports,
  where: { readonly python: PythonHome; readonly dataFolder: string },
): LabParts {
  const processOf = async (part: Part): Promise<ProcessIdentity | undefined> =>
    (await readState(labFolder)).processes[part];

  const start = async (part: RevivablePart): Promise<ProcessIdentity> => {
    switch (part) {
      case 'temporal': {
        const binary = await findTemporalBinary(silent);
        return startTemporalServer({ binary, labFolder, port: ports.temporal, uiPort: ports.temporalUi });
      }
      case 'postgres': {
        // PostgreSQL refuses to start while a process of the killed server still holds its memory.
        await endAll(postgresProcesses(labFolder, where.dataFolder));
        const place = { program: await findPostgres(), dataFolder: where.dataFolder };
        return restartDatabase(labFolder, place, ports.postgres);
      }
      case 'supervisor':
        // The web processes outlive a killed supervisor and would keep its successor's from their port.
        await endAll(webProcesses(labFolder, ports.web, where.dataFolder));
        return launchWeb({ labFolder, ports, python: where.python });
    }
  };

  return {
    processOf,
    async kill(part, name = 'SIGKILL') {
      const identity = await processOf(part);
      if (identity === undefined) return;
      signal(identity, name);
      await isGone(identity, 30_000);
    },
    async revive(part) {
      await recordPart(labFolder, part, await start(part));
    },
  };
}

function postgresProcesses(labFolder: string, dataFolder: string): ProcessIdentity[] {
  return processesOfLab(labFolder, dataFolder).filter(
    ({ pid }) => !hasInEnvironment(pid, `READINESS_LAB=${labFolder}`),
  );
}

function webProcesses(labFolder: string, port: number, dataFolder: string): ProcessIdentity[] {
  return processesOfLab(labFolder, dataFolder).filter(({ pid }) =>
    hasInEnvironment(pid, `WEB_BIND=127.0.0.1:${port}`),
  );
}

async function endAll(processes: readonly ProcessIdentity[]): Promise<void> {
  await Promise.all(processes.map((identity) => end(identity, { patienceMs: 5_000 })));
}
