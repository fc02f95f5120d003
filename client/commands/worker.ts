import { resolve } from 'node:path';
import { handle, type Registry } from '../cli.js';
import { EXIT } from '../exit-codes.js';
import { environmentsFolderOf } from '../environments-folder.js';
import { addTaskQueue, taskQueueOf } from '../shared-options.js';
import { resolveSettings } from '../temporal/settings.js';
import { printable } from '../terminal/printable.js';
import { UserError } from '../user-error.js';

/** `readiness worker`: the process that does the work of runs. Ends on SIGTERM or Ctrl-C when its steps are done. */
export function addWorker(registry: Registry): void {
  const command = addTaskQueue(
    registry.program.command('worker').description('do the work of runs, until stopped'),
  ).option(
    '--environments <folder>',
    'folder of the environment files (READINESS_ENVIRONMENTS_DIR; default: environments)',
  );
  handle(command, registry, async (call) => {
    const settings = resolveSettings(call.options, call.cli.io.env);
    // Loaded here only: every other command starts without the native parts of a worker.
    const { runWorker, sweepEveryMs } = await import('../../worker/run.js').catch((error: unknown) => {
      throw new UserError(
        `The worker cannot be loaded: ${error instanceof Error ? error.message : String(error)}`,
        {
          exitCode: EXIT.failed,
          next: 'Is the product built and installed whole (npm ci, npm run build)?',
        },
      );
    });
    const worker = {
      connection: settings.connection,
      address: settings.address,
      namespace: settings.namespace,
      taskQueue: taskQueueOf(call),
      sweepEveryMs: sweepEveryMs(call.cli.io.env),
      environments: resolve(call.cli.io.cwd, environmentsFolderOf(call)),
    };
    try {
      await runWorker(worker, (line) => {
        call.output.line(printable(line));
      });
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'WorkerProblem') throw error;
      throw new UserError(error.message, { exitCode: EXIT.unreachable });
    }
    call.output.document({ ok: true, stopped: true });
    return EXIT.ok;
  });
}
