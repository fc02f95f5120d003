import { Command, CommanderError } from 'commander';

import { listFaultsCommand, resetCommand, statusCommand, stopCommand } from './commands.js';
import { LabError, messageOf } from './lab-error.js';
import { defaultLabFolder, requireSupportedPlatform } from './project.js';
import { startCommand } from './start-command.js';

/** The command line of `npm run lab`. */
async function main(): Promise<number> {
  let exitCode = 0;
  const program = new Command('npm run lab --')
    .description('A local staging: Temporal, PostgreSQL, the sample application, and a worker.')
    .option('--folder <path>', 'where the lab keeps everything', defaultLabFolder())
    .showHelpAfterError()
    .exitOverride();
  const folder = (): string => String(program.opts()['folder']);
  program
    .command('start', { isDefault: true })
    .description('start everything, print the addresses, and keep it running until Ctrl-C')
    .option('--fresh', 'forget the database, the runs and the settings of earlier starts')
    .action(async (options: { fresh?: boolean }) => {
      exitCode = await startCommand(folder(), options.fresh === true);
    });
  program
    .command('stop')
    .description('end a lab that runs in another terminal, or what a crash has left of it')
    .action(async () => {
      await stopCommand(folder());
    });
  program
    .command('status')
    .description('show what runs where (exit code 3 when the lab is not up)')
    .action(async () => {
      exitCode = await statusCommand(folder());
    });
  program
    .command('faults')
    .argument('[fault...]', 'NAME or NAME:ARGUMENT, several work together; `none` switches all off')
    .description('list the faults of the sample application, or switch them on and off')
    .action(async (faults: string[]) => {
      await listFaultsCommand(folder(), faults);
    });
  program
    .command('reset')
    .description('end the lab and forget its database, runs and settings; the next start is like the first')
    .action(async () => {
      await resetCommand(folder());
    });
  requireSupportedPlatform();
  await program.parseAsync();
  return exitCode;
}

try {
  process.exitCode = await main();
} catch (error) {
  // The parser has printed its own message or the help that was asked for.
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else {
    process.stderr.write(`${messageOf(error)}\n`);
    process.exitCode = error instanceof LabError ? error.exitCode : 1;
  }
}
