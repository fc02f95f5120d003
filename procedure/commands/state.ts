import type { Gate } from '../phases.js';

/** What gate finish decides beside yes or no; a field that was left out is as the gate proposed it. */
export interface Choice {
  readonly dualWrite?: 'keep' | 'disable';
  readonly cleanup?: boolean;
}

/** One person's yes at a gate that asks for more than one. */
export interface Approval {
  readonly by: string;
  readonly choice: Choice;
}

export interface OpenGate {
  readonly kind: 'gate';
  readonly gate: Gate;
  readonly digest: string;
  /** Who may decide; `*` = everybody. */
  readonly approvers: readonly string[];
  readonly reasonNeeded: boolean;
  /** So many different people must approve. */
  readonly quorum: number;
  /** Who approved so far, in order. */
  readonly approvals: readonly Approval[];
  /** The person who started the run, when that person may not approve; else `null`. */
  readonly barredStarter: string | null;
}

/** What the run is waiting for, as far as commands are concerned. */
export type Waiting = OpenGate | { readonly kind: 'attention'; readonly skippable: boolean } | null;

export interface CommandState {
  readonly waiting: Waiting;
  /** Gates that were decided, newest last. */
  readonly decided: readonly {
    readonly gate: Gate;
    readonly digest: string;
    readonly decision: string;
    readonly by: string;
    readonly choice: Choice | null;
  }[];
  readonly phase: string;
  /** Phase 1 is over: limits and deadlines are known. */
  readonly planned: boolean;
  /** Who paused the run; `null` = it is not paused. */
  readonly pausedBy: string | null;
  /** Whole length of the soak that goes on now, milliseconds; `null` outside of it. */
  readonly soakMs: number | null;
  readonly rollingBack: boolean;
  /** The rollback has been failing for longer than its patience. */
  readonly rollbackIncomplete: boolean;
  readonly ended: boolean;
  /** In a lab a program may decide; it says so in its name, and the evidence says `automatic`. */
  readonly automaticAllowed?: boolean;
}

/** A command that was understood. */
export type Effect =
  | {
      readonly do: 'decide';
      readonly gate: Gate;
      readonly decision: 'approved' | 'rejected';
      readonly digest: string;
      readonly dualWrite?: 'keep' | 'disable';
      readonly cleanup?: boolean;
    }
  | { readonly do: 'retry' | 'skip' | 'rollback' | 'acknowledge' | 'pause' | 'resume' | 'finish-soak' }
  | { readonly do: 'extend-soak'; readonly soakMs: number };

/** `effect: null` = accepted and nothing is left to be done: the same command came before. */
export type Judgement =
  | {
      readonly accepted: true;
      readonly effect: Effect | null;
      readonly by: string;
      readonly reason: string | null;
      readonly message: string;
    }
  | { readonly accepted: false; readonly by: string | null; readonly message: string };

/** Where the run is, for a refusal. */
export function whereIs(state: CommandState): string {
  if (state.rollingBack) return 'rolling back';
  if (state.waiting === null) return `in phase ${state.phase}`;
  return state.waiting.kind === 'gate'
    ? `at gate ${state.waiting.gate}`
    : `at attention in phase ${state.phase}`;
}
