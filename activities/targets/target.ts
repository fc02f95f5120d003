import type { FlagChange, FlagName, FlagValues } from '../../procedure/flags.js';
import type { Plan } from '../../procedure/plan.js';
import type { FlagCapture } from '../contract.js';
import type { PermitBudget } from '../lease/permit.js';
import type { CommandResult } from './command.js';

/** Values to bring about; `null` = the variable is to be absent from the place that the method writes. */
export type FlagAssignment = Readonly<Partial<Record<FlagName, string | null>>>;

/** One process that answers requests, with the four variables as it carries them. */
export interface ServingProcess {
  /** `pid 4711`, or a pod and its container. */
  readonly id: string;
  readonly values: FlagValues;
}

/** One thing that somebody else did to the target; `text` says what, who and when, as far as it is recorded. */
export interface TargetChange {
  readonly kind: 'scaled' | 'edited';
  readonly text: string;
}

/** An entry that gives a variable another value than the one that was asked for; `text` names entry, object and value. */
export interface HiddenFlag {
  readonly name: FlagName;
  readonly text: string;
}

/** What a captured state became. */
export interface PutBack {
  readonly written: boolean;
  /** What every serving process has to carry now. */
  readonly wanted: FlagAssignment;
  /** Why something else than the captured state was written; absent = it was. */
  readonly note?: string;
}

/** What became of the target since a former look. */
export interface TargetChanges {
  /** To be handed in the next time. Opaque; holds no secret. */
  readonly state: string;
  readonly drift: readonly TargetChange[];
  /** Containers that ended and were started again, one text each. */
  readonly restarts: readonly string[];
  /** Containers that die again and again. */
  readonly loops: readonly string[];
}

/** How a restart came to its end. */
export interface SettleResult {
  readonly status: 'complete' | 'failed';
  /** Whether this call restarted or started anything; false when everything was as wanted already. */
  readonly restarted: boolean;
  /** The new processes die again and again. */
  readonly restartLoop: boolean;
  /** Why it failed, or what is worth knowing although it is complete. */
  readonly reason: string | null;
}

/** The time that is left for a change that was allowed; at 0 it must not begin any more. */
export type ChangeBudget = PermitBudget;

/** What a change does: a file is written in an instant, a restart takes its time. */
export type ChangeStep = 'write' | 'start' | 'restart';

/** Runs one change of the target when the guardian permits it, and bounds it in time. @throws PermitRefused. */
export type Permission = <T>(step: ChangeStep, act: (budget: ChangeBudget) => Promise<T>) => Promise<T>;

export interface SettleOptions {
  readonly wanted: FlagAssignment;
  readonly permission: Permission;
  /** `required`: not complete before the readiness path answers 200. `reported`: only told when it does not (rollback). */
  readonly readiness: 'required' | 'reported';
}

/** One thing that a method needs to work, as it was found. */
export interface AccessCheck {
  readonly id: string;
  readonly title: string;
  readonly seed: string | null;
  /** Makes the check; whatever it throws makes the check `unknown`. */
  readonly run: (signal: AbortSignal) => Promise<AccessFinding>;
}
export interface AccessFinding {
  readonly ok: boolean;
  readonly detail: string;
  readonly advice: string;
  /** What people have to know before they approve, although it keeps nobody from a run; absent = nothing. */
  readonly notice?: string;
}

/**
 * The application under test through one deployment method of seed §2. All that a method must be able to do; what differs
 * between methods stays behind it. Every function may be called twice, and after a kill in the middle of the first call:
 * it looks at what is there and does only what is missing.
 */
export interface Target {
  /** For plan and page: the letter of seed §2 and what is addressed. */
  readonly method: Plan['method'];
  /** The place whose content is captured and changed (a path, an object's name), as a capture names it. */
  readonly place: string;
  /**
   * How long reading waits for what stands between us and the processes (an API server that restarts), in milliseconds;
   * absent = nothing does, and who cannot be read is told at once.
   */
  readonly patienceMs?: number;
  /**
   * The four variables of every serving process. @throws NotServing when there is none, TargetUnreachable, NotFound or
   * Unauthorized when they cannot be read; an empty list is never given.
   */
  readServingFlags(signal: AbortSignal): Promise<readonly ServingProcess[]>;
  /** Where the four variables stand now. Changes nothing. */
  captureFlags(signal: AbortSignal): Promise<FlagCapture>;
  /**
   * Writes variables, and where method and server do both in one, has the pods replaced by new ones that carry them. False:
   * everything stood as asked already.
   */
  setFlags(assignment: FlagAssignment, permission: Permission, signal: AbortSignal): Promise<boolean>;
  /**
   * Puts a captured state back as it was, and gives the values that every serving process has to carry then: never others
   * than safe ones, whatever somebody else has written meanwhile.
   */
  putBack(capture: FlagCapture, permission: Permission, signal: AbortSignal): Promise<PutBack>;
  /**
   * Which entries keep new processes from the wanted values, where the method can tell: no restart mends them.
   */
  hiding?(wanted: FlagAssignment, signal: AbortSignal): Promise<readonly HiddenFlag[]>;
  /** Brings it about that every serving process carries the wanted values, with at most one restart, and waits for it. */
  settle(options: SettleOptions, signal: AbortSignal): Promise<SettleResult>;
  /** Runs `manage.py` with these arguments. @throws TargetUnreachable or NotFound when it cannot be started. */
  runManagement(args: readonly string[], options: ManagementOptions): Promise<CommandResult>;
  /**
   * What somebody else did, and what ended by itself, since a former look; `null` = this is the first. Where a method can
   * tell. `own` is left out where the former look is one from before our own change.
   */
  readChanges?(
    since: string | null,
    signal: AbortSignal,
    leaveOut?: 'own' | 'nothing',
  ): Promise<TargetChanges>;
  /** What must be there for all of the above, each to be checked by itself. Changes nothing. */
  accessChecks(): readonly AccessCheck[];
}

export interface ManagementOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** What `change` asks for, as an assignment. */
export function assignmentOf(change: FlagChange): FlagAssignment {
  return { ...change };
}

/** A captured state as an assignment, for methods without references. */
export function assignmentOfCapture(capture: FlagCapture): FlagAssignment {
  return Object.fromEntries(
    capture.variables.map((variable) => [variable.name, variable.state === 'value' ? variable.value : null]),
  );
}
