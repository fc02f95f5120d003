import { handle, type Registry } from '../cli.js';
import { addOrderOptions, order } from '../steering/order.js';

/** `readiness resume`: a paused run goes on. */
export function addResume(registry: Registry): void {
  const command = registry.program.command('resume').description('go on after a pause');
  handle(addOrderOptions(command, 'what was found'), registry, (call) => order(call, 'resume'));
}
