import { handle, withSession, type Registry } from '../cli.js';
import { EXIT } from '../exit-codes.js';
import { renderKnown } from '../render/known.js';
import { renderStatus } from '../render/status.js';
import { askStatus } from '../runs/ask-status.js';
import { endOfRun } from '../runs/end-of-run.js';
import { brokenTask } from '../runs/found-run.js';
import { runToLookAt } from '../runs/find.js';
import { printEnd } from '../runs/watch-run.js';
import { patiently } from '../terminal/patiently.js';
import { printable, printableDeep } from '../terminal/printable.js';
import { addRunChoice, runChoice } from '../shared-options.js';
import { Interrupted } from '../user-error.js';

/** `readiness status`: how a run stands now. Always 0 when it could be told, however the run goes. */
export function addStatus(registry: Registry): void {
  const command = addRunChoice(
    registry.program.command('status').description('show how a run stands'),
    'the newest one',
  );
  handle(command, registry, (call) =>
    withSession(call, async (session) => {
      const { output, cli } = call;
      const run = await runToLookAt(session, runChoice(call));
      const page = session.links.run(run.workflowId, run.runId);
      const wait = <T>(work: Promise<T>, text: string): Promise<T> =>
        patiently(work, {
          output,
          interrupted: cli.io.interrupted,
          text: () => text,
          onInterrupt: () => new Interrupted('Interrupted.'),
        });
      if (!run.open) {
        printEnd(
          call,
          session,
          await wait(
            endOfRun(session, run, () => undefined),
            'reading how the run ended',
          ),
        );
        return EXIT.ok;
      }
      const answer = await wait(askStatus(session, run), 'waiting for a worker');
      if (answer.kind === 'status') {
        const context = { paint: output.paint, now: cli.io.now(), command: session.settings.command, page };
        output.line(...renderStatus(printableDeep(answer.status), context));
        output.document({ ...run, page, answeredByWorker: true, status: answer.status });
        return EXIT.ok;
      }
      const broken = brokenTask(run.failedTasks);
      output.note(
        `No answer: ${broken ?? printable(answer.detail)}. This is what Temporal itself knows:`,
        '',
      );
      output.line(...renderKnown(printableDeep(run), page, output.paint));
      output.note(
        '',
        `→ The run is kept and goes on when a worker returns: ${session.settings.command} worker`,
      );
      output.document({ ...run, page, answeredByWorker: false, status: null });
      return EXIT.ok;
    }),
  );
}
