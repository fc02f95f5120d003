import { randomBytes } from 'node:crypto';
import { WorkflowFailedError } from '@temporalio/client';
import type { Call } from '../cli.js';
import { EXIT } from '../exit-codes.js';
import { TASK_QUEUE } from '../../workflows/messages.js';
import type { Session } from '../temporal/session.js';
import { livePollers } from '../temporal/task-queue.js';
import { patiently } from '../terminal/patiently.js';
import { pause } from '../terminal/pause.js';
import { stamp } from '../terminal/time.js';
import { Interrupted, UserError } from '../user-error.js';
import { failedTasks } from './find.js';
import { brokenTask } from './found-run.js';

/** A read-only workflow is given up after so long when no worker is there that can do it. */
const GIVE_UP_MS = 60_000;

export interface ShortWorkflow {
  readonly type: string;
  /** Beginning of its workflow id; time and a random part follow. */
  readonly idPrefix: string;
  readonly taskQueue: string;
  readonly input: unknown;
  readonly summary: string;
  /** What the worker does meanwhile, e.g. `the worker makes its checks`. */
  readonly doing: string;
}

/**
 * Starts a workflow that only reads, waits for its result and returns it unparsed. Given up without a worker, on
 * Ctrl-C and after fifteen minutes; nothing stays behind then.
 */
export async function readByWorkflow(call: Call, session: Session, work: ShortWorkflow): Promise<unknown> {
  const handle = await session.client.workflow.start(work.type, {
    workflowId: `${work.idPrefix}-${stamp(call.cli.io.now())}-${randomBytes(2).toString('hex')}`,
    taskQueue: work.taskQueue,
    args: [work.input],
    workflowExecutionTimeout: '15m',
    staticSummary: work.summary,
  });
  const done = new AbortController();
  const watch = { text: `waiting for a worker on task queue ${work.taskQueue}` };
  try {
    const result: Promise<unknown> = handle.result();
    const guard = workerOrGiveUp(session, work, { id: handle.workflowId, watch, signal: done.signal });
    return await patiently(Promise.race([result, guard]), {
      output: call.output,
      interrupted: call.cli.io.interrupted,
      text: () => watch.text,
      onInterrupt: () => new Interrupted('Interrupted; nothing was changed.'),
    });
  } catch (error) {
    if (error instanceof WorkflowFailedError) {
      throw new UserError(`${work.summary} failed: ${innermost(error)}`, { exitCode: EXIT.failed });
    }
    await handle.terminate('the command that asked for it went away').catch(() => undefined);
    throw error;
  } finally {
    done.abort();
  }
}

/** Says what the wait is for, and ends it with an error when no worker comes or the one there cannot do it. */
async function workerOrGiveUp(
  session: Session,
  work: ShortWorkflow,
  of: { readonly id: string; readonly watch: { text: string }; readonly signal: AbortSignal },
): Promise<never> {
  const began = Date.now();
  while (!of.signal.aborted) {
    const [pollers, failed] = await Promise.all([
      livePollers(session, { taskQueue: work.taskQueue, kind: 'workflow', now: new Date() }).catch(
        () => null,
      ),
      session.client.workflow
        .getHandle(of.id)
        .describe()
        .then(failedTasks, () => 0),
    ]);
    const broken = brokenTask(failed);
    const alone = pollers?.length === 0;
    of.watch.text = alone
      ? `waiting for a worker on task queue ${work.taskQueue}`
      : broken !== null
        ? 'waiting for a worker that can do it'
        : work.doing;
    const late = Date.now() - began > GIVE_UP_MS;
    if (late && alone) throw noWorker(session, work.taskQueue);
    if (late && broken !== null)
      throw new UserError(`${work.summary} was given up: ${broken}`, { exitCode: EXIT.failed });
    await pause(2000, of.signal);
  }
  return new Promise<never>(() => undefined);
}

function noWorker(session: Session, taskQueue: string): UserError {
  const option = taskQueue === TASK_QUEUE ? '' : ` --task-queue ${taskQueue}`;
  return new UserError(`No worker takes work from task queue "${taskQueue}".`, {
    exitCode: EXIT.failed,
    next: `Start one on the machine that has the environment files: ${session.settings.command} worker${option}`,
  });
}

/** The message of the failure at the bottom: the ones above only say that an activity or a workflow failed. */
export function innermost(error: Error): string {
  let inner: Error = error;
  while (inner.cause instanceof Error) inner = inner.cause;
  return inner.message;
}
