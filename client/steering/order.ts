import type { Command } from 'commander';
import type { CommandName } from '../../procedure/commands.js';
import { withSession, type Call } from '../cli.js';
import { addRunChoice, addWho, runChoice, whoOf } from '../shared-options.js';
import { runToSteer } from '../runs/find.js';
import { sendCommand } from './send-command.js';

/** The options of the commands that are no decision at a gate. */
export function addOrderOptions(command: Command, reason: string): Command {
  addRunChoice(command, 'the only open one').option(
    '--signal',
    'send a signal: kept by Temporal until a worker returns, without an answer',
  );
  return addWho(command, reason);
}

/** Sends a command that takes a name and a reason, and what `extra` adds. */
export async function order(
  call: Call,
  name: Exclude<CommandName, 'approve' | 'reject'>,
  extra: Readonly<Record<string, string>> = {},
): Promise<number> {
  const { by, reason } = whoOf(call);
  return withSession(call, async (session) => {
    const run = await runToSteer(session, runChoice(call));
    const payload = { ...extra, by, ...(reason === undefined ? {} : { reason }) };
    return sendCommand(call, session, { name, run, payload, asSignal: call.options.flag('signal') });
  });
}
