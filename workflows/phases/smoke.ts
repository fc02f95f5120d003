import { FLOW_NUMBERS } from '../../procedure/flows.js';
import { seal } from '../run/keeping.js';
import type { Phase } from './context.js';
import { runFlow, type FlowTeam } from './flows.js';
import { strictPass } from './strict-pass.js';

/** Phase 7 (seed §9): flows 2 to 5 on the team that flow 1 made in phase 5, each with its rows and its log; then the strict pass, when the run asks for it. */
export async function smoke(phase: Phase, team: FlowTeam): Promise<void> {
  const { run } = phase;
  run.enter('smoke');
  for (const number of FLOW_NUMBERS.filter((one) => one !== 1)) await runFlow(phase, number, team);
  await strictPass(phase);
  await seal(run);
  run.leave('done');
}
