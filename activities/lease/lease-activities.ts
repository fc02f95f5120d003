import { activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity';
import { WorkflowFailedError, WorkflowNotFoundError, type Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { RETRYABLE, TERMINAL } from '../../procedure/failures.js';
import { guardianWorkflowId, registerUndoUpdate, type GuardianResult } from '../../workflows/messages.js';
import type { LeaseActivities, LeaseState } from '../contract.js';
import { failure, textOf } from '../support/failure.js';
import { readDecisionIdentity, readOwedUndo } from './from-history.js';
import { waitForClose } from './wait-for-close.js';

/** Endings of a guardian after which nothing is owed: it released the environment or undid everything itself. */
const ORDERLY = ['COMPLETED'];

/** Looks at leases and guardians through Temporal itself. Everything here only reads, but `registerUndo`. */
export function createLeaseActivities(client: Client): LeaseActivities {
  const describe = async (
    workflowId: string,
    runId?: string,
  ): Promise<{ status: string; runId: string; memo: Record<string, unknown> } | null> => {
    try {
      const found = await client.workflow.getHandle(workflowId, runId).describe();
      return { status: found.status.name, runId: found.runId, memo: found.memo ?? {} };
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return null;
      throw failure(
        RETRYABLE.temporalUnreachable,
        `Temporal could not be asked about ${workflowId}: ${textOf(error)}`,
        error,
      );
    }
  };

  return {
    async describeLease({ environment }): Promise<LeaseState> {
      const workflowId = guardianWorkflowId(environment);
      const found = await describe(workflowId);
      if (found === null) {
        return { state: 'free', workflowId, guardianRunId: null, holderWorkflowId: null, holderRunId: null };
      }
      const text = (key: string): string | null => {
        const value = found.memo[key];
        return typeof value === 'string' ? value : null;
      };
      return {
        state: found.status === 'RUNNING' ? 'held' : ORDERLY.includes(found.status) ? 'free' : 'lost',
        workflowId,
        guardianRunId: found.runId,
        holderWorkflowId: text('holder'),
        holderRunId: text('holderRun'),
      };
    },

    async registerUndo({ authority, undo, scope }) {
      const guardian = client.workflow.getHandle(authority.guardianWorkflowId, authority.guardianRunId);
      try {
        await guardian.executeUpdate(registerUndoUpdate, {
          args: [{ holderRunId: authority.holderRunId, undo, scope }],
          updateId: `undo-${undo.kind}-${authority.holderRunId}-${activityInfo().activityId}`,
        });
        return { registered: true };
      } catch (error) {
        const cause = error instanceof Error ? error.cause : undefined;
        if (cause instanceof ApplicationFailure || error instanceof WorkflowNotFoundError) {
          const why = cause instanceof ApplicationFailure ? cause.message : 'it has ended';
          throw failure(
            TERMINAL.permitRefused,
            `The guardian does not take the undo of ${undo.kind}: ${why}. Nothing was changed.`,
            error,
          );
        }
        throw failure(
          RETRYABLE.temporalUnreachable,
          `The guardian could not be reached: ${textOf(error)}`,
          error,
        );
      }
    },

    async describeRun({ workflowId, runId }) {
      return { status: (await describe(workflowId, runId))?.status ?? 'NOT_FOUND' };
    },

    readDecisionIdentity: (input) => readDecisionIdentity(client, input),

    readOwedUndo: (input) => readOwedUndo(client, input),

    async readGuardianRollback({ workflowId, runId }) {
      try {
        const result = (await client.workflow.getHandle(workflowId, runId).result()) as GuardianResult;
        return result.rollback;
      } catch (error) {
        if (error instanceof WorkflowFailedError) return null;
        throw failure(
          RETRYABLE.temporalUnreachable,
          `The result of ${workflowId} could not be read: ${textOf(error)}`,
          error,
        );
      }
    },

    async watchRun({ workflowId, runId }) {
      const beat = setInterval(() => {
        heartbeat();
      }, 1000);
      try {
        heartbeat();
        await waitForClose(client, { workflowId, runId, signal: cancellationSignal() });
        return { status: (await describe(workflowId, runId))?.status ?? 'NOT_FOUND' };
      } finally {
        clearInterval(beat);
      }
    },
  };
}
