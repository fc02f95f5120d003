import { access, constants } from 'node:fs/promises';
import type { EnvFileTargetSettings } from '../../../environment/settings.js';
import { isSilentlyFalse } from '../../../procedure/flags.js';
import { textOf } from '../../support/failure.js';
import type { AccessCheck, AccessFinding } from '../target.js';
import { standingsOf } from './env-file-text.js';
import { readEnvFile, writeObstacle } from './env-file.js';
import { settledStatus } from './supervisor.js';

/** What method D needs: the supervisor's program, the env file with clear lines, the log. None of them changes anything. */
export function envFileAccessChecks(settings: EnvFileTargetSettings): readonly AccessCheck[] {
  return [
    {
      id: 'supervisor-program',
      title: 'The supervisor answers and its program runs',
      seed: '§3.1 Kubernetes Access (method D: supervisor)',
      run: (signal) => programRuns(settings, signal),
    },
    {
      id: 'env-file',
      title: 'The env file can be read and replaced',
      seed: '§2 Method D',
      run: () => envFileWritable(settings),
    },
    {
      id: 'env-file-lines',
      title: "The four variables' lines in the env file are unambiguous",
      seed: '§1',
      run: () => linesAreClear(settings),
    },
    {
      id: 'log-file',
      title: "The target's log can be read",
      seed: '§5.2',
      run: () => logReadable(settings),
    },
  ];
}

async function programRuns(settings: EnvFileTargetSettings, signal: AbortSignal): Promise<AccessFinding> {
  const { program } = settings.supervisor;
  const status = await settledStatus(settings.supervisor, signal);
  return {
    ok: status.state === 'RUNNING',
    detail: `${program} is ${status.state} ${status.description}`.trim(),
    advice: `Look at ${settings.log.file}, mend the cause and start ${program}; a run never begins on a program that does not run.`,
  };
}

async function envFileWritable(settings: EnvFileTargetSettings): Promise<AccessFinding> {
  const file = await readEnvFile(settings.envFile);
  const obstacle = await writeObstacle(settings.envFile);
  return {
    ok: obstacle === null,
    detail: obstacle ?? `${file.path}, ${String(file.text.length)} bytes`,
    advice:
      "Give the worker's user the file and write permission on its folder (the file is replaced in one step).",
  };
}

async function linesAreClear(settings: EnvFileTargetSettings): Promise<AccessFinding> {
  const file = await readEnvFile(settings.envFile);
  const standings = standingsOf(file.text);
  const problems = standings.flatMap(({ name, lines, unclear, value }) => [
    ...(lines.length > 1 ? [`${name} stands twice or more, in lines ${lines.join(', ')}`] : []),
    ...(unclear.length > 0 ? [`${name} is written in an unclear way in line ${unclear.join(', ')}`] : []),
    ...(isSilentlyFalse(value)
      ? [
          `${name}=${value ?? ''} in line ${lines.join(', ')} looks like true, but the application reads it as False`,
        ]
      : []),
  ]);
  const found = standings.map(
    ({ name, lines, value }) =>
      `${name} ${value === null ? 'absent' : `= ${value} (line ${lines.join(', ')})`}`,
  );
  return {
    ok: problems.length === 0,
    detail: `${file.path}: ${problems.length > 0 ? problems.join('; ') : found.join(', ')}`,
    advice: 'Leave one line a variable, with exactly true or false.',
  };
}

async function logReadable(settings: EnvFileTargetSettings): Promise<AccessFinding> {
  const { file } = settings.log;
  const advice = "Correct target.log.file, or give the worker's user permission to read it.";
  try {
    await access(file, constants.R_OK);
    return { ok: true, detail: file, advice };
  } catch (error) {
    return { ok: false, detail: textOf(error), advice };
  }
}
