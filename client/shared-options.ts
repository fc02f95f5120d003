import type { Command } from 'commander';
import { TASK_QUEUE } from '../workflows/messages.js';
import type { Call } from './cli.js';
import { usageError } from './user-error.js';

/** `[run]` and `--environment`: which run a command is about. */
export function addRunChoice(command: Command, what: string): Command {
  return command
    .argument('[run]', `workflow id of the run; without it: ${what}`)
    .option('--environment <name>', 'only runs of this environment');
}

export function runChoice(call: Call): {
  readonly id: string | undefined;
  readonly environment: string | undefined;
} {
  return { id: call.args[0], environment: call.options.text('environment') };
}

export function addTaskQueue(command: Command): Command {
  return command.option(
    '--task-queue <name>',
    `task queue of the workers (READINESS_TASK_QUEUE; default: ${TASK_QUEUE})`,
  );
}

export const taskQueueOf = (call: Call): string =>
  call.options.text('taskQueue') ?? (call.cli.io.env['READINESS_TASK_QUEUE']?.trim() || TASK_QUEUE);

export function addWho(command: Command, reason: string): Command {
  return command
    .option('--by <name>', 'your name; it stands in the evidence (READINESS_BY)')
    .option('--reason <text>', reason);
}

/** Who sends a command: a name has to be given, the computer's user name proves nothing. */
export function whoOf(call: Call): { readonly by: string; readonly reason: string | undefined } {
  const by = call.options.text('by') ?? call.cli.io.env['READINESS_BY']?.trim();
  if (by === undefined || by === '') {
    throw usageError(
      '--by is missing: who decides? The name stands in the evidence.',
      'Give --by NAME, or set READINESS_BY.',
    );
  }
  return { by, reason: call.options.text('reason') };
}
