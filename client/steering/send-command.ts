import { createHash, randomUUID } from 'node:crypto';
import {
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import type { CommandName } from '../../procedure/commands.js';
import { commandSignal, commandUpdate } from '../../workflows/messages.js';
import type { Call } from '../cli.js';
import { EXIT } from '../exit-codes.js';
import { commandLine } from '../render/waiting.js';
import type { Session } from '../temporal/session.js';
import { patiently } from '../terminal/patiently.js';
import { printable } from '../terminal/printable.js';
import { Interrupted, UserError } from '../user-error.js';
import type { FoundRun } from '../runs/found-run.js';

const ANSWER_TIMEOUT_MS = 60_000;

export interface CommandToSend {
  readonly name: CommandName;
  readonly run: FoundRun;
  readonly payload: Readonly<Record<string, unknown>>;
  /** Send a signal, which needs no worker now and has no answer, instead of an update. */
  readonly asSignal: boolean;
}

/**
 * The same decision always has the same id, so that sending it twice (a lost answer, a nervous finger) is sending it
 * once. Only decisions are bound to a digest; the others may rightly be given again later, so each call is its own.
 */
export function updateIdOf(name: CommandName, payload: Readonly<Record<string, unknown>>): string {
  if (name !== 'approve' && name !== 'reject') return `${name}-${randomUUID()}`;
  const sorted = Object.entries(payload).sort(([a], [b]) => (a < b ? -1 : 1));
  return `${name}-${createHash('sha256').update(JSON.stringify(sorted)).digest('hex').slice(0, 32)}`;
}

/** Sends a command to a run, prints the run's answer, and returns 0 when it was taken and 1 when it was refused. */
export async function sendCommand(call: Call, session: Session, command: CommandToSend): Promise<number> {
  const { name, run, payload } = command;
  const address = { workflowId: run.workflowId, runId: run.runId };
  const answer = command.asSignal
    ? await sendSignal(session, command)
    : await sendUpdate(call, session, command);
  call.output.document({
    command: name,
    ...address,
    via: command.asSignal ? 'signal' : 'update',
    payload,
    ...answer,
  });
  if (!answer.accepted) {
    call.output.note(`Refused: ${printable(answer.message)}`);
    return EXIT.failed;
  }
  call.output.line(printable(answer.message));
  call.output.note(`→ Watch it: ${session.settings.command} watch ${run.workflowId}`);
  return EXIT.ok;
}

interface Answer {
  readonly accepted: boolean;
  readonly message: string;
}

async function sendSignal(session: Session, command: CommandToSend): Promise<Answer> {
  const handle = session.client.workflow.getHandle(command.run.workflowId, command.run.runId);
  try {
    await handle.signal(commandSignal(command.name), command.payload);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return ended(command);
    throw error;
  }
  return {
    accepted: true,
    message: `Sent as a signal. Temporal keeps it; whether it fits is shown by: ${session.settings.command} status ${command.run.workflowId}`,
  };
}

async function sendUpdate(call: Call, session: Session, command: CommandToSend): Promise<Answer> {
  const { name, run, payload } = command;
  const handle = session.client.workflow.getHandle(run.workflowId, run.runId);
  const sending = session.client.withDeadline(Date.now() + ANSWER_TIMEOUT_MS, () =>
    handle.executeUpdate(commandUpdate(name), { args: [payload], updateId: updateIdOf(name, payload) }),
  );
  try {
    const message = await patiently(sending, {
      output: call.output,
      interrupted: call.cli.io.interrupted,
      text: () => `waiting for a worker to take the command "${name}"`,
      onInterrupt: () =>
        new Interrupted(
          'Interrupted. It is not known whether the command arrived.',
          `See: ${session.settings.command} status ${run.workflowId}`,
        ),
    });
    return { accepted: true, message: String(message) };
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError)
      return { accepted: false, message: error.cause?.message ?? error.message };
    if (error instanceof WorkflowNotFoundError) return ended(command);
    if (!(error instanceof WorkflowUpdateRPCTimeoutOrCancelledError)) throw error;
    throw new UserError(`No worker took the command within ${String(ANSWER_TIMEOUT_MS / 1000)} s.`, {
      exitCode: EXIT.failed,
      next: `Send it as a signal, which Temporal keeps until a worker returns: ${commandLine(name, { workflowId: run.workflowId, payload, command: session.settings.command })} --signal`,
    });
  }
}

const ended = (command: CommandToSend): Answer => ({
  accepted: false,
  message: `The run ${command.run.workflowId} has ended; nothing can be changed any more.`,
});
