import type { WorkflowExecutionDescription } from '@temporalio/client';
import { INPUT_FIELDS } from '../../procedure/input.js';
import { SEARCH_ATTRIBUTE } from '../../procedure/search-attributes.js';
import { WORKFLOW } from '../../workflows/messages.js';
import type { Session } from '../temporal/session.js';
import { usageError } from '../user-error.js';
import { foundRun, type FoundRun } from './found-run.js';

export interface RunFilter {
  readonly environment?: string | undefined;
  readonly open?: boolean;
  readonly waiting?: boolean;
}

/** A name that can be an environment's; anything else is refused before it gets into a filter or a workflow id. */
export function environmentName(name: string): string {
  const field = INPUT_FIELDS['environment'];
  if (field?.kind === 'text' && (name.length > field.maxLength || field.pattern?.test(name) === false)) {
    throw usageError(
      `"${name}" cannot be the name of an environment.`,
      `It must be ${field.hint ?? 'a short name'}.`,
    );
  }
  return name;
}

/** The list filter of Temporal's visibility that finds these runs; the UI takes the same text. */
export function runQuery(filter: RunFilter): string {
  return [
    `WorkflowType="${WORKFLOW.run}"`,
    ...(filter.environment === undefined
      ? []
      : [`${SEARCH_ATTRIBUTE.environment}="${environmentName(filter.environment)}"`]),
    ...(filter.open === true || filter.waiting === true ? ['ExecutionStatus="Running"'] : []),
    ...(filter.waiting === true ? [`${SEARCH_ATTRIBUTE.waitingFor} != "none"`] : []),
  ].join(' AND ');
}

/** Runs that match, newest start first. Temporal orders by closing time, so a few more are read than shown. */
export async function listRuns(session: Session, filter: RunFilter, limit: number): Promise<FoundRun[]> {
  const runs: FoundRun[] = [];
  const atMost = Math.max(limit, 100);
  for await (const info of session.client.workflow.list({ query: runQuery(filter), pageSize: atMost })) {
    runs.push(foundRun(info));
    if (runs.length >= atMost) break;
  }
  return runs
    .filter((run) => filter.waiting !== true || run.waitingFor !== null)
    .sort((a, b) => b.startedAt.localeCompare(a.startedAt))
    .slice(0, limit);
}

/** One run by its workflow id (the latest under that id), or one certain run of it. */
export async function describeRun(session: Session, workflowId: string, runId?: string): Promise<FoundRun> {
  const info = await session.client.withDeadline(Date.now() + 10_000, () =>
    session.client.workflow.getHandle(workflowId, runId).describe(),
  );
  if (info.type !== WORKFLOW.run) {
    throw usageError(
      `"${workflowId}" is a workflow of type ${info.type}, not a run (${WORKFLOW.run}).`,
      `See the runs: ${session.settings.command} list`,
    );
  }
  return foundRun(info, {
    firstRunId: info.raw.workflowExecutionInfo?.firstRunId ?? null,
    failedTasks: failedTasks(info),
  });
}

/** Attempts of the pending workflow task that are over without success. */
export function failedTasks(info: WorkflowExecutionDescription): number {
  return Math.max(0, (info.raw.pendingWorkflowTask?.attempt ?? 1) - 1);
}

/** The run that a command is about when it only looks: the named one, else the newest one. */
export async function runToLookAt(
  session: Session,
  asked: { readonly id: string | undefined; readonly environment: string | undefined },
): Promise<FoundRun> {
  if (asked.id !== undefined) return describeRun(session, asked.id);
  const [newest] = await listRuns(session, { environment: asked.environment }, 1);
  // A list may be a moment old; describing tells how the run stands now.
  if (newest !== undefined) return describeRun(session, newest.workflowId, newest.runId);
  throw noRun(session, asked.environment, 'There is no run');
}

/**
 * The run that a command changes: the named one, else the only open one. Several open ones are never guessed
 * between: a decision must not reach the wrong environment.
 */
export async function runToSteer(
  session: Session,
  asked: { readonly id: string | undefined; readonly environment: string | undefined },
): Promise<FoundRun> {
  if (asked.id !== undefined) return describeRun(session, asked.id);
  const open = await listRuns(session, { environment: asked.environment, open: true }, 100);
  const [only, second] = open;
  if (only === undefined) throw noRun(session, asked.environment, 'There is no open run');
  if (second === undefined) return describeRun(session, only.workflowId, only.runId);
  throw usageError(
    `${String(open.length)} runs are open: ${open.map((run) => run.workflowId).join(', ')}.`,
    'Say which one: give its id after the command.',
  );
}

function noRun(session: Session, environment: string | undefined, text: string): Error {
  const of = environment === undefined ? '' : ` of environment ${environment}`;
  return usageError(
    `${text}${of} in namespace "${session.settings.namespace}" at ${session.settings.address}.`,
    `Start one: ${session.settings.command} start --environment NAME`,
  );
}
