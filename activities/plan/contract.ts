import type { RunInput } from '../../procedure/input.js';
import type { Plan } from '../../procedure/plan.js';
import type { Problem } from '../../procedure/problem.js';

export interface LoadPlanInput {
  readonly input: RunInput;
  readonly workflowId: string;
  readonly runId: string;
}
export type LoadPlanOutput =
  { readonly ok: true; readonly plan: Plan } | { readonly ok: false; readonly problems: readonly Problem[] };

export interface PlanActivities {
  /** Names of the environments whose files load on this worker. */
  listEnvironments(): Promise<readonly string[]>;
  /** Reads and checks the environment file and resolves the plan. Touches nothing but that file. */
  loadPlan(input: LoadPlanInput): Promise<LoadPlanOutput>;
}
