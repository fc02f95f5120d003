import type { Command } from 'commander';
import { GATES, type Gate } from '../../procedure/phases.js';
import type { RunStatus, WaitingStatus } from '../../procedure/status.js';
import { withSession, type Call } from '../cli.js';
import { addRunChoice, addWho, runChoice, whoOf } from '../shared-options.js';
import { EXIT } from '../exit-codes.js';
import { renderProof } from '../render/waiting.js';
import type { Session } from '../temporal/session.js';
import { printableDeep } from '../terminal/printable.js';
import { Interrupted, usageError, UserError } from '../user-error.js';
import { askStatus } from '../runs/ask-status.js';
import { runToSteer } from '../runs/find.js';
import type { FoundRun } from '../runs/found-run.js';
import { sendCommand } from './send-command.js';

type Decision = 'approve' | 'reject';

/** The options that approve and reject share. */
export function addDecisionOptions(command: Command): Command {
  addRunChoice(command, 'the only open one');
  command
    .option('--gate <gate>', `which gate: ${GATES.join(', ')}`)
    .option(
      '--digest <digest>',
      'digest of the proof you looked at; without it the proof is shown and you are asked',
    )
    .option('--yes', 'take the digest of the proof that is shown, without asking')
    .option('--signal', 'send a signal: kept by Temporal until a worker returns, without an answer');
  return addWho(command, 'why; needed to approve an INCONCLUSIVE verdict');
}

/** Decides a gate: shows the proof when no digest was given, and sends the decision bound to that proof. */
export async function decide(call: Call, decision: Decision): Promise<number> {
  const gate = gateOf(call);
  const { by, reason } = whoOf(call);
  const finish = finishFields(call, gate);
  return withSession(call, async (session) => {
    const run = await runToSteer(session, runChoice(call));
    const digest =
      call.options.text('digest') ?? (await confirmedDigest(call, session, { run, gate, decision }));
    if (digest === null) {
      call.output.note('Nothing was sent.');
      call.output.document({
        command: decision,
        workflowId: run.workflowId,
        runId: run.runId,
        accepted: false,
        message: 'not confirmed',
      });
      return EXIT.failed;
    }
    const payload = { gate, digest, by, ...(reason === undefined ? {} : { reason }), ...finish };
    return sendCommand(call, session, {
      name: decision,
      run,
      payload,
      asSignal: call.options.flag('signal'),
    });
  });
}

function gateOf(call: Call): Gate {
  const typed = call.options.required('gate', '--gate', `one of ${GATES.join(', ')}.`);
  const gate = GATES.find((one) => one === typed);
  if (gate === undefined) throw usageError(`There is no gate "${typed}"; the gates are ${GATES.join(', ')}.`);
  return gate;
}

function finishFields(call: Call, gate: Gate): { readonly dualWrite?: string; readonly cleanup?: boolean } {
  const dualWrite = call.options.text('dualWrite');
  const cleanup = call.options.choice('cleanup');
  if (gate !== 'finish' && (dualWrite !== undefined || cleanup !== undefined)) {
    throw usageError('--dual-write and --cleanup belong to gate finish.');
  }
  if (dualWrite !== undefined && dualWrite !== 'keep' && dualWrite !== 'disable') {
    throw usageError(`--dual-write must be keep or disable, not "${dualWrite}".`);
  }
  return { ...(dualWrite === undefined ? {} : { dualWrite }), ...(cleanup === undefined ? {} : { cleanup }) };
}

/** Shows the proof and returns its digest once the person (or --yes) took it; `null` when they did not. */
async function confirmedDigest(
  call: Call,
  session: Session,
  of: { readonly run: FoundRun; readonly gate: Gate; readonly decision: Decision },
): Promise<string | null> {
  const answer = await askStatus(session, of.run);
  if (answer.kind !== 'status') {
    throw new UserError(`The proof of gate ${of.gate} cannot be shown: ${answer.detail}.`, {
      exitCode: EXIT.failed,
      next: 'Start a worker (readiness worker) and call this again, or give the digest that you have seen with --digest.',
    });
  }
  const waiting = openGate(printableDeep(answer.status), of.gate);
  call.output.story(
    ...renderProof(waiting, {
      paint: call.output.paint,
      now: call.cli.io.now(),
      command: session.settings.command,
      page: session.links.run(of.run.workflowId, of.run.runId),
    }),
  );
  if (call.options.flag('yes')) return waiting.digest;
  if (!call.cli.io.canAsk) {
    throw usageError(
      'Nobody can be asked here, because this is no terminal.',
      `After looking at the proof above, call this again with --digest ${waiting.digest} (or --yes).`,
    );
  }
  const reply = await call.cli.io.ask(`${of.decision === 'approve' ? 'Approve' : 'Reject'} this? [y/N] `);
  if (call.cli.io.interrupted.aborted) throw new Interrupted('Interrupted. Nothing was sent.');
  return /^y(es)?$/i.test(reply.trim()) ? waiting.digest : null;
}

function openGate(status: RunStatus, gate: Gate): WaitingStatus & { readonly digest: string } {
  const { waiting } = status;
  if (waiting?.kind === 'gate' && waiting.gate === gate && waiting.digest !== null)
    return { ...waiting, digest: waiting.digest };
  const where =
    status.outcome !== null
      ? `has ended (${status.outcome})`
      : waiting === null
        ? `is in phase ${status.phase}`
        : `waits at ${waiting.gate === null ? waiting.kind : `gate ${waiting.gate}`}`;
  throw new UserError(`Gate ${gate} is not open: the run ${where}.`, { exitCode: EXIT.failed });
}
