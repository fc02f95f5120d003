import type { WatchActivities } from '../contract.js';
import type { Databases } from '../database/database.js';
import type { ActivityDeps } from '../support/deps.js';
import { followLog } from './follow-log.js';
import { watchState } from './watch-state.js';

/** Long steps that only look. Each returns when something happened, when its time is over, or when it is told to. */
export function createWatchActivities(deps: ActivityDeps, databases: Databases): WatchActivities {
  return {
    followLog: async (input) =>
      followLog(await deps.loadEnvironment(input.environment.name, input.environment.digest), input),
    watchState: async (input) =>
      watchState(
        { deps, databases },
        await deps.loadEnvironment(input.environment.name, input.environment.digest),
        input,
      ),
  };
}
