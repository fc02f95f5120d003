import { FLOW_NUMBERS } from '../../procedure/flows.js';
import { freeGame, runFlow, type FlowTeam } from './flows.js';
import { latency, reportAndQueries } from './measure.js';
import { seal } from '../run/keeping.js';
import type { Phase } from './context.js';

/** Phase 3: how the target is with the flag off, so that "2x baseline" and "it was broken before" are measured. */
export async function baseline(phase: Phase): Promise<void> {
  const { run } = phase;
  run.enter('baseline');
  run.measuredAt = { ...run.measuredAt, baseline: Date.now() };
  await reportAndQueries(phase, 'baseline');
  if (run.plan.input.baselineWrites) {
    // Known to the guardian before the first row: a run that ends here removes what it made.
    const { tag, startedAt, input } = run.plan;
    await run.lease?.register(
      { kind: 'rows', tag, startedAt, evenAfterEnabling: input.cleanupAfterRollback },
      run.scope,
    );
    await baselineWrites(phase);
  }
  await seal(run);
  run.leave(
    'done',
    run.plan.input.baselineWrites
      ? 'Baseline measured'
      : 'Baseline measured without writes: latency ratio and baseline faults stay unknown',
  );
}

async function baselineWrites(phase: Phase): Promise<void> {
  await latency(phase, 'baseline');
  const team: FlowTeam = { side: 'baseline', gameId: await freeGame(phase), context: null };
  for (const number of FLOW_NUMBERS) await runFlow(phase, number, team);
}
