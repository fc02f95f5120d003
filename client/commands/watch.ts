import { handle, withSession, type Registry } from '../cli.js';
import { runToLookAt } from '../runs/find.js';
import { watchRun } from '../runs/watch-run.js';
import { addRunChoice, runChoice } from '../shared-options.js';

/** `readiness watch`: follows a run to its end. The exit code tells how it ended. */
export function addWatch(registry: Registry): void {
  const command = addRunChoice(
    registry.program.command('watch').description('follow a run until it ends'),
    'the newest one',
  );
  handle(command, registry, (call) =>
    withSession(call, async (session) => {
      const run = await runToLookAt(session, runChoice(call));
      const page = session.links.run(run.workflowId, run.runId);
      call.output.note(`Watching ${run.workflowId}${page === null ? '' : `  ${page}`}`);
      return watchRun(call, session, run);
    }),
  );
}
