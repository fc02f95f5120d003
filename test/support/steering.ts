import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import type proto from '@temporalio/proto';
import type { RunRecord } from '../../procedure/run-record.js';
import type { Rig } from './rig.js';

/** A run with dual-write on in every serving process, waiting at gate soak. */
export interface Enabled {
  readonly run: WorkflowHandle;
  readonly runId: string;
  readonly folder: string;
  /** How often the application had been started before the run. */
  readonly spawnsBefore: number;
}

export async function enabledRun(
  rig: Rig,
  input: Readonly<Record<string, unknown>> = {},
  options: Parameters<Rig['run']>[1] = {},
): Promise<Enabled> {
  const spawnsBefore = await rig.spawns();
  const run = await rig.run(input, options);
  await rig.decide(run, 'enable');
  const { evidence, runId } = await rig.gate(run, 'soak');
  return { run, runId, folder: join(rig.lab.folder, 'repository', evidence ?? ''), spawnsBefore };
}

const ON = /^TEAM_VNEXT_DUAL_WRITE_ENABLED=["']?true/im;

/** Milliseconds from `since` until the env file said off, and until every serving process did. */
export async function untilOff(
  rig: Rig,
  since: number,
  withinMs = 60_000,
): Promise<{ readonly written: number; readonly served: number }> {
  let written: number | null = null;
  for (;;) {
    if (written === null && !ON.test(await readFile(rig.lab.envFile, 'utf8'))) written = Date.now() - since;
    if (written !== null) {
      const served = await rig.servedFlags().catch((): string[] => []);
      if (served.length > 0 && !served.includes('true')) return { written, served: Date.now() - since };
    }
    if (Date.now() - since > withinMs)
      throw new Error(
        `dual-write is still on ${String(withinMs)} ms later (file ${written === null ? 'on' : 'off'})`,
      );
    await pause(20);
  }
}

/** Rejects when the run asks people; where nobody is there to answer, that is told at once. Never resolves. */
export async function asked(rig: Rig, run: WorkflowHandle, withinMs: number): Promise<never> {
  const status = await rig
    .until(run, ({ waiting }) => waiting?.kind === 'attention', withinMs)
    .catch((error: unknown) => {
      if (String(error).includes('the run ended')) return null;
      throw error;
    });
  // It is over, and how it ended is told by the other promise.
  if (status === null) return new Promise(() => undefined);
  const { findings, journal } = status;
  throw new Error(`it asks: ${JSON.stringify({ findings, journal: journal.slice(-5) })}`);
}

/** Waits until nobody guards the environment, and returns how the last guardian ended. */
export async function guardianEnd(rig: Rig, withinMs = 60_000): Promise<string> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const { status } = await rig.client.workflow.getHandle('environment-lab').describe();
    if (status.name !== 'RUNNING') return status.name;
    if (Date.now() > deadline) throw new Error('the guardian did not end');
    await pause(100);
  }
}

export async function recordOf(folder: string): Promise<RunRecord> {
  return JSON.parse(await readFile(join(folder, 'run.json'), 'utf8')) as RunRecord;
}

/** Waits until the evidence tells an outcome. */
export async function outcomeOf(folder: string, withinMs = 30_000): Promise<RunRecord> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const record = await recordOf(folder);
    if (record.outcome !== null || Date.now() > deadline) return record;
    await pause(100);
  }
}

type Events = proto.temporal.api.history.v1.IHistoryEvent[];

export async function historyOf(run: WorkflowHandle, rig: Rig, runId?: string): Promise<Events> {
  const handle = rig.client.workflow.getHandle(run.workflowId, runId);
  return (await handle.fetchHistory()).events ?? [];
}

/**
 * Resets a run to the workflow task before the first event of which `before` holds. Returns the new run's id.
 * Later signals and updates are applied again by the server, as the Temporal UI does it.
 */
export async function resetBefore(
  rig: Rig,
  { run, runId }: Pick<Enabled, 'run' | 'runId'>,
  before: (event: Events[number]) => boolean,
): Promise<string> {
  const events = await historyOf(run, rig, runId);
  const at = events.findIndex(before);
  if (at < 0) throw new Error('the history has no such event');
  const task = events
    .slice(0, at + 1)
    .reverse()
    .find((event) => event.workflowTaskCompletedEventAttributes != null);
  const answer = await rig.client.workflowService.resetWorkflowExecution({
    namespace: rig.lab.namespace,
    workflowExecution: { workflowId: run.workflowId, runId },
    reason: 'test',
    workflowTaskFinishEventId: task?.eventId ?? null,
    requestId: `reset-${String(Date.now())}`,
  });
  return answer.runId;
}

/** Nearest-rank percentile. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}
