import { ActivityFailure, isCancellation } from '@temporalio/workflow';
import type { PreconditionCheck } from '../../activities/contract.js';
import { reading } from '../activities.js';
import { messageOf } from '../run/message-of.js';
import { EndRun } from '../run/ending.js';
import { untilResumed } from '../run/pause.js';
import { attention } from '../run/waiting.js';
import type { Phase } from './context.js';

/** Phase 2 (seed §3): all checks are made, all failures are told together; a person may mend them and say retry. */
export async function preconditions({ run, mailbox }: Phase): Promise<void> {
  run.enter('preconditions');
  for (;;) {
    await untilResumed({ run, mailbox });
    run.doing('checks access, flags, tables, test data and room for evidence');
    run.preconditions = await allChecks(run.plan);
    const unmet = run.preconditions.filter((check) => check.status !== 'ok');
    if (unmet.length === 0) break;
    const problems = unmet.map((check) => ({
      path: check.id,
      message: `${check.title}: ${check.detail}${check.advice === null ? '' : ` → ${check.advice}`}`,
    }));
    for (const problem of problems) run.say(`Not met: ${problem.message}`);
    if (run.plan.input.failFast) throw EndRun.refuse(problems);
    const answer = await attention(run, mailbox, {
      title: `${String(unmet.length)} of ${String(run.preconditions.length)} preconditions are not met`,
      problems: problems.map((problem) => problem.message),
      skippable: false,
      patienceMs: run.plan.deadlines.preconditions,
      onDeadline: 'the run ends as REFUSED, nothing was changed',
    });
    if (answer === 'deadline') throw EndRun.refuse(problems);
  }
  for (const { notice } of run.preconditions) if (notice !== undefined) run.say(`Know before: ${notice}`);
  run.flag = 'baseline';
  run.leave('done', `All ${String(run.preconditions.length)} preconditions are met`);
}

async function allChecks(plan: Phase['run']['plan']): Promise<readonly PreconditionCheck[]> {
  try {
    const { checks } = await reading.checkPreconditions.executeWithOptions({ summary: 'all preconditions' }, [
      { environment: plan.environment, plan },
    ]);
    if (checks.length > 0) return checks;
    return [failed('No precondition was checked.')];
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
    return [failed(messageOf(error))];
  }
}

function failed(detail: string): PreconditionCheck {
  return {
    id: 'preconditions',
    title: 'Preconditions',
    seed: '§3',
    status: 'unknown',
    detail,
    advice: 'Mend it, then send retry.',
  };
}
