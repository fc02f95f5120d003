import type { Command } from 'commander';
import { Options } from './options.js';
import { explain } from './temporal/failures.js';
import type { Session } from './temporal/session.js';
import { resolveSettings, type TemporalSettings } from './temporal/settings.js';
import type { Io } from './terminal/io.js';
import { Output } from './terminal/output.js';
import { patiently } from './terminal/patiently.js';
import { Interrupted } from './user-error.js';

/** The program's surroundings, made once in main.ts and replaced in tests. */
export interface Cli {
  readonly io: Io;
  readonly version: string;
  readonly open: (settings: TemporalSettings) => Promise<Session>;
}

/** One invocation of one command. */
export interface Call {
  readonly cli: Cli;
  /** What was typed after the command that is no option. */
  readonly args: readonly string[];
  readonly options: Options;
  readonly output: Output;
}

/** Commands report the exit code by this. */
export type Report = (exitCode: number) => void;

/** What every command file gets to hang its command on. */
export interface Registry {
  readonly program: Command;
  readonly cli: Cli;
  readonly report: Report;
}

/** Gives a command its work: the handler's number becomes the exit code. */
export function handle(command: Command, registry: Registry, handler: (call: Call) => Promise<number>): void {
  command.action(async () => {
    const options = new Options(command.optsWithGlobals());
    const output = new Output(registry.cli.io, options.flag('json'));
    try {
      registry.report(await handler({ cli: registry.cli, args: command.args, options, output }));
    } finally {
      output.clear();
    }
  });
}

/** Connects, does the work and closes; every failure leaves as a message for people that knows the address. */
export async function withSession(call: Call, work: (session: Session) => Promise<number>): Promise<number> {
  const settings = resolveSettings(call.options, call.cli.io.env);
  const session = await patiently(call.cli.open(settings), {
    output: call.output,
    interrupted: call.cli.io.interrupted,
    text: () => `connecting to Temporal at ${settings.address}`,
    onInterrupt: () => new Interrupted('Interrupted before anything was done.'),
  });
  try {
    return await work(session);
  } catch (error) {
    if (call.cli.io.env['READINESS_DEBUG'] === '1' && error instanceof Error)
      call.output.note(error.stack ?? error.message);
    throw explain(error, { address: settings.address, command: settings.command });
  } finally {
    await session.close();
  }
}
