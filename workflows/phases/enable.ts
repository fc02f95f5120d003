import { ENABLE_CHANGE } from '../../procedure/flags.js';
import { secondBaselineOf } from '../../procedure/latency/second-baseline.js';
import { changing, reading } from '../activities.js';
import { seal } from '../run/keeping.js';
import { WatchLink } from '../run/watch.js';
import { act, step, type Phase } from './context.js';
import { freeGame, runFlow, type FlowTeam } from './flows.js';
import { servingFlags } from './measure.js';
import { stillAtBaseline } from './still-at-baseline.js';

/**
 * Phase 5 (seed §2): the undo is registered, then the flag is set with one rollout, read back in every serving process,
 * and proved by the effect of the first flow. Returns the team that the other flows go on with.
 */
export async function enable(phase: Phase): Promise<FlowTeam> {
  const { run } = phase;
  run.enter('enable');
  await stillAtBaseline(phase);
  const capture = await step(phase, 'captures the four variables', () =>
    changing.captureFlags.executeWithOptions({ summary: 'where the four variables stand now' }, [run.scope]),
  );
  const { lease } = run;
  if (lease === null) throw new TypeError('enabling without the environment');
  const again = secondBaselineOf(run.observations, run.plan);
  await step(phase, 'registers the undo', () =>
    lease.register({ kind: 'flags', capture, ...(again === null ? {} : { again }) }, run.scope),
  );
  await beginWatching(phase);
  run.flagsArmed = true;
  run.flag = 'enabling';
  const { rollout } = await step(
    phase,
    'sets TEAM_VNEXT_DUAL_WRITE_ENABLED=true and restarts the target once',
    () =>
      changing.changeFlags.executeWithOptions({ summary: 'dual-write on: set, restart once, wait' }, [
        { ...run.scope, observationId: 'enable-rollout', change: ENABLE_CHANGE, authority: lease.authority },
      ]),
  );
  run.observe(rollout);
  await act(phase);
  await servingFlags(phase, 'enabled', 'enable-flags');
  run.flag = 'on';
  await run.watch?.flagIsOn();
  await act(phase);
  const team: FlowTeam = { side: 'after', gameId: await freeGame(phase), context: null };
  await runFlow(phase, 1, team);
  await seal(run);
  run.leave('done', 'Dual-write is on in every serving process');
  return team;
}

/** From before the first change on. Left out only where time is skipped, which a pending activity prevents. */
async function beginWatching(phase: Phase): Promise<void> {
  const { run } = phase;
  if (!run.plan.guardianWatch) return;
  const from = await step(phase, 'marks the log', () =>
    reading.markLog({ environment: run.plan.environment }),
  );
  run.watch = await WatchLink.begin(run, from);
}
