import {
  BASELINE_FLAGS,
  ENABLE_CHANGE,
  FLAG_NAMES,
  flagsThatDiffer,
  isSilentlyFalse,
  STRICT_ON,
  type FlagName,
} from '../../procedure/flags.js';
import type { ExpectedFlags, ServingFlagsObservation } from '../../procedure/observations.js';
import type { ServingProcess } from './target.js';

/** What the four variables are to be: the environment's baseline values, with dual-write on top when it is enabled. */
export function expectedFlags(
  expected: ExpectedFlags,
  baseline: Readonly<Record<FlagName, 'true' | 'false'>> = BASELINE_FLAGS,
): Readonly<Record<FlagName, 'true' | 'false'>> {
  if (expected === 'baseline') return baseline;
  return { ...baseline, ...ENABLE_CHANGE, ...(expected === 'strict' ? STRICT_ON : {}) };
}

/**
 * Judges what every serving process carries: a variable counts as the application reads it. One that is absent counts
 * as its default and is told as such, because that default is the code's and proven only by effect. Pure.
 */
export function judgeServingFlags(
  processes: readonly ServingProcess[],
  wanted: Readonly<Record<FlagName, 'true' | 'false'>>,
): Pick<ServingFlagsObservation, 'status' | 'reason'> {
  if (processes.length === 0) return { status: 'unknown', reason: 'no serving process was found' };
  const differences = processes.flatMap(({ id, values }) =>
    flagsThatDiffer(values, wanted).map((name) => {
      const raw = values[name];
      const trap = isSilentlyFalse(raw) ? ' (looks like true, is read as False)' : '';
      return `${id}: ${name} is ${raw ?? 'absent'}${trap}, expected ${wanted[name]}`;
    }),
  );
  if (differences.length > 0) return { status: 'differs', reason: differences.join('; ') };
  const absent = FLAG_NAMES.filter((name) => processes.some(({ values }) => values[name] === null));
  return {
    status: 'as-expected',
    reason:
      absent.length === 0 ? null : `absent, so the application's own default counts: ${absent.join(', ')}`,
  };
}
