import { handle, type Registry } from '../cli.js';
import { addOrderOptions, order } from '../steering/order.js';

/** `readiness pause`: a run begins no further step until `resume`. */
export function addPause(registry: Registry): void {
  const command = registry.program
    .command('pause')
    .description('begin no further step until resume; watching goes on');
  handle(addOrderOptions(command, 'why'), registry, (call) => order(call, 'pause'));
}
