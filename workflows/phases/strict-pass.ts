import { STRICT_OFF, STRICT_ON, type FlagChange } from '../../procedure/flags.js';
import { STRICT, STRICT_FLOWS } from '../../procedure/rules/strict-pass.js';
import { changing } from '../activities.js';
import { act, step, type Phase } from './context.js';
import { freeGame, runFlow, type FlowTeam } from './flows.js';
import { servingFlags } from './measure.js';

/**
 * The short second pass, only when the run says so: strict mode on with one restart, flows 1 and 2 on a team of their own,
 * strict mode off again, and both read back in the serving processes. Whatever ends the run in between, the guardian
 * puts all four variables back as they were captured.
 */
export async function strictPass(phase: Phase): Promise<void> {
  const { run } = phase;
  if (!run.plan.input.strictPass) return;
  await run.watch?.hold();
  await change(phase, { id: STRICT.on, what: 'strict mode on', change: STRICT_ON });
  await servingFlags(phase, 'strict', 'strict-on-flags');
  await act(phase);
  const team: FlowTeam = { side: 'strict', gameId: await freeGame(phase), context: null };
  for (const number of STRICT_FLOWS) await runFlow(phase, number, team);
  await change(phase, { id: STRICT.off, what: 'strict mode off again', change: STRICT_OFF });
  await servingFlags(phase, 'enabled', STRICT.flags);
  await run.watch?.flagIsOn();
  await act(phase);
}

async function change(
  phase: Phase,
  about: { readonly id: string; readonly what: string; readonly change: FlagChange },
): Promise<void> {
  const { run } = phase;
  const { lease } = run;
  if (lease === null) throw new TypeError('a change without the environment');
  const { rollout } = await step(phase, `${about.what}, and restarts the target once`, () =>
    changing.changeFlags.executeWithOptions({ summary: `${about.what}: set, restart once, wait` }, [
      { ...run.scope, observationId: about.id, change: about.change, authority: lease.authority },
    ]),
  );
  run.observe(rollout);
  await act(phase);
}
