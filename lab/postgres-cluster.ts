import { appendFile, chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { SECRET_MODE } from './files.js';
import { giveTo, type PostgresProgram } from './postgres-binaries.js';
import { SUPERUSER } from './postgres-server.js';
import { plainEnvironment, runTool } from './tools.js';

/** Settings of the lab's database: small, but as durable as a real one, because tests kill it at any moment. */
const SETTINGS = `
# --- the lab's settings ---
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 60
shared_buffers = '32MB'
min_wal_size = '32MB'
max_wal_size = '256MB'
shared_preload_libraries = 'pg_stat_statements'
log_line_prefix = '%m [%p] %u@%d %a '
log_min_duration_statement = '1s'
timezone = 'UTC'
log_timezone = 'UTC'
`;

const HOST_RULES = `# Passwords only, from this machine only.
host all all 127.0.0.1/32 scram-sha-256
`;

/** Makes an empty database cluster with the lab's settings. */
export async function initialiseCluster(
  program: PostgresProgram,
  dataFolder: string,
  superuserPassword: string,
): Promise<void> {
  await mkdir(dataFolder, { mode: 0o700 });
  await giveTo(program.account, dataFolder);
  const passwordFile = `${dataFolder}.password`;
  await writeFile(passwordFile, `${superuserPassword}\n`, { mode: SECRET_MODE });
  await giveTo(program.account, passwordFile);
  try {
    await runTool({
      command: join(program.bin, 'initdb'),
      args: [
        ...['--pgdata', dataFolder, '--username', SUPERUSER, '--pwfile', passwordFile],
        ...[
          '--auth',
          'scram-sha-256',
          '--encoding',
          'UTF8',
          '--wal-segsize',
          '4',
          '--no-sync',
          '--no-instructions',
        ],
        // The provider that is built in needs nothing of the machine's own locales.
        ...['--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8', '--locale', 'C'],
      ],
      failure: 'The lab’s PostgreSQL could not be initialised',
      next: 'if a library is missing, run `npm run build` (it completes the PostgreSQL package) and start again.',
      cwd: '/',
      env: plainEnvironment({ LC_ALL: 'C' }),
      user: program.account,
    });
  } finally {
    await rm(passwordFile, { force: true });
  }
  await appendFile(join(dataFolder, 'postgresql.conf'), SETTINGS);
  await writeFile(join(dataFolder, 'pg_hba.conf'), HOST_RULES);
}

/** An address beside 127.0.0.1 at which the database takes connections, and from where: `10.88.0.1`, `10.88.0.0/24`. */
export interface AlsoListen {
  readonly address: string;
  readonly from: string;
}

/**
 * Opens a stopped cluster to clients on another network of this machine, such as the pods of a test cluster. Written
 * into its files, so that it holds after every later start too; an address that is gone by then is only a warning.
 */
export async function alsoListenOn(dataFolder: string, { address, from }: AlsoListen): Promise<void> {
  const rules = join(dataFolder, 'pg_hba.conf');
  const rule = `host all all ${from} scram-sha-256\n`;
  if (!(await readFile(rules, 'utf8')).includes(rule)) await appendFile(rules, rule);
  // The last line of a setting wins.
  const line = `listen_addresses = '127.0.0.1,${address}'\n`;
  const settings = join(dataFolder, 'postgresql.conf');
  if (!(await readFile(settings, 'utf8')).endsWith(line)) await appendFile(settings, line);
}

/** Brings a stopped cluster safely to the disk, which its making left out for speed. */
export async function syncCluster(program: PostgresProgram, dataFolder: string): Promise<void> {
  await runTool({
    command: join(program.bin, 'initdb'),
    args: ['--sync-only', '--pgdata', dataFolder],
    failure: 'The lab’s database template could not be written to the disk',
    next: 'look for disk errors or a full disk.',
    cwd: '/',
    env: plainEnvironment({ LC_ALL: 'C' }),
    user: program.account,
  });
}

/** Copies a stopped cluster, sharing its blocks where the file system can. */
export async function copyCluster(from: string, to: string): Promise<void> {
  await runTool({
    command: 'cp',
    args: ['-a', '--reflink=auto', from, to],
    failure: `The database could not be copied to ${to}`,
    next: 'make room on that disk.',
  });
  await chmod(to, 0o700);
}
