import { cancellationSignal } from '@temporalio/activity';
import type { ApiActivities } from '../contract.js';
import type { Databases } from '../database/database.js';
import type { ActivityDeps } from '../support/deps.js';
import { beating } from '../targets/heartbeat.js';
import { measureTeamCreate } from './measure-create.js';
import { measureWrite } from './measure-write.js';
import { runFlow } from './run-flow.js';
import type { ApiSessions } from './session.js';

/**
 * The steps that write test rows, through the API only. The database is read beside it, so that what a lost answer made
 * is found and not made twice.
 */
export function createApiActivities(
  deps: Pick<ActivityDeps, 'loadEnvironment'>,
  sessions: ApiSessions,
  databases: Databases,
): ApiActivities {
  return {
    runFlow: (input) =>
      beating(async (signal, carry) => {
        const environment = await deps.loadEnvironment(input.environment.name, input.environment.digest);
        return runFlow({ sessions, databases, environment, signal }, input, carry);
      }),
    measureTeamCreate: async (input) => {
      const environment = await deps.loadEnvironment(input.environment.name, input.environment.digest);
      // It beats by itself: its heartbeats carry what a repetition needs.
      return measureTeamCreate({ sessions, databases, environment, signal: cancellationSignal() }, input);
    },
    measureWrite: async (input) => {
      const environment = await deps.loadEnvironment(input.environment.name, input.environment.digest);
      return measureWrite({ sessions, databases, environment, signal: cancellationSignal() }, input);
    },
  };
}
