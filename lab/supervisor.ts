import { join } from 'node:path';

import { execa } from 'execa';

import { applicationEnvironment } from './application.js';
import { SECRET_MODE, writeFileAtomic } from './files.js';
import { messageOf } from './lab-error.js';
import { targetFolder } from './project.js';
import type { PythonHome } from './python.js';
import { runTool } from './tools.js';

/** The program's name, as the seed's method D restarts it. */
export const PROGRAM = 'deltacrown-web';

/** What stands in the supervisor's configuration. */
export interface SupervisorSettings {
  readonly webFolder: string;
  readonly port: number;
  readonly password: string;
  readonly python: PythonHome;
  /** Variables of the program that are no settings of the application, so not in its env file. */
  readonly programEnvironment: Readonly<Record<string, string>>;
}

/** The supervisor's configuration file. */
export function supervisorConfigFile(webFolder: string): string {
  return join(webFolder, 'supervisord.conf');
}

/** The log of the program: what the product follows. */
export function webLogFile(webFolder: string): string {
  return join(webFolder, 'logs', `${PROGRAM}.log`);
}

/** Writes the configuration of a supervisor that runs the web application and takes orders on 127.0.0.1. */
export async function writeSupervisorConfig(settings: SupervisorSettings): Promise<void> {
  const { webFolder, port, password } = settings;
  const environment = Object.entries(settings.programEnvironment)
    .map(([name, value]) => `${name}=${quoted(value)}`)
    .join(',');
  const text = `; Written by the lab at every start. It holds a password: keep its mode.
[supervisord]
logfile=${plain(join(webFolder, 'logs', 'supervisord.log'))}
pidfile=${plain(join(webFolder, 'supervisord.pid'))}
childlogdir=${plain(join(webFolder, 'logs'))}
nodaemon=true
silent=true
${process.getuid?.() === 0 ? 'user=root\n' : ''}
[inet_http_server]
port=127.0.0.1:${port}
username=lab
password=${password}

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface

[supervisorctl]
serverurl=http://127.0.0.1:${port}
username=lab
password=${password}

[program:${PROGRAM}]
command=/bin/sh ${quoted(join(targetFolder(), 'run-web.sh'))}
directory=${plain(targetFolder())}
environment=${environment}
autostart=true
autorestart=true
startsecs=2
startretries=2
stopasgroup=true
killasgroup=true
stopwaitsecs=10
stdout_logfile=${plain(webLogFile(webFolder))}
stdout_logfile_maxbytes=50MB
stdout_logfile_backups=3
redirect_stderr=true
`;
  await writeFileAtomic(supervisorConfigFile(webFolder), text, SECRET_MODE);
}

/** Command line and environment of the supervisor itself. */
export function supervisorCommand(
  python: PythonHome,
  webFolder: string,
): { command: string; args: string[] } {
  return { command: join(python.bin, 'supervisord'), args: ['-n', '-c', supervisorConfigFile(webFolder)] };
}

/** Restarts the program, as an operator would; returns when the supervisor calls it running. */
export async function restartProgram(python: PythonHome, webFolder: string): Promise<void> {
  await runTool({
    command: join(python.bin, 'supervisorctl'),
    args: ['-c', supervisorConfigFile(webFolder), 'restart', PROGRAM],
    env: applicationEnvironment(python),
    failure: `The program ${PROGRAM} could not be restarted`,
    next: `look at ${webLogFile(webFolder)}; \`npm run lab -- faults none\` switches faults off.`,
    timeoutMs: 60_000,
  });
}

/** The pid of the program's first process, or undefined when it does not run. */
export async function programPid(python: PythonHome, webFolder: string): Promise<number | undefined> {
  const result = await execa(
    join(python.bin, 'supervisorctl'),
    ['-c', supervisorConfigFile(webFolder), 'pid', PROGRAM],
    { reject: false, stdin: 'ignore', timeout: 20_000 },
  ).catch((error: unknown) => ({ stdout: messageOf(error) }));
  const pid = Number(String(result.stdout).trim());
  return Number.isInteger(pid) && pid > 0 ? pid : undefined;
}

/** The supervisor expands `%(name)s` everywhere. */
function plain(value: string): string {
  return value.replaceAll('%', '%%');
}

function quoted(value: string): string {
  return `"${plain(value).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
