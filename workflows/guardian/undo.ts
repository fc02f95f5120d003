import { CancellationScope, isCancellation, patched, sleep } from '@temporalio/workflow';
import type { StepScope, Undo } from '../../activities/contract.js';
import type { RollbackPart, RollbackRecord } from '../../procedure/run-record.js';
import { keeping, undoing } from '../activities.js';
import type { RollbackOrder } from '../messages.js';
import type { Permits } from './permits.js';
import { messageOf } from '../run/message-of.js';
import { flagsBack, rightBack, type Owed } from './put-back.js';
import { secondBaseline } from './second-baseline.js';

export interface UndoInput {
  readonly environment: string;
  readonly undo: readonly { readonly undo: Undo; readonly scope: StepScope }[];
  /** The flags were changed and are taken back already. */
  readonly disabled: boolean;
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
  const owed = owedOf(input.undo);
  const { parts, complete } = await untilBack(input, owed);
  // What goes on with the flag off is no rollback; a target that still copies says nothing of how it was.
  const again = complete && !input.order.thenHold ? owed.flags?.undo.again : undefined;
  const second =
    again === undefined || owed.flags === undefined ? null : await secondBaseline(owed.flags.scope, again);
  if (second !== null) parts.push(second.part);
  for (const one of [...input.undo].reverse()) {
    if (one.undo.kind === 'rows')
      parts.push(await rowsAway(one.undo, one.scope, owed.flags !== undefined || input.disabled));
  }
  const { cause, by, reason } = input.order;
  return {
    ...{ cause, by, reason, complete, parts },
    ...(second?.latency == null ? {} : { secondBaseline: second.latency }),
    ...{ startedAt, endedAt: new Date().toISOString() },
  };
}

function owedOf(undo: UndoInput['undo']): Owed {
  const flags = undo.flatMap(({ undo: one, scope }) => (one.kind === 'flags' ? [{ undo: one, scope }] : []));
  const privileges = undo.flatMap(({ undo: one, scope }) =>
    one.kind === 'privileges' && one.capture !== null ? [{ undo: one.capture, scope }] : [],
  );
  return { flags: flags[0], privileges: privileges[0] };
}

/**
 * Puts flags and rights back and does not give up: after its patience people are told, and it goes on until it is done or
 * a person acknowledges. Done = every serving process carries the safe values, a probe write is not copied, and the
 * application has the right again that a simulation took away.
 */
async function untilBack(
  input: UndoInput,
  owed: Owed,
): Promise<{ parts: RollbackPart[]; complete: boolean }> {
  const teller = new Teller(input, owed.flags?.scope ?? owed.privileges?.scope);
  const beside = patched('patience-beside') ? teller.beside() : null;
  try {
    return await tryUntilBack(input, owed, teller);
  } finally {
    beside?.cancel();
  }
}

async function tryUntilBack(
  input: UndoInput,
  owed: Owed,
  teller: Teller,
): Promise<{ parts: RollbackPart[]; complete: boolean }> {
  const { flags, privileges } = owed;
  const done: { flags: RollbackPart[] | null; privileges: RollbackPart[] | null } = {
    flags: flags === undefined ? [] : null,
    privileges: privileges === undefined ? [] : null,
  };
  for (let tries = 1; ; tries += 1) {
    const attempt = { permits: input.permits, tries };
    const flagsNow = done.flags ?? (flags === undefined ? [] : await flagsBack(flags, attempt));
    done.flags = good(flagsNow);
    const rightsNow =
      done.privileges ?? (privileges === undefined ? [] : await rightBack(privileges, attempt));
    done.privileges = good(rightsNow);
    const parts = [...flagsNow, ...rightsNow];
    if (done.flags !== null && done.privileges !== null) return { parts, complete: true };
    const acknowledged = input.acknowledged();
    if (acknowledged !== null) {
      const detail = `left as it is by ${acknowledged.by}: ${acknowledged.reason}`;
      return { parts: [...parts, { part: 'acknowledged', status: 'failed', detail }], complete: false };
    }
    await teller.failed(parts);
    if (tries >= TRIES_PER_HISTORY) await input.carryOn();
    await sleep(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 1.5 ** Math.min(tries - 1, 20)), {
      summary: `rollback: again after try ${String(tries)}`,
    });
  }
}

/** Tells people when the patience is over: of a try that failed, or that one try alone takes longer. Of each once. */
class Teller {
  readonly #began = Date.now();
  #told: 'nothing' | 'under way' | 'failure' = 'nothing';
  #last: string | null = null;

  constructor(
    private readonly input: UndoInput,
    private readonly scope: StepScope | undefined,
  ) {}

  /** After every try that failed. */
  async failed(parts: readonly RollbackPart[]): Promise<void> {
    const detail = parts
      .filter((part) => part.status === 'failed')
      .map((part) => `${part.part}: ${part.detail}`)
      .join('; ');
    this.#last = detail;
    if (this.#told === 'failure' || Date.now() - this.#began < this.input.patienceMs) return;
    // Whoever was told only that it takes long is told the cause as well.
    this.#told = 'failure';
    await this.#tell(detail);
  }

  /** One try may take longer than the patience: a timer runs beside it. */
  beside(): { readonly cancel: () => void } {
    const scope = new CancellationScope({ cancellable: true });
    scope
      .run(async () => {
        await sleep(this.input.patienceMs, { summary: 'rollback: patience' });
        if (this.#told !== 'nothing') return;
        // What the tries before have said is the cause already.
        this.#told = this.#last === null ? 'under way' : 'failure';
        const detail =
          this.#last ?? 'the first try is still under way, and the target has not come up with it yet';
        await CancellationScope.nonCancellable(() => this.#tell(detail));
      })
      .catch((error: unknown) => {
        // What it tells is caught where it is told.
        if (!isCancellation(error)) this.#told = 'nothing';
      });
    return {
      cancel: () => {
        scope.cancel();
      },
    };
  }

  async #tell(detail: string): Promise<void> {
    await this.input.onIncomplete(detail);
    if (this.scope !== undefined) await page(this.scope, this.input.environment, detail);
  }
}

function good(parts: RollbackPart[]): RollbackPart[] | null {
  return parts.every((part) => part.status !== 'failed') ? parts : null;
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
      text: `What this run had changed could not be put back: ${detail}. It is tried again and again; look at the target now.`,
      key: `rollback-incomplete-${scope.evidence.name}`,
    });
  } catch {
    // A dead notification service never stops a rollback.
  }
}
