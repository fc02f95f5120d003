import type { FoundRun } from '../runs/found-run.js';
import type { Paint } from '../terminal/paint.js';
import { clock } from '../terminal/time.js';

/** What Temporal alone knows of a run, for when no worker can answer. */
export function renderKnown(run: FoundRun, page: string | null, paint: Paint): string[] {
  const facts: [string, string | null][] = [
    ['Temporal says', run.closedAs],
    ['Environment', run.environment],
    ['Started', clock(run.startedAt)],
    ['Closed', run.closedAt === null ? null : clock(run.closedAt)],
    ['Phase', run.phase],
    ['Verdict', run.verdict],
    ['Outcome', run.outcome],
    ['Waiting for', run.waitingFor],
    ['Task queue', run.taskQueue],
    ['Page', page],
  ];
  return [
    `${paint.bold(run.workflowId)}  ${paint.dim(`run ${run.runId}`)}`,
    ...facts.flatMap(([name, value]) => (value === null ? [] : [`  ${`${name}:`.padEnd(17)}${value}`])),
  ];
}
