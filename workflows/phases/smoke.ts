import { FLOW_NUMBERS } from '../../procedure/flows.js';
import { seal } from '../run/keeping.js';
import type { Phase } from './context.js';
import { failureSimulation } from './failure-simulation.js';
import { runFlow, type FlowTeam } from './flows.js';
import { strictPass } from './strict-pass.js';

/** Phase 7 (seed §9): flows 2 to 5 on the team that flow 1 made in phase 5, each with its rows and its log; then strict pass and failure simulation, when the run asks for them. */
export async function smoke(phase: Phase, team: FlowTeam): Promise<void> {
  const { run } = phase;
  run.enter('smoke');
  for (const number of FLOW_NUMBERS.filter((one) => one !== 1)) await runFlow(phase, number, team);
  await strictPass(phase);
  await failureSimulation(phase);
  await seal(run);
  run.leave('done');
}
