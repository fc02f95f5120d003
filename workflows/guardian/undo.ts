import { sleep } from '@temporalio/workflow';
import type { FlagCapture, StepScope, Undo } from '../../activities/contract.js';
import type { LatencyObservation } from '../../procedure/observations.js';
import type { RollbackPart, RollbackRecord } from '../../procedure/run-record.js';
import { keeping, undoing } from '../activities.js';
import type { RollbackOrder } from '../messages.js';
import type { Permits } from './permits.js';
import { messageOf } from '../run/message-of.js';
import { probeOff } from './probe.js';
import { secondBaseline } from './second-baseline.js';

export interface UndoInput {
  readonly environment: string;
  readonly undo: readonly { readonly undo: Undo; readonly scope: StepScope }[];
  readonly order: RollbackOrder;
  readonly permits: Permits;
  readonly patienceMs: number;
  readonly onIncomplete: (detail: string) => Promise<void>;
  /** Goes on with a fresh history, in the same state; never returns. */
  readonly carryOn: () => Promise<never>;
  readonly acknowledged: () => { readonly by: string; readonly reason: string } | null;
}

const FIRST_PAUSE_MS = 2000;
const LONGEST_PAUSE_MS = 60_000;
/** Long before Temporal's limit of events: about eight hours of tries in vain. */
const TRIES_PER_HISTORY = 500;

/** Undoes everything that was registered: flags first, always; the rest newest first; no failing part stops another. */
export async function undoAll(input: UndoInput): Promise<RollbackRecord> {
  const startedAt = new Date().toISOString();
  const parts: RollbackPart[] = [];
  const flags = input.undo.find((one) => one.undo.kind === 'flags');
  let complete = true;
  let again: LatencyObservation | null = null;
  if (flags !== undefined && flags.undo.kind === 'flags') {
    const result = await flagsBack(input, flags.undo.capture, flags.scope);
    parts.push(...result.parts);
    complete = result.complete;
    // What goes on with the flag off is no rollback; a target that still copies says nothing of how it was.
    if (complete && flags.undo.again !== undefined && !input.order.thenHold) {
      const { part, latency } = await secondBaseline(flags.scope, flags.undo.again);
      parts.push(part);
      again = latency;
    }
  }
  for (const one of [...input.undo].reverse()) {
    if (one.undo.kind === 'rows') parts.push(await rowsAway(one.undo, one.scope, flags !== undefined));
  }
  const { cause, by, reason } = input.order;
  return {
    ...{ cause, by, reason, complete, parts },
    ...(again === null ? {} : { secondBaseline: again }),
    ...{ startedAt, endedAt: new Date().toISOString() },
  };
}

/**
 * Puts the flags back and does not give up: after its patience people are told, and it goes on until it is done or a
 * person acknowledges. Done = every serving process carries the safe values and a probe write is not copied.
 */
async function flagsBack(
  input: UndoInput,
  capture: FlagCapture | null,
  scope: StepScope,
): Promise<{ parts: RollbackPart[]; complete: boolean }> {
  const began = Date.now();
  let told = false;
  let tries = 0;
  for (;;) {
    tries += 1;
    const parts = await tryOnce({ capture, scope, permits: input.permits }, tries);
    if (parts.every((part) => part.status !== 'failed')) return { parts, complete: true };
    const acknowledged = input.acknowledged();
    if (acknowledged !== null) {
      const detail = `left as it is by ${acknowledged.by}: ${acknowledged.reason}`;
      return { parts: [...parts, { part: 'acknowledged', status: 'failed', detail }], complete: false };
    }
    if (!told && Date.now() - began >= input.patienceMs) {
      told = true;
      const detail = parts
        .filter((part) => part.status === 'failed')
        .map((part) => `${part.part}: ${part.detail}`)
        .join('; ');
      await input.onIncomplete(detail);
      await page(scope, input.environment, detail);
    }
    if (tries >= TRIES_PER_HISTORY) await input.carryOn();
    await sleep(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 1.5 ** Math.min(tries - 1, 20)), {
      summary: `rollback: again after try ${String(tries)}`,
    });
  }
}

interface Attempt {
  readonly capture: FlagCapture | null;
  readonly scope: StepScope;
  readonly permits: Permits;
}

async function tryOnce({ capture, scope, permits }: Attempt, tries: number): Promise<RollbackPart[]> {
  const id = `rollback-${String(tries)}`;
  const safe = capture !== null && capture.safe ? capture : null;
  const how = safe === null ? 'ENABLED=false and STRICT=false' : 'the captured state';
  try {
    const first = await undoing.restoreFlags.executeWithOptions({ summary: `flags back: ${how}` }, [
      { ...scope, observationId: id, capture: safe },
    ]);
    let restarted = first.restarted;
    if (permits.any) {
      // A change that had its permit may still have landed after our write: wait until it cannot, and look again.
      await permits.settled();
      const again = await undoing.restoreFlags.executeWithOptions({ summary: 'flags back: second look' }, [
        { ...scope, observationId: `${id}b`, capture: safe },
      ]);
      restarted ||= again.restarted;
    }
    const flags: RollbackPart = {
      part: 'flags',
      status: 'done',
      detail: `${how} written${restarted ? ', target restarted' : ''}, every serving process reads it`,
    };
    return [flags, await probeOff(scope, id)];
  } catch (error) {
    return [{ part: 'flags', status: 'failed', detail: messageOf(error) }];
  }
}

async function rowsAway(
  undo: Extract<Undo, { kind: 'rows' }>,
  scope: StepScope,
  flagsWereChanged: boolean,
): Promise<RollbackPart> {
  if (flagsWereChanged && !undo.evenAfterEnabling) {
    return {
      part: 'test rows',
      status: 'not-needed',
      detail: 'they stay for inspection, with the tag of the run in their names',
    };
  }
  try {
    const { status, counts, reason } = await undoing.cleanupRows.executeWithOptions(
      { summary: 'test rows of the run away' },
      [{ ...scope, tag: undo.tag, startedAt: undo.startedAt, teamIds: [] }],
    );
    const rows = Object.values(counts).reduce((sum, count) => sum + count, 0);
    return status === 'refused'
      ? { part: 'test rows', status: 'failed', detail: reason ?? 'refused' }
      : { part: 'test rows', status: 'done', detail: `${String(rows)} rows of this run deleted` };
  } catch (error) {
    return { part: 'test rows', status: 'failed', detail: messageOf(error) };
  }
}

async function page(scope: StepScope, environment: string, detail: string): Promise<void> {
  try {
    await keeping.notify({
      environment: scope.environment,
      severity: 'CRITICAL',
      title: `ROLLBACK INCOMPLETE on ${environment}`,
      text: `The dual-write flags could not be put back: ${detail}. It is tried again and again; look at the target now.`,
      key: `rollback-incomplete-${scope.evidence.name}`,
    });
  } catch {
    // A dead notification service never stops a rollback.
  }
}
