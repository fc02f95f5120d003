import { ApplicationFailure, WorkflowFailedError } from '@temporalio/client';
import type { RollbackRecord } from '../../procedure/run-record.js';
import { TASK_QUEUE, WORKFLOW, type RollbackWorkflowInput } from '../../workflows/messages.js';
import { handle, withSession, type Call, type Registry } from '../cli.js';
import { EXIT } from '../exit-codes.js';
import { renderRollback } from '../render/end.js';
import { environmentName } from '../runs/find.js';
import { lastGuardianEnd, readRollback, type GuardianEnd } from '../runs/guardian.js';
import { innermost } from '../runs/short-workflow.js';
import { addTaskQueue, taskQueueOf, whoOf } from '../shared-options.js';
import { addOrderOptions, order } from '../steering/order.js';
import type { Session } from '../temporal/session.js';
import { livePollers } from '../temporal/task-queue.js';
import { patiently } from '../terminal/patiently.js';
import { printable, printableDeep } from '../terminal/printable.js';
import { stamp } from '../terminal/time.js';
import { Interrupted, UserError } from '../user-error.js';

/** `readiness rollback`: stops a run and puts everything back; with `--environment` alone also where no run is left. */
export function addRollback(registry: Registry): void {
  const command = addTaskQueue(
    addOrderOptions(
      registry.program.command('rollback').description('stop and put everything back, now'),
      'why; it stands in the evidence',
    ),
  ).addHelpText(
    'after',
    '\nWith --environment and no run: rolls the environment back by a workflow of its own, run or no run, and waits for it.',
  );
  handle(command, registry, (call) => {
    const environment = call.options.text('environment');
    return call.args[0] === undefined && environment !== undefined
      ? rollBackEnvironment(call, environmentName(environment))
      : order(call, 'rollback');
  });
}

async function rollBackEnvironment(call: Call, environment: string): Promise<number> {
  const { by, reason } = whoOf(call);
  return withSession(call, async (session) => {
    const { output, cli } = call;
    const taskQueue = taskQueueOf(call);
    const workflowId = `rollback-${environment}-${stamp(cli.io.now())}`;
    const input: RollbackWorkflowInput = { environment, by, reason: reason ?? 'no reason given' };
    const started = await session.client.workflow.start(WORKFLOW.rollback, {
      workflowId,
      taskQueue,
      args: [input],
      staticSummary: `Rollback of ${environment}, ordered by ${by.slice(0, 100)}`,
    });
    const page = session.links.run(workflowId, started.firstExecutionRunId);
    output.note(`Rolling back ${environment}: ${workflowId}${page === null ? '' : `  ${page}`}`);
    const alone = await hasNoWorker(session, taskQueue);
    if (alone)
      output.note(
        `No worker takes work from task queue "${taskQueue}". Temporal keeps the order; start one now: ${session.settings.command} worker${taskQueue === TASK_QUEUE ? '' : ` --task-queue ${taskQueue}`}`,
      );
    const rollback = await patiently(outcomeOf(session, environment, started.result()), {
      output,
      interrupted: cli.io.interrupted,
      text: () => 'rolling back',
      onInterrupt: () =>
        new Interrupted(
          `Interrupted. The rollback ${workflowId} goes on.`,
          page === null ? `See it: temporal workflow show --workflow-id ${workflowId}` : `See it: ${page}`,
        ),
    });
    output.line(printable(rollback.remark));
    if (rollback.record !== null)
      output.line(...renderRollback(printableDeep(rollback.record), output.paint));
    output.document({
      workflowId,
      runId: started.firstExecutionRunId,
      environment,
      page,
      rollback: rollback.record,
      remark: rollback.remark,
      exitCode: rollback.exitCode,
    });
    return rollback.exitCode;
  });
}

async function hasNoWorker(session: Session, taskQueue: string): Promise<boolean> {
  const pollers = await livePollers(session, { taskQueue, kind: 'workflow', now: new Date() }).catch(
    () => null,
  );
  return pollers?.length === 0;
}

interface RollbackOutcome {
  readonly record: RollbackRecord | null;
  readonly remark: string;
  readonly exitCode: number;
}

/** How the workflow ended. Where a run's guardian did the work, the record is the guardian's. */
async function outcomeOf(
  session: Session,
  environment: string,
  result: Promise<unknown>,
): Promise<RollbackOutcome> {
  let answer: { readonly record: RollbackRecord | null; readonly remark: string };
  try {
    const value = await result;
    answer = { record: readRollback(value), remark: detailOf(value) ?? 'Nothing had to be put back.' };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const record = error.cause instanceof ApplicationFailure ? readRollback(error.cause.details?.[0]) : null;
    if (record === null) throw failed(environment, error);
    answer = { record, remark: innermost(error) };
  }
  const end: GuardianEnd =
    answer.record === null
      ? await lastGuardianEnd(session, environment)
      : { known: true, rollback: answer.record };
  if (!end.known) {
    const remark = `${answer.remark}\nWhether the flags are off and verified is not known here: ${end.why}.`;
    return { record: null, remark, exitCode: EXIT.failed };
  }
  const exitCode = end.rollback?.complete === false ? EXIT.rollbackIncomplete : EXIT.ok;
  return { record: end.rollback, remark: answer.remark, exitCode };
}

function detailOf(value: unknown): string | null {
  return typeof value === 'object' && value !== null && 'detail' in value && typeof value.detail === 'string'
    ? value.detail
    : null;
}

function failed(environment: string, error: WorkflowFailedError): UserError {
  const refused = error.cause instanceof ApplicationFailure && error.cause.type === 'REFUSED';
  return new UserError(
    `The rollback of ${environment} ${refused ? 'was refused' : 'failed'}: ${innermost(error)}`,
    {
      exitCode: refused ? EXIT.usage : EXIT.failed,
      next: 'The target may still be changed: read its flags, mend what is named above, and call this again.',
    },
  );
}
