import { handle, type Registry } from '../cli.js';
import { addDecisionOptions, decide } from '../steering/decide.js';

/** `readiness approve`: lets a run go through a gate, bound to the proof that was looked at. */
export function addApprove(registry: Registry): void {
  const command = addDecisionOptions(
    registry.program.command('approve').description('approve a gate, after its proof was shown'),
  )
    .option('--dual-write <what>', 'at gate finish: keep or disable')
    .option('--cleanup', 'at gate finish: remove the test rows of this run')
    .option('--no-cleanup', 'at gate finish: keep them');
  handle(command, registry, (call) => decide(call, 'approve'));
}
