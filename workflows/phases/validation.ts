import { reading } from '../activities.js';
import { EndRun } from '../run/ending.js';
import { seal } from '../run/keeping.js';
import { upsertKeyword } from '../run/search-attributes.js';
import { act, step, type Phase } from './context.js';
import { reportAndQueries, servingFlags } from './measure.js';

/** Phase 9: the report again, the flags again, then the verdict over everything seen. NO_GO ends the run. */
export async function validation(phase: Phase): Promise<void> {
  const { run } = phase;
  run.enter('validation');
  const again = run.measuredAt.verdict !== null;
  run.measuredAt = { ...run.measuredAt, verdict: Date.now() };
  await reportAndQueries(phase, 'after');
  await servingFlags(phase, 'enabled', 'validation-flags');
  if (again) await compareAllTeams(phase);
  await act(phase);
  run.judge();
  await seal(run);
  upsertKeyword('verdict', run.verdict);
  run.leave('done', `Verdict: ${run.verdict}. ${run.verdictReasons.join(' ')}`);
  if (run.verdict === 'NO_GO')
    throw EndRun.back('finding', `the verdict is NO_GO: ${run.verdictReasons.join(' ')}`);
}

/** Proofs that aged are measured again: every team that the run made with the flag on. */
async function compareAllTeams(phase: Phase): Promise<void> {
  const { run } = phase;
  const teamIds = run.teams.filter((team) => team.side === 'after').map((team) => team.id);
  const copy = await step(phase, 'compares the rows of every team of the run', () =>
    reading.compareCopies.executeWithOptions({ summary: 'rows of every team of the run' }, [
      {
        ...run.scope,
        observationId: 'validation-rows',
        side: 'after',
        write: 'soak',
        teamIds,
        lagBudgetMs: run.plan.thresholds.lagBudgetMs,
      },
    ]),
  );
  run.observe(copy);
}
