import type { LoadedEnvironment } from '../../environment/settings.js';
import type { EnvironmentRef } from '../../procedure/plan.js';
import type { DatabaseActivities } from '../contract.js';
import type { ActivityDeps } from '../support/deps.js';
import { beating } from '../targets/heartbeat.js';
import { cleanUp } from './cleanup.js';
import { watchCopies } from './copies.js';
import type { Databases } from './database.js';
import { freeGames } from './free-games.js';
import { runQueries } from './seed-queries.js';
import { findTables } from './tables.js';

/** The database steps of a run. All but `cleanupRows` only read; all may run twice. */
export function createDatabaseActivities(
  deps: Pick<ActivityDeps, 'loadEnvironment'>,
  databases: Databases,
): DatabaseActivities {
  const loaded = ({ environment }: { readonly environment: EnvironmentRef }): Promise<LoadedEnvironment> =>
    deps.loadEnvironment(environment.name, environment.digest);
  return {
    findFreeGames: (input) =>
      beating(async (signal) => {
        const environment = await loaded(input);
        const { settings } = environment;
        return databases.withDatabase(environment, signal, async (session) => {
          const found = await findTables(session, settings.database.tables);
          const query = { count: input.count, preferMapped: true, owner: settings.api.authentication };
          return { gameIds: await freeGames(session, found, { settings, query }) };
        });
      }),
    compareCopies: (input) => beating(async () => watchCopies(databases, await loaded(input), input)),
    runSeedQueries: (input) => beating(async () => runQueries(databases, await loaded(input), input)),
    cleanupRows: (input) => beating(async () => cleanUp(databases, await loaded(input), input)),
  };
}
