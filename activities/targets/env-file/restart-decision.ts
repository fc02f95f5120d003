import { effectiveFlag, FLAG_NAMES, type FlagName, type FlagValues } from '../../../procedure/flags.js';
import type { FlagAssignment } from '../target.js';
import type { ProgramState } from './supervisor.js';

/** Everything that decides what a restart needs next, looked at in this order: in flight, supervisor, processes. */
export interface RestartView {
  /** A supervisorctl of an earlier, killed attempt (or of a person) is still at work on the program. */
  readonly commandInFlight: boolean;
  readonly state: ProgramState;
  /** When the supervisor started the program; `null` when it does not run. */
  readonly startedAtMs: number | null;
  /** When the env file was last written. */
  readonly fileWrittenAtMs: number;
  /** What the env file says now; somebody (the guardian, a person) may have changed it since this step wrote it. */
  readonly fileValues: FlagValues;
  readonly processes: readonly { readonly pid: number; readonly values: FlagValues }[];
  readonly wanted: FlagAssignment;
  /** How often this attempt started or restarted the program already. */
  readonly starts: number;
}

export type RestartStep =
  | { readonly kind: 'wait'; readonly why: string }
  | { readonly kind: 'start' }
  | { readonly kind: 'restart' }
  /** Every serving process carries the wanted values. */
  | { readonly kind: 'carried' }
  | { readonly kind: 'fail'; readonly restartLoop: boolean; readonly reason: string };

/** /proc tells a start to about 20 ms; a start that is not surely after the write counts as before it. */
const CLOCK_MARGIN_MS = 100;
/** A command that was cut off may be repeated; more than this would be a loop of our own making. */
const MAXIMUM_STARTS = 3;

/**
 * What to do next, from what is there alone: no memory of earlier attempts is needed, so an attempt that follows a killed
 * one does only what is missing. Pure.
 */
export function nextStep(view: RestartView): RestartStep {
  const takenBack = differing(view.fileValues, view.wanted);
  if (takenBack.length > 0) return overtaken(view, takenBack);
  if (view.commandInFlight)
    return { kind: 'wait', why: 'a supervisorctl command on the program is still at work' };
  switch (view.state) {
    case 'FATAL':
    case 'EXITED':
    case 'STOPPED':
      return stopped(view);
    case 'STARTING':
    case 'BACKOFF':
    case 'STOPPING':
    case 'UNKNOWN':
      // A new process reads the file as it is now, so there is nothing to do but to wait for RUNNING or FATAL.
      return { kind: 'wait', why: `the supervisor says ${view.state}` };
    case 'RUNNING':
      return running(view);
  }
}

function stopped(view: RestartView): RestartStep {
  if (view.starts === 0) return { kind: 'start' };
  switch (view.state) {
    case 'FATAL':
      return {
        kind: 'fail',
        restartLoop: true,
        reason: 'it was started, died again and again, and the supervisor gave up (FATAL)',
      };
    case 'EXITED':
      return { kind: 'wait', why: 'it exited after its start and was not started again yet (EXITED)' };
    default:
      return { kind: 'fail', restartLoop: false, reason: 'it was started, and somebody stopped it again' };
  }
}

function running(view: RestartView): RestartStep {
  const { processes, startedAtMs, fileWrittenAtMs } = view;
  const different = processes.flatMap(({ pid, values }) =>
    differing(values, view.wanted).map(
      (name) => `process ${String(pid)} has ${name}=${values[name] ?? '(absent)'}`,
    ),
  );
  if (processes.length > 0 && different.length === 0) return { kind: 'carried' };
  if (startedAtMs === null) return { kind: 'wait', why: 'the program is being replaced' };
  if (startedAtMs <= fileWrittenAtMs + CLOCK_MARGIN_MS)
    return view.starts < MAXIMUM_STARTS ? { kind: 'restart' } : stuck(view);
  if (processes.length === 0) return { kind: 'wait', why: 'no process answers requests yet' };
  return {
    kind: 'fail',
    restartLoop: false,
    reason: `the program was started after the env file was written, and yet ${different.join(', ')}; another restart would not help: something else sets it (environment= of the supervisor's program?), or the file is not read when the program starts`,
  };
}

/** A restart would serve somebody else's values, so it is no longer this step's to order. */
function overtaken({ fileValues }: RestartView, names: readonly FlagName[]): RestartStep {
  const said = names.map((name) => `${name}=${fileValues[name] ?? '(absent)'}`).join(', ');
  return {
    kind: 'fail',
    restartLoop: false,
    reason: `the env file was changed by somebody else since this step wrote it and says ${said}; nothing more was restarted`,
  };
}

function stuck({ starts }: RestartView): RestartStep {
  const reason = `${String(starts)} restarts were asked for, and the same old process still runs; does the supervisor accept commands, and do the clocks of this machine and of the env file's disk agree?`;
  return { kind: 'fail', restartLoop: false, reason };
}

/** The variables that the application would read otherwise than wanted. */
export function differing(values: FlagValues, wanted: FlagAssignment): FlagName[] {
  return FLAG_NAMES.filter((name) => {
    const value = wanted[name];
    return value !== undefined && effectiveFlag(name, values[name]) !== effectiveFlag(name, value);
  });
}
