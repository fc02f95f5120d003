import { handle, type Registry } from '../cli.js';
import { addDecisionOptions, decide } from '../steering/decide.js';

/** `readiness reject`: stops a run at a gate; whatever was changed is rolled back. */
export function addReject(registry: Registry): void {
  const command = addDecisionOptions(
    registry.program.command('reject').description('reject a gate: whatever was changed is rolled back'),
  );
  handle(command, registry, (call) => decide(call, 'reject'));
}
