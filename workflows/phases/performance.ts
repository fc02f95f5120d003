import { seal } from '../run/keeping.js';
import type { Phase } from './context.js';
import { latency } from './measure.js';

/** Phase 8 (seed §6): the same measurement as in the baseline, with the flag on. */
export async function performance(phase: Phase): Promise<void> {
  phase.run.enter('performance');
  await latency(phase, 'after');
  await seal(phase.run);
  phase.run.leave('done');
}
