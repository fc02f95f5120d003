import { handle, type Registry } from '../cli.js';
import { addOrderOptions, order } from '../steering/order.js';

/** `readiness acknowledge`: ends a run whose rollback cannot be completed as ROLLBACK_INCOMPLETE. */
export function addAcknowledge(registry: Registry): void {
  const command = registry.program
    .command('acknowledge')
    .description('a rollback that cannot be completed: end the run as ROLLBACK_INCOMPLETE');
  handle(addOrderOptions(command, 'why; needed'), registry, (call) => order(call, 'acknowledge'));
}
