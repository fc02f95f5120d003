import type { Client } from '@temporalio/client';
import { createApiActivities } from '../activities/api/api-activities.js';
import { createApiSessions } from '../activities/api/session.js';
import type { Activities } from '../activities/contract.js';
import { createDatabaseActivities } from '../activities/database/database-activities.js';
import { createPrivilegeActivities } from '../activities/database/privilege-activities.js';
import { createDatabases } from '../activities/database/database.js';
import { createEvidenceActivities } from '../activities/evidence/evidence-activities.js';
import { createLeaseActivities } from '../activities/lease/lease-activities.js';
import { createLogActivities } from '../activities/logs/log-activities.js';
import { environmentDeps } from '../activities/plan/load-environment.js';
import { createPlanActivities } from '../activities/plan/plan-activities.js';
import { createPreconditionActivities } from '../activities/preconditions/precondition-activities.js';
import { createPublishActivities } from '../activities/publish/publish-activities.js';
import { createTargetActivities } from '../activities/targets/target-activities.js';
import { createWatchActivities } from '../activities/watch/watch-activities.js';
import { createEnvironmentLoader } from '../environment/load.js';

/** All activities of a worker, with the one owner of what they hold open. */
export interface WiredActivities {
  readonly activities: Activities;
  /** Ends connections and forgets tokens. */
  close(): Promise<void>;
}

/** Puts the activities together: the only place that knows all of them. `environments` = folder of the environment files. */
export function createActivities(wiring: {
  readonly client: Client;
  readonly environments: string;
}): WiredActivities {
  const loader = createEnvironmentLoader({ directory: wiring.environments });
  const deps = { client: wiring.client, ...environmentDeps(loader) };
  const sessions = createApiSessions(deps);
  const databases = createDatabases(deps);
  const database = createDatabaseActivities(deps, databases);
  return {
    activities: {
      ...createPlanActivities({ loader, resolveSecret: deps.resolveSecret }),
      ...createPreconditionActivities(deps, {
        databases,
        api: sessions,
        findFreeGames: (input) => database.findFreeGames(input),
      }),
      ...createTargetActivities(deps, databases),
      ...createApiActivities(deps, sessions, databases),
      ...database,
      ...createPrivilegeActivities(deps, databases),
      ...createLogActivities(deps),
      ...createEvidenceActivities(deps),
      ...createLeaseActivities(wiring.client),
      ...createWatchActivities(deps, databases),
      ...createPublishActivities(deps),
    },
    close: async () => {
      await Promise.all([sessions.close(), databases.close()]);
    },
  };
}
