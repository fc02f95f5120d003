import {
  CancellationScope,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  isCancellation,
  patched,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow';
import type { OwedUndo, StepScope, Undo } from '../activities/contract.js';
import type { RollbackCause } from '../procedure/outcome.js';
import type { RollbackRecord } from '../procedure/run-record.js';
import { keeping, reading, watching } from './activities.js';
import {
  acknowledgeSignal,
  evidenceSignal,
  guardianStateQuery,
  orderRollbackSignal,
  permitDoneSignal,
  permitUpdate,
  registerUndoUpdate,
  releaseSignal,
  rollbackProgressSignal,
  type GuardianResult,
  type PermitRequest,
  type RegisterUndoRequest,
  type RollbackOrder,
} from './messages.js';
import { Permits } from './guardian/permits.js';
import { undoAll } from './guardian/undo.js';
import { upsertKeyword } from './run/search-attributes.js';
import { ApplicationFailure } from '@temporalio/common';

export interface GuardianInput {
  readonly environment: string;
  readonly holderWorkflowId: string;
  readonly holderRunId: string;
  /** Turned off only where time is skipped: time does not skip while an activity is pending. */
  readonly watch: boolean;
  /** After this time without success people are told; the tries go on. */
  readonly patienceMs: number;
  /** A rollback that is owed from before: nobody holds the environment, and it starts at once. */
  readonly owed: {
    readonly order: RollbackOrder;
    readonly undo: readonly OwedUndo[];
    /** Until then a change may still land that a former guardian had permitted, milliseconds since 1970. */
    readonly permitsUntil?: number;
  } | null;
}

/**
 * The environment's lease and its undo (docs/architecture.md, "Lease and guardian"). It lives as long as a run holds
 * the environment and outlives it when the run is terminated, times out, fails or is reset; then it rolls back. It alone
 * takes flags back. It ends when the run releases it, or when everything is undone.
 */
export async function environmentGuardian(input: GuardianInput): Promise<GuardianResult> {
  const undo = new Map<Undo['kind'], { readonly undo: Undo; readonly scope: StepScope }>();
  const permits = new Permits();
  let order: RollbackOrder | null = input.owed?.order ?? null;
  let released = false;
  let rolling = false;
  let incomplete = false;
  let acknowledged: { readonly by: string; readonly reason: string } | null = null;
  for (const one of input.owed?.undo ?? []) undo.set(one.undo.kind, one);
  const permitsUntil = input.owed?.permitsUntil ?? 0;
  if (permitsUntil > Date.now()) permits.give('of the guardian before', permitsUntil);
  let scope: StepScope | null = input.owed?.undo[0]?.scope ?? null;

  // Before the handlers: what has come before the first task is handed to them as they are set.
  const show = (): void => {
    setCurrentDetails(
      `## ${rolling ? 'Rolling back' : 'Holding'} ${input.environment}\n\nfor run \`${input.holderWorkflowId}\`\n\nKnows how to undo: ${[...undo.keys()].join(', ') || 'nothing yet'}\n\n---\n\n`,
    );
  };
  /** The first order counts. One that ends everything is not lost while the flags alone are taken back for the run to go on. */
  const ask = (next: RollbackOrder): void => {
    if (order === null || (order.thenHold && !next.thenHold && patched('order-while-disabling')))
      order = next;
  };
  const holds = (holderRunId: string): void => {
    if (rolling || order !== null) throw refused(`a rollback of ${input.environment} has begun`);
    if (released) throw refused(`${input.environment} was given back already`);
    if (holderRunId !== input.holderRunId)
      throw refused(`${input.environment} is held by run ${input.holderRunId}, not by ${holderRunId}`);
  };
  setHandler(
    registerUndoUpdate,
    (request) => {
      undo.set(request.undo.kind, request);
      show();
      return true;
    },
    {
      validator: (request: RegisterUndoRequest) => {
        holds(request.holderRunId);
      },
    },
  );
  setHandler(
    permitUpdate,
    (request) => {
      permits.give(request.id, Date.now() + request.ttlMs);
      return true;
    },
    {
      validator: (request: PermitRequest) => {
        holds(request.holderRunId);
      },
    },
  );
  setHandler(permitDoneSignal, ({ id }) => {
    permits.done(id);
  });
  setHandler(orderRollbackSignal, (next) => {
    if (next.holderRunId === null || next.holderRunId === input.holderRunId) ask(next);
  });
  setHandler(releaseSignal, ({ holderRunId }) => {
    if (holderRunId === input.holderRunId) released = true;
  });
  setHandler(acknowledgeSignal, (told) => {
    if (incomplete && told.holderRunId === input.holderRunId) acknowledged = told;
  });
  setHandler(evidenceSignal, (told) => {
    if (told.holderRunId === input.holderRunId) scope ??= told.scope;
  });
  setHandler(guardianStateQuery, () => ({
    state: rolling ? ('rolling-back' as const) : released ? ('released' as const) : ('holding' as const),
    holderRunId: input.holderRunId,
    undo: [...undo.keys()],
    incomplete,
  }));
  // As a child of a copied start it may carry old values.
  upsertKeyword('environment', input.environment);
  upsertKeyword('outcome', 'none');
  upsertKeyword('waitingFor', 'none');
  show();

  const watch = input.watch && input.owed === null ? watchHolder(input, ask) : null;
  let last: RollbackRecord | null = null;
  /** The flags were taken back for the run to go on; what is undone after that goes into the same record. */
  let disabled: RollbackRecord | null = null;
  for (;;) {
    await untilAsked(() => order !== null || released, ask);
    if (order === null) break;
    rolling = true;
    show();
    const current: RollbackOrder = order;
    last = await CancellationScope.nonCancellable(async () =>
      undoAll({
        environment: input.environment,
        undo: [...undo.values()].filter((one) => !current.thenHold || one.undo.kind === 'flags'),
        disabled: disabled !== null && patched('rows-stay-after-disabling'),
        order: current,
        permits,
        patienceMs: input.patienceMs,
        onIncomplete: async (detail) => {
          incomplete = true;
          upsertKeyword('outcome', 'ROLLBACK_INCOMPLETE');
          await tellHolder(input, { incomplete: true, detail, record: null });
        },
        carryOn: () =>
          continueAsNew<typeof environmentGuardian>({
            ...input,
            watch: false,
            owed: { order: order ?? current, undo: [...undo.values()] },
          }),
        acknowledged: () => acknowledged,
      }),
    );
    scope = [...undo.values()].at(0)?.scope ?? scope;
    if (disabled !== null) last = { ...last, parts: [...disabled.parts, ...last.parts] };
    // What a person left as it is has not been taken back: the run that holds on would end as if it were.
    if (!current.thenHold || (!last.complete && patched('disable-incomplete-ends'))) break;
    undo.delete('flags');
    const record: RollbackRecord = last;
    disabled = record;
    await CancellationScope.nonCancellable(() =>
      tellHolder(input, { incomplete: false, detail: 'flags taken back', record }),
    );
    rolling = false;
    if (order === current) order = null;
    show();
  }
  watch?.cancel();
  if (last !== null && order !== null) {
    const done: RollbackRecord = last;
    // Only now: what to call the cause never holds up the rollback itself.
    last = await CancellationScope.nonCancellable(async () => {
      const named = { ...done, cause: await nameCause(done.cause, input) };
      await sealForTheDead(input, named, scope);
      return named;
    });
    upsertKeyword('outcome', last.complete ? 'ROLLED_BACK' : 'ROLLBACK_INCOMPLETE');
    return { ended: 'rolled-back', rollback: last };
  }
  upsertKeyword('outcome', 'released');
  return { ended: 'released', rollback: last };
}

/** Waits; a cancel of the guardian (its run was terminated, or somebody cancelled it) is an order to roll back. */
async function untilAsked(asked: () => boolean, onCancel: (order: RollbackOrder) => void): Promise<void> {
  if (asked()) return;
  try {
    await condition(asked);
  } catch (error) {
    if (!isCancellation(error)) throw error;
    onCancel({
      cause: 'terminate',
      by: null,
      reason: 'the run that held the environment is gone, or its guardian was cancelled',
      thenHold: false,
      holderRunId: null,
    });
  }
}

/** One long activity that returns when the run has closed in any way. */
function watchHolder(
  input: GuardianInput,
  onLost: (order: RollbackOrder) => void,
): { readonly cancel: () => void } {
  const scope = new CancellationScope({ cancellable: true, parent: CancellationScope.current() });
  void scope.run(async () => {
    try {
      await CancellationScope.cancellable(async () => {
        const { status } = await watching.watchRun.executeWithOptions(
          { summary: 'watches the run for its end' },
          [{ workflowId: input.holderWorkflowId, runId: input.holderRunId }],
        );
        onLost({
          cause: 'terminate',
          by: null,
          reason: `the run that held the environment ended as ${status} without giving it back`,
          thenHold: false,
          holderRunId: null,
        });
      });
    } catch (error) {
      if (!isCancellation(error))
        onLost({
          cause: 'lease',
          by: null,
          reason: 'the run could not be watched any more',
          thenHold: false,
          holderRunId: null,
        });
    }
  });
  return {
    cancel: () => {
      scope.cancel();
    },
  };
}

/** A cancel does not say why: ask how the run ended. */
async function nameCause(cause: RollbackCause, input: GuardianInput): Promise<RollbackCause> {
  if (cause !== 'terminate') return cause;
  try {
    const { status } = await reading.describeRun({
      workflowId: input.holderWorkflowId,
      runId: input.holderRunId,
    });
    return status === 'TERMINATED' ? 'terminate' : status === 'RUNNING' ? 'cancel' : 'lease';
  } catch {
    return cause;
  }
}

async function tellHolder(
  input: GuardianInput,
  progress: { incomplete: boolean; detail: string; record: RollbackRecord | null },
): Promise<void> {
  try {
    await getExternalWorkflowHandle(input.holderWorkflowId, input.holderRunId).signal(
      rollbackProgressSignal,
      progress,
    );
  } catch {
    // The run is gone; the guardian's own page and attributes tell it.
  }
}

/** A run that is gone cannot finish its evidence: the guardian puts its rollback in and seals it. */
async function sealForTheDead(
  input: GuardianInput,
  rollback: RollbackRecord,
  scope: StepScope | null,
): Promise<void> {
  if (scope === null) return;
  try {
    const { status } = await reading.describeRun({
      workflowId: input.holderWorkflowId,
      runId: input.holderRunId,
    });
    if (status === 'RUNNING') return;
    await keeping.sealRollback.executeWithOptions({ summary: 'evidence of a run that is gone' }, [
      { ...scope, rollback },
    ]);
  } catch {
    // Evidence never stops a rollback; the workflow's result carries it.
  }
}

function refused(message: string): ApplicationFailure {
  const failure = ApplicationFailure.create({ type: 'PermitRefused', message, nonRetryable: true });
  failure.stack = '';
  return failure;
}
