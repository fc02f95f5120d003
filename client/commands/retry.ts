import { handle, type Registry } from '../cli.js';
import { addOrderOptions, order } from '../steering/order.js';

/** `readiness retry`: at attention: does the failed step of a run again. */
export function addRetry(registry: Registry): void {
  const command = registry.program.command('retry').description('at attention: do the failed step again');
  handle(addOrderOptions(command, 'why, if there is something to say'), registry, (call) =>
    order(call, 'retry'),
  );
}
