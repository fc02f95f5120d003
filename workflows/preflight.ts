import { workflowInfo } from '@temporalio/workflow';
import type { PreconditionCheck } from '../activities/contract.js';
import { parseInput } from '../procedure/input.js';
import type { Plan } from '../procedure/plan.js';
import type { Problem } from '../procedure/problem.js';
import { reading } from './activities.js';
import type { PreflightInput } from './messages.js';

export type PreflightOutput =
  | { readonly ok: true; readonly plan: Plan; readonly checks: readonly PreconditionCheck[] | null }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** The dry run: what a run would read, write and change, and (with `check`) whether it could. Changes nothing. */
export async function preflight(request: PreflightInput): Promise<PreflightOutput> {
  const { input, problems } = parseInput(request.input);
  if (input === undefined) return { ok: false, problems };
  const { workflowId, runId } = workflowInfo();
  const loaded = await reading.loadPlan({ input, workflowId, runId });
  if (!loaded.ok) return loaded;
  const { plan } = loaded;
  if (!request.check) return { ok: true, plan, checks: null };
  const { checks } = await reading.checkPreconditions({ environment: plan.environment, plan });
  return { ok: true, plan, checks };
}
