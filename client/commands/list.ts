import { handle, withSession, type Registry } from '../cli.js';
import { EXIT } from '../exit-codes.js';
import { listRuns, runQuery, type RunFilter } from '../runs/find.js';
import { printable } from '../terminal/printable.js';
import { renderTable } from '../terminal/table.js';
import { clock } from '../terminal/time.js';

/** `readiness list`: the runs that Temporal knows, newest first, and the same list in the Temporal UI. */
export function addList(registry: Registry): void {
  const command = registry.program
    .command('list')
    .description('list runs, newest first')
    .option('--environment <name>', 'only runs of this environment')
    .option('--open', 'only runs that go on')
    .option('--waiting', 'only runs that wait for a person')
    .option('--limit <number>', 'at most so many (default: 20)');
  handle(command, registry, (call) =>
    withSession(call, async (session) => {
      const filter: RunFilter = {
        environment: call.options.text('environment'),
        open: call.options.flag('open'),
        waiting: call.options.flag('waiting'),
      };
      const limit = call.options.integer('limit', { flag: '--limit', min: 1, max: 1000, fallback: 20 });
      const runs = await listRuns(session, filter, limit);
      const query = runQuery(filter);
      const link = session.links.list(query);
      call.output.document({
        query,
        link,
        runs: runs.map((run) => ({ ...run, page: session.links.run(run.workflowId, run.runId) })),
      });
      if (runs.length === 0) call.output.line('No run matches.');
      else {
        const rows = runs.map((run) =>
          [
            clock(run.startedAt),
            run.environment,
            run.closedAs,
            run.phase,
            run.verdict,
            run.outcome,
            run.waitingFor,
            run.workflowId,
          ].map((cell) => printable(cell ?? '-')),
        );
        const [head = '', ...body] = renderTable(
          ['STARTED', 'ENVIRONMENT', 'TEMPORAL', 'PHASE', 'VERDICT', 'OUTCOME', 'WAITING FOR', 'RUN'],
          rows,
        );
        call.output.line(call.output.paint.bold(head), ...body);
      }
      if (link !== null) call.output.note('', `In the Temporal UI: ${link}`);
      return EXIT.ok;
    }),
  );
}
