import { handle, type Registry } from '../cli.js';
import { addOrderOptions, order } from '../steering/order.js';

/** `readiness finish-soak`: ends the soak of a run before its time. */
export function addFinishSoak(registry: Registry): void {
  const command = registry.program
    .command('finish-soak')
    .description('end the soak now; the verdict is INCONCLUSIVE at best');
  handle(addOrderOptions(command, 'why; needed'), registry, (call) => order(call, 'finish-soak'));
}
