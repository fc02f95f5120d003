import { FLAG_NAMES, SAFE_CHANGE } from '../../procedure/flags.js';
import { RETRYABLE } from '../../procedure/failures.js';
import type { FlagCapture } from '../contract.js';
import { failure } from '../support/failure.js';
import { freePermission } from './permission.js';
import { assignmentOf, type FlagAssignment, type PutBack, type SettleResult, type Target } from './target.js';

export interface TakenBack extends Pick<PutBack, 'written' | 'note'> {
  readonly settled: SettleResult;
}

/**
 * Puts the flags back and waits until every serving process carries them. What somebody else's entry keeps from the processes
 * is no reason to leave the rest: that is brought about first, and then the entry is told. @throws NotYet until all is back.
 */
export async function takeBack(
  target: Target,
  capture: FlagCapture | null,
  signal: AbortSignal,
): Promise<TakenBack> {
  const put =
    capture !== null && capture.safe
      ? await target.putBack(capture, freePermission, signal)
      : await toSafeValues(target, signal);
  const hiding = (await target.hiding?.(put.wanted, signal)) ?? [];
  const within: FlagAssignment = Object.fromEntries(
    FLAG_NAMES.filter(
      (name) => put.wanted[name] !== undefined && !hiding.some((one) => one.name === name),
    ).map((name) => [name, put.wanted[name]]),
  );
  const settled = await target.settle(
    { wanted: within, permission: freePermission, readiness: 'reported' },
    signal,
  );
  const entries = hiding.map(({ text }) => text).join('; ');
  const hidden =
    entries === ''
      ? null
      : `new processes do not get what was put back: ${entries}. Take that out; no restart mends it`;
  const reason =
    settled.status === 'failed' ? (settled.reason ?? 'the restart did not come to its end') : null;
  if (reason !== null || hidden !== null)
    throw failure(RETRYABLE.notYet, [hidden, reason].filter((one) => one !== null).join('; '));
  const { written, note } = put;
  return { written, settled, ...(note === undefined ? {} : { note }) };
}

/** seed §7.1, where nothing was captured or what was captured is no state to go back to. */
async function toSafeValues(target: Target, signal: AbortSignal): Promise<PutBack> {
  const wanted = assignmentOf(SAFE_CHANGE);
  return { written: await target.setFlags(wanted, freePermission, signal), wanted };
}
