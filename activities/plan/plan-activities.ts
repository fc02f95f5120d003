import { activityInfo } from '@temporalio/activity';
import type { EnvironmentLoader } from '../../environment/load.js';
import { budgetProblems } from '../../environment/request-budget.js';
import { checkDatabaseUrl } from '../../environment/safety.js';
import type { EnvironmentSettings, LoadedEnvironment } from '../../environment/settings.js';
import { parseDuration } from '../../procedure/durations.js';
import type { Plan, Thresholds } from '../../procedure/plan.js';
import type { Problem } from '../../procedure/problem.js';
import type { LoadPlanInput, PlanActivities } from '../contract.js';
import type { ActivityDeps } from '../support/deps.js';
import { createTarget } from '../targets/create-target.js';
import { canonicalJson, sha256 } from './canonical.js';
import { plannedSteps } from './planned-steps.js';

/** What planning needs: the loader itself, because its problems are a result here and no exception. */
export interface PlanDeps {
  readonly loader: EnvironmentLoader;
  readonly resolveSecret: ActivityDeps['resolveSecret'];
}

/** Phase 1: everything that decides how a run goes, without a secret, before anything was touched. */
export function createPlanActivities(deps: PlanDeps): PlanActivities {
  return {
    listEnvironments: async () => {
      const names = await deps.loader.names();
      const loaded = await Promise.all(names.map((name) => deps.loader.load(name)));
      return names.filter((_, index) => loaded[index]?.ok === true);
    },
    loadPlan: async (input) => {
      const loaded = await deps.loader.load(input.input.environment);
      if (!loaded.ok) return { ok: false, problems: loaded.problems };
      const { settings } = loaded.environment;
      const problems = [...(await databaseProblems(deps, settings)), ...inputProblems(input, settings)];
      if (problems.length > 0) return { ok: false, problems };
      // The moment in which the step was asked for: the same in every attempt, so that a repetition gives the same plan.
      const startedAt = new Date(activityInfo().scheduledTimestampMs).toISOString();
      return { ok: true, plan: planOf(deps, loaded.environment, { ...input, startedAt }) };
    },
  };
}

/**
 * Where the database's URL leads. A reference that cannot be resolved here is left to the preconditions, which wait for
 * a person to mend it; one that leads to another database is refused at once.
 */
async function databaseProblems(deps: PlanDeps, settings: EnvironmentSettings): Promise<Problem[]> {
  let url: string;
  try {
    url = await deps.resolveSecret(settings.database.url);
  } catch {
    return [];
  }
  return checkDatabaseUrl(url, settings);
}

function inputProblems({ input }: LoadPlanInput, settings: EnvironmentSettings): Problem[] {
  const nameless: Problem[] =
    settings.approval.starterMayApprove || input.startedBy !== undefined
      ? []
      : [
          {
            path: 'startedBy',
            message: `must name the person who starts the run: environments/${settings.name}.yaml says that the starter approves nothing (approval.starterMayApprove)`,
          },
        ];
  const staticFiles: Problem[] =
    input.staticFiles && settings.api.staticFile === null
      ? [
          {
            path: 'staticFiles',
            message: `needs api.staticFile in environments/${settings.name}.yaml: the file that must answer 200 (seed §4)`,
          },
        ]
      : [];
  const simulation: Problem[] =
    input.failureSimulation && settings.database.adminUrl === null
      ? [
          {
            path: 'failureSimulation',
            message: `needs database.adminUrl in environments/${settings.name}.yaml: a role that may take a right away and give it back`,
          },
        ]
      : [];
  const samples = { ...settings.samples, measured: input.samples ?? settings.samples.measured };
  const budget = budgetProblems({ api: settings.api, samples }).map((one) => ({ ...one, path: 'samples' }));
  return [...nameless, ...staticFiles, ...simulation, ...budget];
}

function planOf(
  deps: PlanDeps,
  environment: LoadedEnvironment,
  request: LoadPlanInput & { readonly startedAt: string },
): Plan {
  const { settings, digest } = environment;
  const { input, runId, workflowId, startedAt } = request;
  const tag = sha256(runId).slice(0, 8);
  const samples = { ...settings.samples, measured: input.samples ?? settings.samples.measured };
  const plan: Omit<Plan, 'digest'> = {
    environment: { name: settings.name, digest },
    kind: settings.kind,
    input,
    runId,
    workflowId,
    tag,
    startedAt,
    method: createTarget(environment, deps).method,
    soak: {
      durationMs: milliseconds(input.soak),
      intervalMs: milliseconds(input.soakInterval),
      auditEvery: settings.soak.auditEvery,
    },
    samples,
    deadlines: settings.deadlines,
    rollbackPatienceMs: settings.rollback.patienceMs,
    thresholds: thresholdsOf(settings),
    freshness: settings.freshness,
    approvers: settings.approvers,
    approval: settings.approval,
    baselineFlags: settings.flags.baseline,
    steps: plannedSteps({ settings, input, tag, samples }),
    guardianWatch: settings.testing.guardianWatch,
  };
  return { ...plan, digest: sha256(canonicalJson(plan)) };
}

/** `parseInput` accepted it as a duration. */
function milliseconds(text: string): number {
  const value = parseDuration(text);
  if (value === null) throw new RangeError(`"${text}" passed the input check as a duration`);
  return value;
}

/** Without a rule in shadow the plan, and so its digest, is what it was before there were any. */
function thresholdsOf({ thresholds, rules }: EnvironmentSettings): Thresholds {
  return rules.shadow.length > 0 ? { ...thresholds, shadow: rules.shadow } : thresholds;
}
