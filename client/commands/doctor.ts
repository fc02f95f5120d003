import { handle, withSession, type Call, type Registry } from '../cli.js';
import {
  checkEnvironment,
  checkNamespace,
  checkSearchAttributes,
  checkUi,
  checkWorker,
} from '../doctor-checks.js';
import { EXIT } from '../exit-codes.js';
import { renderChecks, type Check } from '../render/checks.js';
import { environmentName } from '../runs/find.js';
import { addTaskQueue, taskQueueOf } from '../shared-options.js';
import type { Session } from '../temporal/session.js';
import { printableDeep } from '../terminal/printable.js';

/** `readiness doctor`: is everything there that a run needs? Reads only. */
export function addDoctor(registry: Registry): void {
  const command = addTaskQueue(
    registry.program
      .command('doctor')
      .description('check Temporal, the worker and, with --environment, all that a run needs'),
  ).option('--environment <name>', "also make this environment's precondition checks (they only read)");
  handle(command, registry, (call) => {
    const environment = call.options.text('environment');
    if (environment !== undefined) environmentName(environment);
    return withSession(call, (session) => examine(call, session, environment));
  });
}

async function examine(call: Call, session: Session, environment: string | undefined): Promise<number> {
  const { output } = call;
  const { address, namespace, command } = session.settings;
  const worker = await checkWorker(session, { taskQueue: taskQueueOf(call), now: call.cli.io.now() });
  const own: Check[] = [
    { id: 'temporal', title: 'Temporal', status: 'ok', detail: `answers at ${address}`, advice: null },
    await checkNamespace(session),
    await checkSearchAttributes(session),
    worker,
    await checkUi(session, taskQueueOf(call)),
  ];
  const further =
    environment === undefined
      ? []
      : await checkEnvironment(call, session, { environment, worker, taskQueue: taskQueueOf(call) });
  const checks = [...own, ...further];
  // An unknown precondition counts as not met; an unknown address of the UI only costs the links.
  const good =
    own.every((check) => check.status !== 'failed') && further.every((check) => check.status === 'ok');
  output.line(...renderChecks(printableDeep(checks), output.paint));
  output.document({ ok: good, address, namespace, checks });
  if (good)
    output.note(
      environment === undefined
        ? `→ Next: ${command} doctor --environment NAME`
        : `→ Next: ${command} start --environment ${environment}`,
    );
  return good ? EXIT.ok : EXIT.failed;
}
