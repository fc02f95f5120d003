import { WorkflowExecutionAlreadyStartedError, WorkflowIdReusePolicy } from '@temporalio/common';
import {
  CancellationScope,
  ChildWorkflowCancellationType,
  executeChild,
  getExternalWorkflowHandle,
  isCancellation,
  ParentClosePolicy,
  startChild,
  workflowInfo,
  type ChildWorkflowHandle,
} from '@temporalio/workflow';
import type { ChangeAuthority, OwedUndo, StepScope, Undo } from '../../activities/contract.js';
import { changing, reading } from '../activities.js';
import type { environmentGuardian } from '../guardian.js';
import type { rollback } from '../rollback.js';
import { messageOf } from './message-of.js';
import {
  guardianWorkflowId,
  orderRollbackSignal,
  releaseSignal,
  acknowledgeSignal,
  evidenceSignal,
  WORKFLOW,
  type GuardianResult,
  type RollbackOrder,
} from '../messages.js';

/** Why an environment could not be taken. */
export class LeaseRefused extends Error {
  override readonly name = 'LeaseRefused';
}

/** The run's side of the lease: one child workflow a environment, which outlives the run and alone undoes. */
export class GuardianLink {
  /** How the guardian ended, once it has; `lost` = it was terminated or failed. */
  ended: GuardianResult | { readonly ended: 'lost'; readonly message: string } | null = null;
  readonly #environment: string;
  #listener: () => void = () => undefined;
  readonly #guardianRunId: string;
  /** What was registered, for the case that the guardian itself is lost. */
  readonly registered = new Map<Undo['kind'], OwedUndo>();

  private constructor(environment: string, handle: ChildWorkflowHandle<typeof environmentGuardian>) {
    this.#environment = environment;
    this.#guardianRunId = handle.firstExecutionRunId;
  }

  /**
   * Takes the environment. Two runs at once are impossible: the guardian's workflow id is the environment's name. Throws
   * LeaseRefused, naming the holder, when another run has it or when the last guardian ended without its release.
   */
  static async take(input: {
    readonly environment: string;
    readonly watch: boolean;
    readonly patienceMs: number;
    /** The run id as it was recorded with the plan: child ids must be the same in the replay of a reset run. */
    readonly planRunId: string;
  }): Promise<GuardianLink> {
    const before = await reading.describeLease.executeWithOptions({ summary: 'who holds the environment?' }, [
      { environment: input.environment },
    ]);
    if (before.state === 'held')
      throw new LeaseRefused(heldBy(input.environment, before.holderWorkflowId, before.holderRunId));
    if (before.state === 'lost') {
      await payBack(input.environment, input.planRunId);
    }
    const { workflowId, runId } = workflowInfo();
    const { environment, watch, patienceMs } = input;
    try {
      // Not cancellable: a cancel between the start and its answer would leave a guardian that nobody knows.
      const handle = await CancellationScope.nonCancellable(() =>
        startChild<typeof environmentGuardian>(WORKFLOW.guardian, {
          workflowId: guardianWorkflowId(input.environment),
          args: [
            { environment, watch, patienceMs, holderWorkflowId: workflowId, holderRunId: runId, owed: null },
          ],
          parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
          workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
          cancellationType: ChildWorkflowCancellationType.ABANDON,
          workflowTaskTimeout: '3s',
          memo: { holder: workflowId, holderRun: runId },
          staticSummary: `guards ${input.environment} for ${workflowId}`,
        }),
      );
      const link = new GuardianLink(input.environment, handle);
      link.#follow(handle);
      return link;
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      const now = await reading.describeLease({ environment: input.environment });
      throw new LeaseRefused(heldBy(input.environment, now.holderWorkflowId, now.holderRunId));
    }
  }

  /** What a change of the target shows to get its permit. */
  get authority(): ChangeAuthority {
    return {
      guardianWorkflowId: guardianWorkflowId(this.#environment),
      guardianRunId: this.#guardianRunId,
      holderRunId: workflowInfo().runId,
    };
  }

  /** Hands over an undo before its act. Throws when the guardian does not take it: then the act must not happen. */
  async register(undo: Undo, scope: StepScope): Promise<void> {
    await changing.registerUndo.executeWithOptions({ summary: `guardian: how to undo ${undo.kind}` }, [
      { authority: this.authority, undo, scope },
    ]);
    this.registered.set(undo.kind, { undo, scope });
  }

  /** Orders the rollback. Never through the child handle: that breaks after a reset. */
  async order(order: Omit<RollbackOrder, 'holderRunId'>): Promise<void> {
    const { runId: holderRunId } = workflowInfo();
    await this.#tell((guardian) => guardian.signal(orderRollbackSignal, { ...order, holderRunId }));
  }

  /** Tells where the evidence is, which has to be closed even when nothing was changed. */
  async keepEvidence(scope: StepScope): Promise<void> {
    const { runId: holderRunId } = workflowInfo();
    await this.#tell((guardian) => guardian.signal(evidenceSignal, { scope, holderRunId }));
  }

  async acknowledge(by: string, reason: string): Promise<void> {
    await this.#tell((guardian) =>
      guardian.signal(acknowledgeSignal, { by, reason, holderRunId: workflowInfo().runId }),
    );
  }

  /** Gives the environment back with nothing left to undo. The last step of a run. */
  async release(): Promise<void> {
    await this.#tell((guardian) => guardian.signal(releaseSignal, { holderRunId: workflowInfo().runId }));
  }

  /** One listener: told when the guardian has ended, in whatever way. */
  onEnded(listener: () => void): void {
    this.#listener = listener;
    if (this.ended !== null) listener();
  }

  /** Tells the guardian, whichever run of it is there; when it has ended, #follow tells how. */
  async #tell(
    send: (guardian: ReturnType<typeof getExternalWorkflowHandle>) => Promise<void>,
  ): Promise<void> {
    const id = guardianWorkflowId(this.#environment);
    // A rollback that takes days goes on with a fresh history under another run id.
    for (const runId of [this.#guardianRunId, undefined]) {
      if (this.ended !== null) return;
      try {
        await CancellationScope.nonCancellable(() => send(getExternalWorkflowHandle(id, runId)));
        return;
      } catch (error) {
        if (isCancellation(error)) throw error;
      }
    }
  }

  #follow(handle: ChildWorkflowHandle<typeof environmentGuardian>): void {
    void CancellationScope.nonCancellable(async () => {
      try {
        this.ended = await handle.result();
      } catch (error) {
        this.ended = { ended: 'lost', message: error instanceof Error ? error.message : String(error) };
      }
      this.#listener();
    });
  }
}

function heldBy(environment: string, workflowId: string | null, runId: string | null): string {
  return `Environment ${environment} is held by run ${workflowId ?? 'unknown'} (run id ${runId ?? 'unknown'}). One run per environment: wait for its end, or roll it back with "readiness rollback ${workflowId ?? ''}".`;
}

/**
 * The last guardian was ended from outside before it had released the environment: whatever its run had changed is taken
 * back before anything else is done.
 */
async function payBack(environment: string, runId: string): Promise<void> {
  const { workflowId } = workflowInfo();
  try {
    await executeChild<typeof rollback>(WORKFLOW.rollback, {
      workflowId: `${workflowId}-owed-${runId.slice(-12)}`,
      args: [
        {
          environment,
          by: 'readiness',
          reason: 'the last guardian was ended before it had finished',
          onlyOwed: true,
        },
      ],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: `takes back what an earlier run left in ${environment}`,
    });
  } catch (error) {
    if (isCancellation(error)) throw error;
    throw new LeaseRefused(
      `The last guardian of ${environment} was ended from outside, and what its run had changed could not be taken back: ${messageOf(error)} Look at the target, then: readiness rollback --environment ${environment}`,
    );
  }
}
