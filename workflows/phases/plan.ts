import { isCancellation, patched, workflowInfo } from '@temporalio/workflow';
import { EXAMPLE_INPUT, parseInput } from '../../procedure/input.js';
import { opening, reading } from '../activities.js';
import { messageOf } from '../run/message-of.js';
import { EndRun } from '../run/ending.js';
import { seal } from '../run/keeping.js';
import { GuardianLink, LeaseRefused } from '../run/lease.js';
import { upsertKeyword } from '../run/search-attributes.js';
import type { Phase } from './context.js';

/** Phase 1: input and environment are read and checked, the environment is taken, the evidence folder is made. */
export async function plan({ run }: Phase, raw: unknown): Promise<void> {
  run.enter('plan');
  const { input, problems } = parseInput(raw);
  if (input === undefined) {
    throw EndRun.refuse([...problems, { path: 'input', message: `paste for example:\n${EXAMPLE_INPUT}` }]);
  }
  run.environment = input.environment;
  upsertKeyword('environment', input.environment);
  run.doing(`reads the environment ${input.environment}`);
  const { workflowId, runId } = workflowInfo();
  const loaded = await reading.loadPlan.executeWithOptions({ summary: 'environment and plan' }, [
    { input, workflowId, runId },
  ]);
  if (!loaded.ok) throw EndRun.refuse(loaded.problems);
  run.usePlan(loaded.plan);

  run.doing(`takes environment ${input.environment}`);
  try {
    run.lease = await GuardianLink.take({
      environment: input.environment,
      watch: loaded.plan.guardianWatch,
      patienceMs: loaded.plan.rollbackPatienceMs,
      planRunId: loaded.plan.runId,
    });
  } catch (error) {
    if (error instanceof LeaseRefused) throw EndRun.refuse([{ path: 'environment', message: error.message }]);
    throw error;
  }

  run.doing('makes the evidence folder');
  try {
    run.useEvidence(
      await opening.openEvidence.executeWithOptions({ summary: 'evidence folder' }, [
        {
          environment: loaded.plan.environment,
          runId,
          startedAt: loaded.plan.startedAt,
          tag: loaded.plan.tag,
        },
      ]),
    );
  } catch (error) {
    if (isCancellation(error)) throw error;
    throw EndRun.refuse([{ path: 'artifacts.root', message: messageOf(error) }]);
  }
  // From here on a run that is terminated leaves a record that can be verified.
  if (patched('record-with-plan')) {
    await run.lease.keepEvidence(run.scope);
    await seal(run);
  }
  run.leave(
    'done',
    `Plan ${loaded.plan.digest.slice(0, 12)}: method ${loaded.plan.method.letter}, ${loaded.plan.method.description}`,
  );
}
