import { ApplicationFailure, setDefaultSignalHandler, setHandler } from '@temporalio/workflow';
import {
  COMMAND_DESCRIPTIONS,
  COMMANDS,
  judgeCommand,
  type CommandName,
  type Effect,
} from '../../procedure/commands.js';
import { commandSignal, commandUpdate, statusQuery } from '../messages.js';
import type { Run } from './run.js';

const KEPT = 100;

/** Called with every command that has an effect. */
export type OnCommand = (effect: Effect, by: string, reason: string | null) => void;

/**
 * Installs the query and every command, each as update and as signal. Both ask the same judge. To be called before the
 * first `await`, so that no command meets a run without handlers.
 */
export function installCommands(run: Run, onCommand: OnCommand): void {
  setHandler(statusQuery, () => run.status(), { description: 'Everything that the page shows, as JSON' });
  for (const name of COMMANDS) {
    const description = COMMAND_DESCRIPTIONS[name];
    setHandler(
      commandUpdate(name),
      (payload: unknown) => obey(run, onCommand, { name, payload, via: 'update' }),
      {
        description,
        validator: (payload: unknown) => {
          const judgement = judgeCommand(name, payload, run.commandState());
          if (!judgement.accepted) throw refusal(judgement.message);
        },
      },
    );
    setHandler(
      commandSignal(name),
      (payload: unknown) => {
        obey(run, onCommand, { name, payload, via: 'signal' });
      },
      { description },
    );
  }
  setDefaultSignalHandler((name) => {
    keep(run, {
      name: name.slice(0, 100),
      via: 'signal',
      by: null,
      accepted: false,
      message: `There is no command of this name; known are ${COMMANDS.join(', ')}.`,
    });
  });
}

interface Told {
  readonly name: CommandName;
  readonly payload: unknown;
  readonly via: 'update' | 'signal';
}

function obey(run: Run, onCommand: OnCommand, { name, payload, via }: Told): string {
  const judgement = judgeCommand(name, payload, run.commandState());
  keep(run, { name, via, by: judgement.by, accepted: judgement.accepted, message: judgement.message });
  if (!judgement.accepted) {
    // The state can have changed between the validator and here.
    if (via === 'update') throw refusal(judgement.message);
    return judgement.message;
  }
  if (judgement.effect !== null) onCommand(judgement.effect, judgement.by, judgement.reason);
  return judgement.message;
}

function keep(run: Run, entry: Omit<Run['commands'][number], 'at'>): void {
  run.commands = [...run.commands, { ...entry, at: run.now() }].slice(-KEPT);
  run.say(entry.accepted ? entry.message : `Command ${entry.name} had no effect: ${entry.message}`);
  run.show();
}

/** A refusal that the Temporal UI shows without a stack trace of ours below it. */
function refusal(message: string): ApplicationFailure {
  const failure = ApplicationFailure.create({ type: 'CommandRefused', message, nonRetryable: true });
  failure.stack = '';
  return failure;
}
