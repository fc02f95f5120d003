import type { FlagName } from '../../procedure/flags.js';
import type { ReadServingFlagsInput, ReadServingFlagsOutput } from '../contract.js';
import { writeEvidenceFile } from '../support/files.js';
import { textOf } from '../support/failure.js';
import { patiently } from '../support/patiently.js';
import { flagCheckText, runFlagCheck } from './flag-check.js';
import { expectedFlags, judgeServingFlags } from './serving-flags.js';
import type { ServingProcess, Target, TargetChanges } from './target.js';

interface Asked {
  readonly target: Target;
  readonly baseline: Readonly<Record<FlagName, 'true' | 'false'>>;
}

/**
 * The four variables in every serving process, and (`since`) what somebody else has changed on the target meanwhile. A
 * target that cannot be asked is an answer, `unknown` with the reason, and not an exception. Changes nothing.
 */
export async function readServingFlags(
  { target, baseline }: Asked,
  input: ReadServingFlagsInput,
  signal: AbortSignal,
): Promise<ReadServingFlagsOutput> {
  const { id, expected } = input.observation;
  const patience = { signal, forMs: target.patienceMs ?? 0 };
  const [read, check, changed] = await Promise.all([
    orReason(() => patiently(patience, () => target.readServingFlags(signal))),
    input.seedCheck ? runFlagCheck(target, signal) : null,
    changesSince(target, input.since, signal),
  ]);
  signal.throwIfAborted();
  const at = new Date().toISOString();
  const processes = typeof read === 'string' ? null : read;
  if (check !== null) {
    const file = `logs/flags_${id.replaceAll(/[^A-Za-z0-9_-]/g, '_')}.txt`;
    await writeEvidenceFile(input.evidence, file, flagCheckText(check, processes, at));
  }
  const common = { kind: 'serving-flags', id, at, source: 'processes', expected } as const;
  if (typeof read === 'string') return { ...common, processes: [], status: 'unknown', reason: read };
  const unread = { ...common, processes: read, status: 'unknown' } as const;
  if (typeof changed === 'string')
    return { ...unread, reason: `The target could not be compared with what it was: ${changed}` };
  const judged = {
    ...common,
    processes: read,
    ...judgeServingFlags(read, expectedFlags(expected, baseline)),
  };
  if (changed === null || changed.drift.length === 0) return judged;
  return { ...judged, drift: { changes: changed.drift, target: changed.state } };
}

async function changesSince(
  target: Target,
  since: string | undefined,
  signal: AbortSignal,
): Promise<TargetChanges | null | string> {
  if (since === undefined) return null;
  const patience = { signal, forMs: target.patienceMs ?? 0 };
  return orReason(() => patiently(patience, async () => (await target.readChanges?.(since, signal)) ?? null));
}

async function orReason<T extends TargetChanges | null | readonly ServingProcess[]>(
  read: () => Promise<T>,
): Promise<T | string> {
  try {
    return await read();
  } catch (error) {
    return textOf(error);
  }
}
