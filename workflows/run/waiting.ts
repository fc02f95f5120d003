import { condition, workflowInfo } from '@temporalio/workflow';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { AUTOMATIC, type Choice, type Effect } from '../../procedure/commands.js';
import { formatDuration } from '../../procedure/durations.js';
import type { Gate } from '../../procedure/phases.js';
import { EndRun } from './ending.js';
import { seal, tell } from './keeping.js';
import type { Run } from './run.js';

/** What a person told a waiting run. */
export interface Answer {
  readonly effect: Effect;
  readonly by: string;
  readonly reason: string | null;
}

/** The mailbox between the command handlers and the place where the run waits. */
export class Mailbox {
  #answer: Answer | null = null;

  put(answer: Answer): void {
    this.#answer ??= answer;
  }

  /** Waits until an answer is there; `null` when the time is over first. */
  async next(milliseconds: number, summary: string): Promise<Answer | null> {
    const there = await condition(() => this.#answer !== null, milliseconds, { summary });
    if (!there) return null;
    const answer = this.#answer;
    this.#answer = null;
    return answer;
  }

  get empty(): boolean {
    return this.#answer === null;
  }

  clear(): void {
    this.#answer = null;
  }
}

/** Binds a decision to the proof that is shown, to this gate and to this run: a reset run has another id. */
export function gateDigest(proof: string, gate: Gate): string {
  const text = `${proof}\n${gate}\n${workflowInfo().runId}`;
  return bytesToHex(sha256(new TextEncoder().encode(text))).slice(0, 16);
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

export type GateAnswer = Answer & { readonly effect: Extract<Effect, { do: 'decide' }> };

const REMINDERS = [0.5, 0.9] as const;

/**
 * Opens a gate: seals the evidence, shows the proof with the exact JSON, waits for a decision. Returns it, or `null`
 * when the deadline came first. The run's rollback command does not come through here: it interrupts.
 */
export async function openGate(run: Run, mailbox: Mailbox, options: GateOptions): Promise<GateAnswer | null> {
  const proof = await seal(run);
  const digest = gateDigest(proof ?? 'evidence could not be written', options.gate);
  const patience = run.plan.deadlines[options.gate];
  const since = Date.now();
  const payload = { gate: options.gate, digest, by: 'YOUR NAME', reason: '', ...options.extra };
  mailbox.clear();
  run.say(`Gate ${options.gate} is open, deadline ${new Date(since + patience).toISOString()}`);
  run.wait(
    {
      kind: 'gate',
      gate: options.gate,
      digest,
      approvers: run.plan.approvers[options.gate],
      reasonNeeded: options.reasonNeeded,
    },
    {
      kind: 'gate',
      gate: options.gate,
      title: options.title,
      proof: [
        ...options.proof,
        `Proof: evidence \`${run.scope.evidence.name}\`, digest \`${proof?.slice(0, 16) ?? 'none'}\``,
      ],
      paste: { approve: payload, reject: { gate: options.gate, digest, by: 'YOUR NAME', reason: '' } },
      digest,
      since: new Date(since).toISOString(),
      deadline: new Date(since + patience).toISOString(),
      onDeadline: options.onDeadline,
    },
  );
  if (options.automatic !== null) {
    mailbox.put({
      effect: { do: 'decide', gate: options.gate, decision: 'approved', digest },
      ...options.automatic,
    });
  } else {
    await tell(run, {
      severity: 'INFO',
      title: `Gate ${options.gate} waits for a decision`,
      text: options.proof.join('\n'),
      key: `gate-${digest}`,
    });
  }
  const answer = await untilAnswered(run, mailbox, { since, patience, title: `gate ${options.gate}` });
  run.wait(null, null);
  const { decision, by, reason } = decisionOf(answer);
  run.decisions.push({
    gate: options.gate,
    decision,
    by,
    identity:
      answer === null
        ? 'none'
        : options.automatic !== null || by.toLowerCase().startsWith(AUTOMATIC)
          ? 'automatic'
          : 'claimed',
    reason,
    choice: options.gate === 'finish' && answer !== null ? { ...options.extra, ...choiceOf(answer) } : null,
    digest,
    proof: proof ?? '',
    at: run.now(),
  });
  return answer !== null && answer.effect.do === 'decide' ? { ...answer, effect: answer.effect } : null;
}

function choiceOf({ effect }: Answer): Choice {
  if (effect.do !== 'decide') return {};
  const { dualWrite, cleanup } = effect;
  return { ...(dualWrite === undefined ? {} : { dualWrite }), ...(cleanup === undefined ? {} : { cleanup }) };
}

function decisionOf(answer: Answer | null): {
  decision: 'approved' | 'rejected' | 'deadline';
  by: string;
  reason: string | null;
} {
  if (answer === null || answer.effect.do !== 'decide')
    return { decision: 'deadline', by: 'deadline', reason: 'nobody decided in time' };
  return { decision: answer.effect.decision, by: answer.by, reason: answer.reason };
}

interface Patience {
  readonly since: number;
  readonly patience: number;
  readonly title: string;
}

async function untilAnswered(
  run: Run,
  mailbox: Mailbox,
  { since, patience, title }: Patience,
): Promise<Answer | null> {
  for (const share of [...REMINDERS, 1]) {
    const left = since + patience * share - Date.now();
    const answer = await mailbox.next(Math.max(0, left), 'waiting for approval: see User Metadata');
    if (answer !== null) return answer;
    if (share < 1) {
      const rest = formatDuration(since + patience - Date.now());
      run.say(`Reminder: ${title} has ${rest} left`);
      await tell(run, {
        severity: 'INFO',
        title: `Reminder: ${title} waits, ${rest} left`,
        text: 'See the page of the run.',
        key: `reminder-${title}-${String(share)}-${String(since)}`,
      });
    }
  }
  run.say(`Deadline: nobody answered ${title}`);
  return null;
}

export interface AttentionOptions {
  readonly title: string;
  readonly problems: readonly string[];
  readonly skippable: boolean;
  readonly patienceMs: number;
  readonly onDeadline: string;
}

/** Waits for a person after a failure outside the rules. `deadline` when nobody came in time. */
export async function attention(
  run: Run,
  mailbox: Mailbox,
  options: AttentionOptions,
): Promise<'retry' | 'skip' | 'deadline'> {
  const since = Date.now();
  mailbox.clear();
  await seal(run);
  run.say(`Attention: ${options.title}`);
  const payload = { by: 'YOUR NAME', reason: '' };
  run.wait(
    { kind: 'attention', skippable: options.skippable },
    {
      kind: 'attention',
      gate: null,
      title: options.title,
      proof: options.problems,
      paste: { retry: payload, ...(options.skippable ? { skip: payload } : {}), rollback: payload },
      digest: null,
      since: new Date(since).toISOString(),
      deadline: new Date(since + options.patienceMs).toISOString(),
      onDeadline: options.onDeadline,
    },
  );
  await tell(run, {
    severity: 'HIGH',
    title: `Attention: ${options.title}`,
    text: options.problems.join('\n'),
    key: `attention-${String(since)}`,
  });
  const answer = await untilAnswered(run, mailbox, {
    since,
    patience: options.patienceMs,
    title: 'attention',
  });
  run.wait(null, null);
  if (answer === null) return 'deadline';
  return answer.effect.do === 'skip' ? 'skip' : 'retry';
}

/** The usual end of an attention that nobody answered. */
export function attentionOver(title: string): EndRun {
  return EndRun.back('attention', `nobody answered at attention: ${title}`);
}
