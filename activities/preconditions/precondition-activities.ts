import type { LoadedEnvironment } from '../../environment/settings.js';
import type { DatabaseActivities, PreconditionActivities, CheckPreconditionsInput } from '../contract.js';
import type { Databases } from '../database/database.js';
import { lookAtPrivilege } from '../database/privileges.js';
import type { ActivityDeps } from '../support/deps.js';
import { createTarget } from '../targets/create-target.js';
import { beating } from '../targets/heartbeat.js';
import { apiChecks, type SignedRequests } from './api-checks.js';
import { makeChecks, type CheckDefinition } from './check.js';
import { clockDifference, databaseChecks } from './database-checks.js';
import { neededGames } from './needs.js';
import { targetChecks } from './target-checks.js';
import { workerChecks } from './worker-checks.js';

/** What the checks are made with, besides the environment: the clients that the later phases use too. */
export interface PreconditionServices {
  readonly databases: Databases;
  readonly api: SignedRequests;
  readonly findFreeGames: DatabaseActivities['findFreeGames'];
}

const CLOCK_DEADLINE_MS = 20_000;

/** Phase 2: all checks of seed §3 and what method and comparison need, side by side. Nothing of the target changes. */
export function createPreconditionActivities(
  deps: Pick<ActivityDeps, 'loadEnvironment' | 'resolveSecret'>,
  services: PreconditionServices,
): PreconditionActivities {
  return {
    checkPreconditions: (input) =>
      beating(async (signal) => {
        const environment = await deps.loadEnvironment(input.environment.name, input.environment.digest);
        const databaseDeps = { databases: services.databases, resolveSecret: deps.resolveSecret };
        const definitions = [
          ...targetChecks(createTarget(environment, deps), environment.settings),
          ...databaseChecks(environment, databaseDeps),
          ...apiChecks(environment, services.api),
          freeGamesCheck(environment, input, services),
          ...(input.plan.input.failureSimulation ? [privilegeCheck(environment, services.databases)] : []),
          ...workerChecks(environment.settings),
        ];
        const within = AbortSignal.any([signal, AbortSignal.timeout(CLOCK_DEADLINE_MS)]);
        const [checks, clockDifferenceMs] = await Promise.all([
          makeChecks(definitions, signal),
          clockDifference(environment, databaseDeps, within).catch(() => null),
        ]);
        return { checks, clockDifferenceMs: Number.isFinite(clockDifferenceMs) ? clockDifferenceMs : null };
      }),
  };
}

function privilegeCheck(environment: LoadedEnvironment, databases: Databases): CheckDefinition {
  return {
    id: 'failure-simulation',
    title: 'The right to write legacy teams can be taken away and given back exactly',
    seed: null,
    run: (signal) =>
      databases.withAdmin(environment, signal, async (session) => {
        const { capture, problems } = await lookAtPrivilege(session, environment);
        return {
          ok: problems.length === 0,
          detail:
            problems.length === 0
              ? `${capture.role} has INSERT on ${capture.table}, and database.adminUrl may grant it`
              : problems.join('; '),
          advice:
            'Correct database.adminUrl or database.applicationRole, or start the run without failureSimulation.',
        };
      }),
  };
}

function freeGamesCheck(
  { settings }: LoadedEnvironment,
  { environment, plan }: CheckPreconditionsInput,
  services: PreconditionServices,
): CheckDefinition {
  const count = neededGames(plan.input, plan.samples);
  const { mapped, from, to } = settings.testData.games;
  return {
    id: 'free-games',
    title: 'Enough free (owner, game) pairs for the test teams',
    seed: null,
    run: async () => {
      const { gameIds } = await services.findFreeGames({ environment, count });
      return {
        ok: gameIds.length >= count,
        detail: `${String(gameIds.length)} of ${String(count)} needed game ids are free (of ${mapped.join(', ')} and ${String(from)} to ${String(to)})`,
        advice: 'Widen testData.games, or remove old test teams.',
      };
    },
  };
}
