import { activityInfo } from '@temporalio/activity';
import type { EnvironmentRef } from '../../procedure/plan.js';
import type { LoadedEnvironment } from '../../environment/settings.js';
import type { PrivilegeActivities } from '../contract.js';
import type { ActivityDeps } from '../support/deps.js';
import { beating } from '../targets/heartbeat.js';
import { permissionFor } from '../targets/permission.js';
import type { Databases } from './database.js';
import { capturePrivilege, restorePrivilege, revokePrivilege } from './privileges.js';

/** The steps of the failure simulation that need a role of their own. */
export function createPrivilegeActivities(
  deps: Pick<ActivityDeps, 'loadEnvironment' | 'client'>,
  databases: Databases,
): PrivilegeActivities {
  const loaded = ({ environment }: { readonly environment: EnvironmentRef }): Promise<LoadedEnvironment> =>
    deps.loadEnvironment(environment.name, environment.digest);
  return {
    capturePrivilege: (input) =>
      beating(async (signal) => {
        const environment = await loaded(input);
        return databases.withAdmin(environment, signal, (session) => capturePrivilege(session, environment));
      }),
    revokePrivilege: (input) =>
      beating(async (signal) => {
        const environment = await loaded(input);
        const { activityId, attempt, workflowExecution } = activityInfo();
        const owner = `${workflowExecution?.workflowId ?? 'no-workflow'}/${activityId}/${String(attempt)}`;
        const { capture, authority } = input;
        return databases.withAdmin(environment, signal, (session) =>
          permissionFor(
            deps.client,
            authority,
            owner,
          )('write', async (budget) => {
            await revokePrivilege(session, environment, { capture, budget });
            return { revoked: true } as const;
          }),
        );
      }),
    restorePrivilege: (input) =>
      beating(async (signal) => {
        // The file may have been edited since the run was planned: that must not keep the right away. Table and role are the
        // captured ones, or the step fails.
        const environment = await loaded(input).catch(() => deps.loadEnvironment(input.environment.name));
        return databases.withAdmin(environment, signal, async (session) => {
          await restorePrivilege(session, environment, input.capture);
          return { restored: true } as const;
        });
      }),
  };
}
