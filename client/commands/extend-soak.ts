import { handle, type Registry } from '../cli.js';
import { addOrderOptions, order } from '../steering/order.js';

/** `readiness extend-soak`: makes the soak that goes on longer. The whole new length is given: sent twice it is the same. */
export function addExtendSoak(registry: Registry): void {
  const command = registry.program
    .command('extend-soak')
    .description('make the soak that goes on longer')
    .requiredOption('--soak <duration>', 'its new whole length, such as 48h');
  handle(addOrderOptions(command, 'why'), registry, (call) =>
    order(call, 'extend-soak', { soak: call.options.text('soak') ?? '' }),
  );
}
