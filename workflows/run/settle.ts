import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { allHandlersFinished, condition, isCancellation } from '@temporalio/workflow';
import type { Outcome, RollbackCause } from '../../procedure/outcome.js';
import type { Problem } from '../../procedure/problem.js';
import type { RunResult } from '../../procedure/status.js';
import { trackerBlock } from '../../procedure/summary.js';
import { publish } from '../phases/publish.js';
import { tellFindings } from './acting.js';
import { EndRun } from './ending.js';
import { shielded } from './keeping.js';
import { takeBack } from './take-back.js';
import type { Run } from './run.js';
import { upsertKeyword } from './search-attributes.js';

/** The good end, which nothing interrupts any more: publish, give the environment back, close as Completed. */
export function complete(run: Run): Promise<RunResult> {
  return shielded(async () => {
    const kept =
      run.finish?.dualWrite === 'keep' ? 'Dual-write stays enabled.' : 'Dual-write was disabled again.';
    close(run, 'COMPLETED', `The procedure was carried out to its end. ${kept}`);
    await publish(run);
    await run.lease?.release();
    await condition(() => run.lease === null || run.lease.ended !== null);
    run.leave('done');
    run.show();
    await condition(allHandlersFinished);
    return resultOf(run, []);
  });
}

export interface Interruption {
  readonly error: unknown;
  readonly interrupted: EndRun | null;
  /** The run itself was cancelled: it closes as Canceled. */
  readonly cancelled: boolean;
}

/** Every other end: take back what was changed, say why, keep the evidence, close as Failed or Canceled. */
export async function settle(run: Run, interruption: Interruption): Promise<never> {
  const end = endOf(interruption);
  const problems = end.ending.kind === 'refuse' ? end.ending.problems : [];
  const result = await shielded(async () => {
    run.wait(null, null);
    run.leave('ended-run');
    if (end.ending.kind === 'refuse') {
      await run.lease?.release();
      close(run, 'REFUSED', `Nothing was changed.\n${listed(problems)}`);
    } else {
      close(run, ...(await undone(run, end.ending)));
    }
    if (run.planned) await tellFindings(run);
    await publish(run);
    run.show();
    await condition(allHandlersFinished);
    return resultOf(run, problems);
  });
  if (interruption.cancelled) throw new CancelledFailure(`${result.outcome}: ${result.reason}`, [result]);
  throw ApplicationFailure.create({
    type: result.outcome,
    message: result.reason,
    details: [result],
    nonRetryable: true,
  });
}

async function undone(
  run: Run,
  ending: { readonly cause: RollbackCause; readonly by: string | null; readonly reason: string },
): Promise<[Outcome, string]> {
  const changed = run.flagsArmed;
  const reason = ending.reason.replace(/\.+$/, '');
  run.rollingBack = true;
  run.say(
    changed ? `Rolling back: ${ending.reason}` : `Ending before anything was changed: ${ending.reason}`,
  );
  run.flag = changed ? 'taking-back' : run.flag;
  run.show();
  const record = await takeBack(run, ending);
  await run.watch?.stop();
  run.rollback = record;
  run.rollingBack = false;
  run.rollbackIncomplete = false;
  // After a reset this life may know nothing of a change that a former one had made.
  if (!changed && record?.parts.some((part) => part.part === 'flags') !== true) {
    const rows = record?.parts.find((part) => part.part === 'test rows');
    return [
      'REJECTED',
      `${reason}. Nothing of the target was changed${rows === undefined ? '' : `; test rows: ${rows.detail}`}.`,
    ];
  }
  if (record?.complete === true) {
    run.flag = 'off-again';
    return [
      'ROLLED_BACK',
      `${reason}. ${record.parts.map((part) => `${part.part}: ${part.detail}`).join('; ')}.`,
    ];
  }
  if (run.lease?.ended?.ended === 'released') {
    return [
      'ROLLBACK_INCOMPLETE',
      `${reason}. The environment had been given back by an earlier life of this run, so nothing was changed or taken back now: dual-write stands as that run left it. To take it back: readiness rollback --environment ${run.environment ?? ''}`,
    ];
  }
  const stands =
    record?.parts.filter((part) => part.status === 'failed').map((part) => `${part.part}: ${part.detail}`) ??
    [];
  return ['ROLLBACK_INCOMPLETE', `${reason}. What stands: ${stands.join('; ')}. Look at the target now.`];
}

function endOf({ error, interrupted }: Interruption): EndRun {
  if (interrupted !== null) return interrupted;
  if (error instanceof EndRun) return error;
  if (isCancellation(error)) return EndRun.back('cancel', 'the run was cancelled');
  return EndRun.back(
    'attention',
    `an unexpected error ended the run: ${error instanceof Error ? error.message : String(error)}`,
  );
}

function close(run: Run, outcome: Outcome, reason: string): void {
  run.outcome = outcome;
  run.outcomeReason = reason;
  run.say(`${outcome}: ${reason}`);
  upsertKeyword('verdict', run.verdict);
  upsertKeyword('outcome', outcome);
  upsertKeyword('waitingFor', 'none');
}

function listed(problems: readonly Problem[]): string {
  return problems.map((problem) => `- ${problem.path}: ${problem.message}`).join('\n');
}

/** The result as it stands; also asked by query, because a Canceled workflow carries no result. */
export function resultOf(run: Run, problems: readonly Problem[]): RunResult {
  const evidence = run.evidence;
  return {
    outcome: run.outcome ?? 'REFUSED',
    verdict: run.verdict,
    reason: run.outcomeReason ?? '',
    environment: run.environment,
    evidence: evidence === null ? null : { folder: evidence.name, path: evidence.path, digest: run.sealed },
    findings: run.findings,
    verdictReasons: run.verdictReasons,
    rollback: run.rollback,
    summary: evidence === null ? null : trackerBlock(run.record()),
    problems,
    next: run.nextSteps
      .filter((step) => step.state === 'open')
      .map((step) => `${step.title}: ${step.detail}`),
  };
}
