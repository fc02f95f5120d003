import { uuid4 } from '@temporalio/workflow';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { Choice, OpenGate } from '../../procedure/commands.js';
import type { Gate } from '../../procedure/phases.js';
import type { WaitingStatus } from '../../procedure/status.js';
import { act } from './acting.js';
import { closeGate, withoutUnproven, type GateAnswer } from './decisions.js';
import { seal, tell } from './keeping.js';
import type { Mailbox } from './mailbox.js';
import { untilResumed } from './pause.js';
import type { Run } from './run.js';
import { untilAnswered } from './waiting.js';

/**
 * Binds a decision to the proof that is shown, to this gate and to this run. `runId` comes from a recorded result and not
 * from the SDK: a reset run replays the past of another one, and must come to the same digests there.
 */
export function gateDigest(proof: string, gate: Gate, runId: string): string {
  return bytesToHex(sha256(new TextEncoder().encode(`${proof}\n${gate}\n${runId}`))).slice(0, 16);
}

export interface GateOptions {
  readonly gate: Gate;
  readonly title: string;
  /** What to look at before deciding. */
  readonly proof: readonly string[];
  readonly onDeadline: string;
  readonly reasonNeeded: boolean;
  /** Offered in the JSON to paste, beside gate, digest, by and reason. */
  readonly extra: Choice;
  readonly automatic: { readonly by: string; readonly reason: string } | null;
}

/**
 * Opens a gate: seals the evidence, shows the proof with the exact JSON, waits for a decision. Returns it, or `null`
 * when the deadline came first. `describe` is asked again whenever the gate has to be shown anew. The run's rollback command does not come through here: it interrupts.
 */
export async function openGate(
  run: Run,
  mailbox: Mailbox,
  describe: () => GateOptions,
): Promise<GateAnswer | null> {
  await untilResumed({ run, mailbox });
  const options = describe();
  const proof = await seal(run);
  const runId = run.sealedBy ?? run.plan.runId;
  const digest = gateDigest(proof ?? uuid4(), options.gate, runId);
  const since = Date.now();
  const patience = run.plan.deadlines[options.gate];
  mailbox.clear();
  run.openProof = { proof: proof ?? '', extra: options.extra, runId };
  if (options.automatic !== null)
    return automaticDecision(run, { ...options, automatic: options.automatic }, digest);
  run.say(`Gate ${options.gate} is open, deadline ${new Date(since + patience).toISOString()}`);
  const page = pageOf(run, options, { digest, proof, since, patience });
  let gate = gateOf(run, options, digest);
  run.votes = [];
  run.wait(gate, page);
  await tell(run, {
    severity: 'INFO',
    title: `Gate ${options.gate} waits for a decision`,
    text: options.proof.join('\n'),
    key: `gate-${digest}`,
  });
  for (;;) {
    const answer = await untilAnswered(run, mailbox, {
      since,
      patience,
      title: `gate ${options.gate}`,
      otherwise: () => run.asked,
    });
    if (answer === null && run.asked) {
      // What was found is answered first; then the gate asks again, with the proof as it is then.
      run.wait(null, null);
      await act({ run, mailbox });
      return openGate(run, mailbox, describe);
    }
    if (answer === null) {
      closeGate(run, gate, 'deadline');
      return null;
    }
    const proven = await withoutUnproven(run, gate);
    // Decided in a former life of this run: what is shown now is asked for anew.
    if (proven === 'reset') return openGate(run, mailbox, describe);
    if (proven === null && answer.effect.do === 'decide') return { ...answer, effect: answer.effect };
    gate = { ...gate, approvals: proven ?? [] };
    run.wait(gate, page);
  }
}

function gateOf(run: Run, options: GateOptions, digest: string): OpenGate {
  const { approvers, approval, input } = run.plan;
  return {
    kind: 'gate',
    gate: options.gate,
    digest,
    approvers: approvers[options.gate],
    reasonNeeded: options.reasonNeeded,
    quorum: approval.quorum[options.gate],
    approvals: [],
    barredStarter: approval.starterMayApprove ? null : (input.startedBy ?? null),
  };
}

interface Shown {
  readonly digest: string;
  readonly proof: string | null;
  readonly since: number;
  readonly patience: number;
}

function pageOf(run: Run, options: GateOptions, { digest, proof, since, patience }: Shown): WaitingStatus {
  const { gate, title, extra, onDeadline } = options;
  const quorum = run.plan.approval.quorum[gate];
  const payload = { gate, digest, by: 'YOUR NAME', reason: '' };
  return {
    kind: 'gate',
    gate,
    title,
    proof: [
      ...options.proof,
      ...(quorum > 1 ? [`${String(quorum)} different people must approve`] : []),
      `Proof: evidence \`${run.scope.evidence.name}\`, digest \`${proof?.slice(0, 16) ?? 'none'}\``,
    ],
    paste: { approve: { ...payload, ...extra }, reject: payload },
    digest,
    since: new Date(since).toISOString(),
    deadline: new Date(since + patience).toISOString(),
    onDeadline,
  };
}

/** A GO that the start asked to pass by itself (`autoPassSoak`). */
function automaticDecision(
  run: Run,
  { gate, automatic }: GateOptions & { readonly automatic: { readonly by: string; readonly reason: string } },
  digest: string,
): GateAnswer {
  const effect = { do: 'decide', gate, decision: 'approved', digest } as const;
  run.decisions.push({
    gate,
    decision: 'approved',
    ...automatic,
    identity: 'automatic',
    choice: null,
    digest,
    proof: run.openProof.proof,
    at: run.now(),
  });
  return { effect, ...automatic };
}
