import type { PreconditionCheck } from '../../activities/contract.js';
import type { Plan } from '../../procedure/plan.js';
import type { Problem } from '../../procedure/problem.js';
import { WORKFLOW, type PreflightInput } from '../../workflows/messages.js';
import type { PreflightOutput } from '../../workflows/preflight.js';
import type { Call } from '../cli.js';
import { EXIT } from '../exit-codes.js';
import type { Session } from '../temporal/session.js';
import { UserError } from '../user-error.js';
import { readByWorkflow } from './short-workflow.js';

/** Asks a worker what a run with this input would do, and with `check` also whether it could. Changes nothing. */
export async function preflight(
  call: Call,
  session: Session,
  of: {
    readonly input: Readonly<Record<string, unknown>>;
    readonly check: boolean;
    readonly taskQueue: string;
  },
): Promise<PreflightOutput> {
  const input: PreflightInput = { input: of.input, check: of.check };
  const environment = String(of.input['environment']);
  const answer = await readByWorkflow(call, session, {
    type: WORKFLOW.preflight,
    idPrefix: `preflight-${environment}`,
    taskQueue: of.taskQueue,
    input,
    summary: `Preflight of environment ${environment}`,
    doing: of.check ? 'the worker makes its checks' : 'the worker resolves the plan',
  });
  const result = parsePreflight(answer);
  if (result !== null) return result;
  throw new UserError(
    'The worker answered the preflight in a form that this version of the program does not know.',
    {
      exitCode: EXIT.failed,
      next: 'Run worker and command line from the same version.',
    },
  );
}

export function parsePreflight(value: unknown): PreflightOutput | null {
  if (typeof value !== 'object' || value === null || !('ok' in value)) return null;
  if (value.ok === true && 'plan' in value && isPlan(value.plan)) {
    const checks =
      'checks' in value && Array.isArray(value.checks) ? (value.checks as PreconditionCheck[]) : null;
    return { ok: true, plan: value.plan, checks };
  }
  return value.ok === false && 'problems' in value && Array.isArray(value.problems)
    ? { ok: false, problems: value.problems as Problem[] }
    : null;
}

function isPlan(value: unknown): value is Plan {
  return (
    typeof value === 'object' &&
    value !== null &&
    'steps' in value &&
    Array.isArray(value.steps) &&
    'environment' in value
  );
}
