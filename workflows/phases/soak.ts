import { condition, getExternalWorkflowHandle, startChild } from '@temporalio/workflow';
import { formatDuration } from '../../procedure/durations.js';
import { reading } from '../activities.js';
import { duplicatesBefore } from '../../procedure/rules/duplicate-rules.js';
import { soakSteeringSignal, WORKFLOW, type SoakSteering } from '../messages.js';
import { EndRun } from '../run/ending.js';
import { seal } from '../run/keeping.js';
import { upsertKeyword } from '../run/search-attributes.js';
import { auditEvery } from '../soak-state.js';
import type { soak as soakWorkflow } from '../soak.js';
import { act } from '../run/acting.js';
import { messageOf } from '../run/message-of.js';
import type { Run } from '../run/run.js';
import { step, type Phase } from './context.js';
import { hearWatch } from './last-words.js';
import { auditOf } from './measure.js';

/** Phase 11 (seed §12): watches for the planned time, as a child that can go on for days. */
export async function soak(phase: Phase): Promise<void> {
  const { run } = phase;
  run.enter('soak');
  const { durationMs, intervalMs } = run.plan.soak;
  run.stage = 'final';
  if (durationMs === 0) {
    run.judge();
    run.leave('skipped', 'No soak was asked for: the verdict is INCONCLUSIVE at best');
  } else {
    run.doing(`watches for ${formatDuration(durationMs)}, a check every ${formatDuration(intervalMs)}`);
    const from = await step(phase, 'marks the log', () =>
      reading.markLog({ environment: run.plan.environment }),
    );
    run.soakMs = durationMs;
    const input = auditOf(run, 'after');
    const every = auditEvery(run.plan.soak, input.baseline ?? undefined);
    const child = await startChild<typeof soakWorkflow>(WORKFLOW.soak, {
      workflowId: soakId(run),
      args: [
        {
          scope: run.scope,
          thresholds: run.plan.thresholds,
          teamIds: run.teams.filter((team) => team.side === 'after').map((team) => team.id),
          durationMs,
          intervalMs,
          ...(every === undefined ? {} : { audit: { every, input } }),
          log: from,
          before: duplicatesBefore(run.observations),
          carried: null,
        },
      ],
      staticSummary: `soak of ${run.environment ?? ''}, ${formatDuration(durationMs)}`,
    });
    const result = await untilOver(phase, child.result());
    run.soakMs = null;
    run.observe(...result.observations);
    await hearWatch(phase);
    await act(phase);
    run.leave('done', `Soak over: ${String(result.checks)} checks, ${String(result.gaps)} gaps`);
  }
  upsertKeyword('verdict', run.verdict);
  await seal(run);
  if (run.verdict === 'NO_GO')
    throw EndRun.back('finding', `the verdict is NO_GO: ${run.verdictReasons.join(' ')}`);
}

/** The soak goes on while people answer what watching found meanwhile. */
async function untilOver<T>(phase: Phase, soaking: Promise<T>): Promise<T> {
  let over = false;
  const done = soaking.finally(() => {
    over = true;
  });
  done.catch(() => undefined);
  while (!over) {
    await condition(() => over || phase.run.asked);
    if (!over) await act(phase);
  }
  return done;
}

const soakId = (run: Run): string => `${run.workflowId}-soak-${run.plan.runId.slice(-12)}`;

/** Hands a command on to the soak. People address only the run; the soak continues as new and has no fixed run id. */
export async function steerSoak(run: Run, steering: SoakSteering): Promise<void> {
  try {
    await getExternalWorkflowHandle(soakId(run)).signal(soakSteeringSignal, steering);
  } catch (error) {
    run.say(`The soak could not be told: ${messageOf(error)}`);
  }
}
