import type { WorkflowExecutionInfo } from '@temporalio/client';
import { SEARCH_ATTRIBUTE } from '../../procedure/search-attributes.js';

/** What Temporal itself knows of a run, without asking a worker. */
export interface FoundRun {
  readonly workflowId: string;
  readonly runId: string;
  /** Temporal's own status: `RUNNING`, `COMPLETED`, `FAILED`, `CANCELLED`, `TERMINATED`, `TIMED_OUT`. */
  readonly closedAs: string;
  readonly open: boolean;
  readonly taskQueue: string;
  readonly startedAt: string;
  readonly closedAt: string | null;
  readonly environment: string | null;
  readonly phase: string | null;
  readonly verdict: string | null;
  readonly outcome: string | null;
  readonly waitingFor: string | null;
  /** First run of the chain that this one belongs to: a reset keeps it. `null` where only a list was read. */
  readonly firstRunId: string | null;
  /** How often in a row a worker took the run and could not go on with it (code that does not fit, a broken worker). */
  readonly failedTasks: number;
}

/** What a run sets where it has nothing to tell: it overwrites all its attributes first thing. */
const NOTHING = ['', 'none', 'unknown'];

type Known = Pick<
  WorkflowExecutionInfo,
  'workflowId' | 'runId' | 'status' | 'taskQueue' | 'startTime' | 'closeTime' | 'typedSearchAttributes'
>;

export function foundRun(
  info: Known,
  more: { readonly firstRunId: string | null; readonly failedTasks: number } = {
    firstRunId: null,
    failedTasks: 0,
  },
): FoundRun {
  const attributes = new Map(info.typedSearchAttributes.getAll().map((pair) => [pair.key.name, pair.value]));
  const attribute = (name: string): string | null => {
    const value = attributes.get(name);
    return typeof value === 'string' && !NOTHING.includes(value) ? value : null;
  };
  const open = info.status.name === 'RUNNING' || info.status.name === 'PAUSED';
  return {
    workflowId: info.workflowId,
    runId: info.runId,
    closedAs: info.status.name,
    open,
    taskQueue: info.taskQueue,
    startedAt: info.startTime.toISOString(),
    closedAt: info.closeTime?.toISOString() ?? null,
    environment: attribute(SEARCH_ATTRIBUTE.environment),
    phase: attribute(SEARCH_ATTRIBUTE.phase),
    verdict: attribute(SEARCH_ATTRIBUTE.verdict),
    outcome: attribute(SEARCH_ATTRIBUTE.outcome),
    // One that was terminated at a gate keeps the attribute, and waits for nobody.
    waitingFor: open ? attribute(SEARCH_ATTRIBUTE.waitingFor) : null,
    ...more,
  };
}

/** The remark on a run that a worker takes again and again without getting on; `null` when all is well. */
export function brokenTask(failedTasks: number): string | null {
  return failedTasks < 3
    ? null
    : `a worker takes the run but cannot go on with it (${String(failedTasks)} attempts failed): its log says why; is it the version that the run was started with?`;
}
