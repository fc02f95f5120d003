import { listProblems } from '../../procedure/problem.js';
import { handle, withSession, type Registry } from '../cli.js';
import { EXIT } from '../exit-codes.js';
import { renderChecks } from '../render/checks.js';
import { renderPlan } from '../render/plan.js';
import { flagsOf } from '../render/waiting.js';
import { preflight } from '../runs/preflight.js';
import { addTaskQueue, taskQueueOf } from '../shared-options.js';
import { addInputOptions, readInput } from '../start-input.js';
import { printable, printableDeep } from '../terminal/printable.js';
import { usageError } from '../user-error.js';

/** `readiness plan`: the dry run. Everything that a run would read, write and change; nothing is changed. */
export function addPlan(registry: Registry): void {
  const command = addTaskQueue(
    addInputOptions(
      registry.program
        .command('plan')
        .description('show all that a run would read and change, and change nothing'),
    ),
  ).option('--check', 'also make all precondition checks (they only read)');
  handle(command, registry, async (call) => {
    const { raw } = readInput(call);
    return withSession(call, async (session) => {
      const { output } = call;
      const check = call.options.flag('check');
      const answer = await preflight(call, session, { input: raw, check, taskQueue: taskQueueOf(call) });
      if (!answer.ok) {
        throw usageError(
          `A run with these values would be REFUSED; nothing was touched:\n${printable(listProblems(answer.problems))}`,
        );
      }
      const { plan, checks } = printableDeep(answer);
      output.line(...renderPlan(plan, output.paint));
      if (checks !== null) output.line('', ...renderChecks(checks, output.paint));
      const good = checks?.every((one) => one.status === 'ok') ?? true;
      output.document({ ok: good, plan: answer.plan, checks: answer.checks });
      const unchecked = checks === null ? ' (first see whether it can: add --check)' : '';
      if (good)
        output.note(
          '',
          `→ Start it: ${[`${session.settings.command} start`, ...flagsOf(raw)].join(' ')}${unchecked}`,
        );
      return good ? EXIT.ok : EXIT.failed;
    });
  });
}
