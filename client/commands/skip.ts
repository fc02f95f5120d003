import { handle, type Registry } from '../cli.js';
import { addOrderOptions, order } from '../steering/order.js';

/** `readiness skip`: at attention: goes on without the failed step, where that is safe. */
export function addSkip(registry: Registry): void {
  const command = registry.program
    .command('skip')
    .description('at attention: go on without the failed step, where that is safe');
  handle(addOrderOptions(command, 'why; needed'), registry, (call) => order(call, 'skip'));
}
