import { WorkflowIdConflictPolicy } from '@temporalio/client';
import type { RunInput } from '../../procedure/input.js';
import { WORKFLOW } from '../../workflows/messages.js';
import { handle, withSession, type Call, type Registry } from '../cli.js';
import { EXIT } from '../exit-codes.js';
import { describeRun } from '../runs/find.js';
import { watchRun } from '../runs/watch-run.js';
import { addTaskQueue, taskQueueOf } from '../shared-options.js';
import { addInputOptions, readInput } from '../start-input.js';
import type { Session } from '../temporal/session.js';
import { livePollers } from '../temporal/task-queue.js';
import { stamp } from '../terminal/time.js';

/** `readiness start`: starts a run, tells where its page is and what to type next. */
export function addStart(registry: Registry): void {
  const command = addTaskQueue(addInputOptions(registry.program.command('start').description('start a run')))
    .option('--id <id>', 'workflow id of the run (default: readiness-<environment>-<UTC time>)')
    .option('--wait', 'follow the run until it ends; the exit code tells how');
  handle(command, registry, async (call) => {
    const { raw, input } = readInput(call);
    return withSession(call, (session) => start(call, session, { raw, input }));
  });
}

async function start(
  call: Call,
  session: Session,
  of: { readonly raw: Readonly<Record<string, unknown>>; readonly input: RunInput },
): Promise<number> {
  const { output, options } = call;
  const taskQueue = taskQueueOf(call);
  const workflowId = options.text('id') ?? `readiness-${of.input.environment}-${stamp(call.cli.io.now())}`;
  const handle = await session.client.workflow.start(WORKFLOW.run, {
    workflowId,
    taskQueue,
    args: [of.raw],
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.FAIL,
    staticSummary: `P5-T6 readiness of ${of.input.environment}${of.input.ticket === undefined ? '' : ` (${of.input.ticket})`}`,
  });
  const runId = handle.firstExecutionRunId;
  const page = session.links.run(workflowId, runId);
  output.line(`Started ${workflowId}`);
  if (page !== null) output.line(`Page:  ${page}`);
  await warnWithoutWorker(call, session, taskQueue);
  if (options.flag('wait')) return watchRun(call, session, await describeRun(session, workflowId, runId));
  const next = `${session.settings.command} watch ${workflowId}`;
  output.line(`Next:  ${next}`);
  output.document({ workflowId, runId, taskQueue, input: of.raw, page, next });
  return EXIT.ok;
}

async function warnWithoutWorker(call: Call, session: Session, taskQueue: string): Promise<void> {
  const pollers = await livePollers(session, { taskQueue, kind: 'workflow', now: call.cli.io.now() }).catch(
    () => null,
  );
  if (pollers?.length !== 0) return;
  call.output.note(
    `No worker takes work from task queue "${taskQueue}" yet; the run begins when one does: ${session.settings.command} worker`,
  );
}
