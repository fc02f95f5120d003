import { CommanderError } from 'commander';
import type { Cli } from './cli.js';
import { EXIT } from './exit-codes.js';
import { createProgram } from './program.js';
import { explain } from './temporal/failures.js';
import { programName } from './temporal/settings.js';
import { printable } from './terminal/printable.js';

/** Runs one command line (without node and program name) and returns its exit code. Never throws. */
export async function runCli(argv: readonly string[], cli: Cli): Promise<number> {
  let exitCode: number = EXIT.ok;
  const program = createProgram(cli, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) {
      // Commander has said it already; only help and version end with 0.
      if (error.exitCode === 0) return EXIT.ok;
      return fail(argv, cli, { message: error.message, next: null, exitCode: EXIT.usage, said: true });
    }
    if (cli.io.env['READINESS_DEBUG'] === '1' && error instanceof Error)
      cli.io.err(`${error.stack ?? error.message}\n`);
    const known = explain(error, { command: programName(cli.io.env) });
    return fail(argv, cli, {
      message: known.message,
      next: known.next,
      exitCode: known.exitCode,
      said: false,
    });
  }
}

function fail(
  argv: readonly string[],
  cli: Cli,
  problem: {
    readonly message: string;
    readonly next: string | null;
    readonly exitCode: number;
    readonly said: boolean;
  },
): number {
  if (!problem.said) {
    cli.io.err(`${printable(problem.message)}\n`);
    if (problem.next !== null) cli.io.err(`→ ${printable(problem.next)}\n`);
  }
  if (argv.includes('--json')) {
    const { message, next, exitCode } = problem;
    cli.io.out(`${JSON.stringify({ ok: false, error: { message, next }, exitCode }, null, 2)}\n`);
  }
  return problem.exitCode;
}
