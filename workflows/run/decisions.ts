import {
  AUTOMATIC,
  type Approval,
  type Choice,
  type Effect,
  type OpenGate,
} from '../../procedure/commands.js';
import { compareIdentity } from '../../procedure/identity.js';
import type { DecisionRecord } from '../../procedure/run-record.js';
import { reading } from '../activities.js';
import { isCancellation } from '@temporalio/workflow';
import type { Answer, Mailbox } from './mailbox.js';
import type { Run } from './run.js';

type Decide = Extract<Effect, { do: 'decide' }>;
export type GateAnswer = Answer & { readonly effect: Decide };
/** One person's yes or no at the open gate. */
export type Vote = GateAnswer & { readonly at: string };

/**
 * Takes a decision that was judged to fit. The gate closes in the same instant, so that a second decision of the same
 * moment is told that it came too late; with a quorum it stays open for the next yes.
 */
export function takeDecision(run: Run, mailbox: Mailbox, answer: GateAnswer): void {
  const gate = run.waiting;
  if (gate?.kind !== 'gate') return;
  run.votes = [...run.votes, { ...answer, at: run.now() }];
  const approvals: Approval[] = [...gate.approvals, { by: answer.by, choice: choiceOf(answer.effect) }];
  if (answer.effect.decision === 'approved' && approvals.length < gate.quorum) {
    run.wait({ ...gate, approvals }, run.waitingStatus);
    return;
  }
  closeGate(run, gate, 'decided');
  mailbox.put(answer);
}

/** Nothing can be decided here any more. The votes become records; a deadline is one too. */
export function closeGate(run: Run, gate: OpenGate, how: 'decided' | 'deadline'): void {
  const common = { gate: gate.gate, digest: gate.digest, proof: run.openProof.proof };
  run.decisions.push(
    ...run.votes.map(({ effect, by, reason, at }): DecisionRecord => ({
      ...common,
      decision: effect.decision,
      by,
      identity: isAutomatic(by) ? 'automatic' : 'unknown',
      reason,
      choice: gate.gate === 'finish' ? { ...run.openProof.extra, ...choiceOf(effect) } : null,
      at,
    })),
  );
  if (how === 'deadline') {
    run.decisions.push({
      ...common,
      decision: 'deadline',
      by: 'deadline',
      identity: 'none',
      reason: 'nobody decided in time',
      choice: null,
      at: run.now(),
    });
  }
  run.wait(null, null);
}

const isAutomatic = (by: string): boolean => by.toLowerCase().startsWith(AUTOMATIC);

function choiceOf({ dualWrite, cleanup }: Decide): Choice {
  return { ...(dualWrite === undefined ? {} : { dualWrite }), ...(cleanup === undefined ? {} : { cleanup }) };
}

/**
 * Reads from the history who Temporal says has sent each vote of the gate, and puts it into the records. Where the
 * environment requires a match, votes without one are struck out. `null` = the decision stands; `reset` = the run was reset
 * while the gate was open, so nothing of its former life counts; else the approvals that are left.
 */
export async function withoutUnproven(
  run: Run,
  gate: OpenGate,
): Promise<readonly Approval[] | 'reset' | null> {
  const struck: string[] = [];
  for (const vote of run.votes.filter(({ by }) => !isAutomatic(by))) {
    const { identity, runId } = await identityOf(run, vote);
    if (runId !== null && runId !== run.openProof.runId) {
      run.decisions = run.decisions.filter((one) => one.digest !== gate.digest);
      run.say(`The decision of gate ${gate.gate} was given before the run was reset: it does not count`);
      return 'reset';
    }
    run.decisions = run.decisions.map((one) =>
      one.digest === gate.digest && one.by === vote.by ? { ...one, identity } : one,
    );
    if (run.plan.approval.identity === 'require' && identity !== 'matched') struck.push(vote.by);
  }
  if (struck.length === 0) return null;
  run.decisions = run.decisions.filter((one) => one.digest !== gate.digest);
  for (const by of struck) {
    const name = commandOf(run.votes.find((vote) => vote.by === by));
    const message = `The decision of "${by}" does not count: the identity that Temporal recorded for it does not match that name, and this environment requires it (approval.identity).`;
    run.commands = [...run.commands, { name, via: 'update', by, accepted: false, message, at: run.now() }];
    run.say(message);
  }
  run.votes = run.votes.filter(({ by }) => !struck.includes(by));
  return run.votes.map(({ by, effect }) => ({ by, choice: choiceOf(effect) }));
}

const commandOf = (vote: Vote | undefined): 'approve' | 'reject' =>
  vote?.effect.decision === 'rejected' ? 'reject' : 'approve';

async function identityOf(
  run: Run,
  vote: Vote,
): Promise<{ readonly identity: DecisionRecord['identity']; readonly runId: string | null }> {
  try {
    const { identity, found, runId } = await reading.readDecisionIdentity.executeWithOptions(
      { summary: `who decided, by Temporal's own record: ${vote.by}` },
      [
        {
          workflowId: run.workflowId,
          runId: run.runId,
          command: commandOf(vote),
          digest: vote.effect.digest,
          by: vote.by,
        },
      ],
    );
    return { identity: found ? compareIdentity(vote.by, identity) : 'unknown', runId };
  } catch (error) {
    if (isCancellation(error)) throw error;
    return { identity: 'unknown', runId: null };
  }
}
