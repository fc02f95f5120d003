import { WORKFLOW, type TargetLogInput } from '../../workflows/messages.js';
import type { LogCursor } from '../../activities/contract.js';
import { handle, withSession, type Call, type Registry } from '../cli.js';
import { EXIT } from '../exit-codes.js';
import { environmentName, runToLookAt } from '../runs/find.js';
import { readByWorkflow } from '../runs/short-workflow.js';
import { addRunChoice, addTaskQueue, runChoice, taskQueueOf } from '../shared-options.js';
import type { Session } from '../temporal/session.js';
import { pause } from '../terminal/pause.js';
import { printable } from '../terminal/printable.js';
import { Interrupted, usageError, UserError } from '../user-error.js';

const FOLLOW_MS = 3000;

/** `readiness logs`: the last dual-write lines of the target, read by a worker that can reach it. */
export function addLogs(registry: Registry): void {
  const command = addTaskQueue(
    addRunChoice(
      registry.program.command('logs').description("show the target's dual-write log lines"),
      "the newest one's environment",
    ),
  )
    .option('--lines <number>', 'the last so many lines (default: 50)')
    .option('--follow', 'go on until Ctrl-C');
  handle(command, registry, (call) => {
    const lines = call.options.integer('lines', { flag: '--lines', min: 1, max: 1000, fallback: 50 });
    const follow = call.options.flag('follow');
    if (follow && call.output.json)
      throw usageError('--follow has no end and --json is one document.', 'Leave one of them out.');
    return withSession(call, async (session) => {
      const environment = await environmentOf(call, session);
      const first = await readLog(call, session, { environment, maxLines: lines, from: null });
      call.output.document({ environment, lines: first.lines, next: first.next });
      show(call, first.lines, environment);
      return follow ? followLog(call, session, { environment, from: first.next }) : EXIT.ok;
    });
  });
}

async function environmentOf(call: Call, session: Session): Promise<string> {
  const choice = runChoice(call);
  if (choice.id === undefined && choice.environment !== undefined) return environmentName(choice.environment);
  const run = await runToLookAt(session, choice);
  if (run.environment !== null) return run.environment;
  throw usageError(
    `The run ${run.workflowId} tells no environment (yet).`,
    'Give it with --environment NAME.',
  );
}

interface LogPart {
  readonly lines: readonly string[];
  readonly next: LogCursor | null;
}

async function readLog(call: Call, session: Session, input: TargetLogInput): Promise<LogPart> {
  const answer = await readByWorkflow(call, session, {
    type: WORKFLOW.targetLog,
    idPrefix: `log-${input.environment}`,
    taskQueue: taskQueueOf(call),
    input,
    summary: `Dual-write log of ${input.environment}`,
    doing: 'the worker reads the log',
  });
  const part = parseLog(answer);
  if (part !== null) return part;
  throw new UserError('The worker answered in a form that this version of the program does not know.', {
    exitCode: EXIT.failed,
    next: 'Run worker and command line from the same version.',
  });
}

function parseLog(value: unknown): LogPart | null {
  if (typeof value !== 'object' || value === null || !('lines' in value) || !Array.isArray(value.lines))
    return null;
  const next = 'next' in value && typeof value.next === 'object' ? (value.next as LogCursor | null) : null;
  return { lines: value.lines.map(String), next };
}

async function followLog(
  call: Call,
  session: Session,
  at: { readonly environment: string; readonly from: LogCursor | null },
): Promise<number> {
  let { from } = at;
  for (;;) {
    if (from === null)
      throw new UserError('The worker told no place from which to read on.', { exitCode: EXIT.failed });
    await pause(FOLLOW_MS, call.cli.io.interrupted);
    if (call.cli.io.interrupted.aborted) throw new Interrupted('Interrupted.');
    const part = await readLog(call, session, { environment: at.environment, maxLines: 1000, from });
    if (part.lines.length > 0) call.output.line(...part.lines.map(printable));
    from = part.next ?? from;
  }
}

function show(call: Call, lines: readonly string[], environment: string): void {
  if (lines.length === 0) call.output.note(`The log of ${environment} holds no dual-write line.`);
  else call.output.line(...lines.map(printable));
}
