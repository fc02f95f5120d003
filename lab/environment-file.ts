import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';

import { applicationEnvironment } from './application.js';
import { writeFileAtomic } from './files.js';
import type { Lab } from './lab.js';
import { ensureRepository } from './repository.js';

/** What a test may want differently from the lab that people try. */
export interface LabEnvironmentOptions {
  /** Where the file goes; by default the project's own `environments/`. */
  readonly environmentsFolder?: string;
  readonly name?: string;
  /** Merged over the top level of the file, e.g. `{ deadlines: { enable: '1h' } }`, and over `api`. */
  readonly overrides?: Readonly<Record<string, unknown>> & { readonly api?: object };
}

/** The user of the sample application for whom no (owner, game) pair is taken after seeding. */
const OWNER = 'captain4';
const SECOND_OWNER = 'captain3';

/** Writes environments/lab.yaml for a running lab and returns its path. Everybody may approve in a lab. */
export async function writeLabEnvironment(
  lab: Lab,
  projectFolder: string,
  options: LabEnvironmentOptions = {},
): Promise<string> {
  const repository = await ensureRepository(lab.folder);
  const name = options.name ?? 'lab';
  const folder = options.environmentsFolder ?? join(projectFolder, 'environments');
  const database = new URL(lab.readinessDatabaseUrl);
  const python = { python: lab.python, bin: join(lab.python, '..') };
  const application = applicationEnvironment(python);
  const { api = {}, ...others } = options.overrides ?? {};
  const file = {
    name,
    kind: 'lab',
    allow: {
      hosts: [new URL(lab.webUrl).hostname, database.hostname],
      databases: [database.pathname.slice(1)],
      namespaces: [],
    },
    api: {
      baseUrl: lab.webUrl,
      authentication: { kind: 'password', username: OWNER, password: `file:${lab.passwordFile}` },
      moreUsers: [{ kind: 'password', username: SECOND_OWNER, password: `file:${lab.passwordFile}` }],
      staticFile: '/static/css/main.css',
      ...api,
    },
    database: { url: 'env:STAGING_DATABASE_URL', adminUrl: `file:${lab.adminUrlFile}` },
    target: {
      method: 'env-file',
      envFile: lab.envFile,
      supervisor: {
        command: [lab.supervisorctl, '-c', lab.supervisorConfig],
        program: lab.supervisorProgram,
      },
      manage: {
        command: [lab.python, 'manage.py'],
        workingFolder: lab.targetFolder,
        environment: {
          ENV_FILE: lab.envFile,
          LAB_FAULTS_FILE: lab.faultsFile,
          PYTHONPYCACHEPREFIX: application['PYTHONPYCACHEPREFIX'] ?? '',
        },
      },
      log: { file: lab.logFile },
      restartTimeout: '60s',
    },
    testData: { member: 'player1' },
    samples: { ratePerSecond: 10 },
    // The sample application copies inside the request: every write takes twice as long, which is a few milliseconds on a
    // quiet machine and forty on a busy one. Neither is what the rule about p95 is for.
    thresholds: { minimumDelta: '100ms' },
    approvers: { enable: ['*'], soak: ['*'], finish: ['*'] },
    contacts: {
      backendLead: 'Lab backend lead',
      databaseAdmin: 'Lab database admin',
      platform: 'Lab platform',
      onCall: 'Lab on-call',
    },
    artifacts: { root: repository.folder },
    publish: { tracker: repository.trackerFile, gitCommit: true },
    ...others,
  };
  const text = [
    '# yaml-language-server: $schema=../environment/environment.schema.json',
    '# Written by the lab at every start: the addresses of this local staging. Copy it before you change it.',
    stringify(file, { lineWidth: 110 }),
  ].join('\n');
  await mkdir(folder, { recursive: true });
  const path = join(folder, `${name}.yaml`);
  await writeFileAtomic(path, text);
  return path;
}
