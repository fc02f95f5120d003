import { join } from 'node:path';

import { applicationUrl, productUrl } from './database-roles.js';
import { readPasswords, SECRET_FILES } from './database-template.js';
import { adminUrlFile, databaseUrlFile, secretsFolder } from './database.js';
import { LabError } from './lab-error.js';
import { labWeb, type LabWeb } from './lab-web.js';
import { labParts, type LabParts } from './lab-parts.js';
import { projectFolder, resolveLabFolder, targetFolder } from './project.js';
import type { Ports } from './ports.js';
import { isUp, readState, type LabState } from './state.js';
import { stopLab } from './stop-lab.js';
import { PROGRAM, supervisorConfigFile, webLogFile } from './supervisor.js';
import { LAB_NAMESPACE } from './temporal-server.js';
import { envFile, faultsFile, webFolder } from './web.js';

/** A running local staging: where everything is, and what can be done with it. */
export interface Lab extends LabWeb, LabParts {
  /** Everything of this lab lies below this folder (`.lab` for people, a temporary one for a test). */
  readonly folder: string;
  readonly projectFolder: string;
  /** `host:port` for Temporal clients. Throws when the lab was started without Temporal. */
  readonly temporalAddress: string;
  /** Origin of the Temporal UI. */
  readonly temporalUi: string;
  readonly namespace: string;
  /** Address for `STAGING_DATABASE_URL`: reads all tables, deletes rows, can do nothing else. */
  readonly readinessDatabaseUrl: string;
  /** File (mode 0600) that holds {@link readinessDatabaseUrl}. */
  readonly databaseUrlFile: string;
  /** File (mode 0600) with the address of the role that owns the tables, for the failure simulation. */
  readonly adminUrlFile: string;
  /** Address of the role that owns the tables, for tests that prepare or inspect rows. */
  readonly applicationDatabaseUrl: string;
  /** Origin of the sample application. */
  readonly webUrl: string;
  readonly envFile: string;
  /** The application's log: everything that the program writes. */
  readonly logFile: string;
  readonly faultsFile: string;
  readonly supervisorConfig: string;
  /** The supervisor's name of the program. */
  readonly supervisorProgram: string;
  readonly supervisorctl: string;
  /** The Python in which the application runs, and its folder, for management commands. */
  readonly python: string;
  readonly targetFolder: string;
  /** File (mode 0600) with the password of every seeded person: captain1 … captain4, player1 … player6. */
  readonly passwordFile: string;
  /** JSON file with the seeded people and teams and their ids. */
  readonly seedFile: string;
  /** Ends everything and returns when it is gone. */
  stop(): Promise<void>;
}

/** The lab of a folder that is up now, whoever started it; undefined when there is none. */
export async function runningLab(folder: string): Promise<Lab | undefined> {
  const resolved = await resolveLabFolder(folder);
  const state = await readState(resolved);
  return isUp(state) ? labFrom(resolved, state) : undefined;
}

/** Builds the object from what the state file remembers, so that every process sees the same lab. */
export async function labFrom(folder: string, state: LabState): Promise<Lab> {
  const { pythonBin, dataFolder } = state;
  const ports = completePorts(state.ports);
  if (pythonBin === undefined || dataFolder === undefined || ports === undefined) {
    throw new LabError(
      `The lab in ${folder} is not completely started.`,
      'wait for its start, or start it anew.',
    );
  }
  const passwords = await readPasswords(secretsFolder(folder));
  const python = { bin: pythonBin, python: join(pythonBin, 'python') };
  const web = webFolder(folder);
  const ifTemporal = (value: string): string => {
    if (state.withTemporal) return value;
    throw new LabError('This lab was started without Temporal.', 'start it with `temporal: true`.');
  };
  return {
    ...labWeb(folder, python, ports.web),
    ...labParts(folder, ports, { python, dataFolder }),
    folder,
    projectFolder: projectFolder(),
    get temporalAddress() {
      return ifTemporal(`127.0.0.1:${ports.temporal}`);
    },
    get temporalUi() {
      return ifTemporal(`http://127.0.0.1:${ports.temporalUi}`);
    },
    namespace: LAB_NAMESPACE,
    readinessDatabaseUrl: productUrl(passwords, ports.postgres),
    databaseUrlFile: databaseUrlFile(folder),
    adminUrlFile: adminUrlFile(folder),
    applicationDatabaseUrl: applicationUrl(passwords, ports.postgres),
    webUrl: `http://127.0.0.1:${ports.web}`,
    envFile: envFile(folder),
    logFile: webLogFile(web),
    faultsFile: faultsFile(folder),
    supervisorConfig: supervisorConfigFile(web),
    supervisorProgram: PROGRAM,
    supervisorctl: join(pythonBin, 'supervisorctl'),
    python: python.python,
    targetFolder: targetFolder(),
    passwordFile: join(secretsFolder(folder), SECRET_FILES.people),
    seedFile: join(secretsFolder(folder), SECRET_FILES.seed),
    stop: () => stopLab(folder),
  };
}

function completePorts(ports: Partial<Ports>): Ports | undefined {
  const { temporal, temporalUi, postgres, web, supervisor } = ports;
  if (temporal === undefined || temporalUi === undefined || postgres === undefined) return undefined;
  if (web === undefined || supervisor === undefined) return undefined;
  return { temporal, temporalUi, postgres, web, supervisor };
}
