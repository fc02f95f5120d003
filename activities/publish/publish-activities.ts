import { log } from '@temporalio/activity';
import type { PublishActivities } from '../contract.js';
import type { ActivityDeps } from '../support/deps.js';
import { beating } from '../targets/heartbeat.js';
import { commitFolder } from './git-commit.js';
import { putIntoTracker } from './tracker.js';

/**
 * Telling people and keeping the result. No step here ever changes a verdict or an outcome: what cannot be done is a
 * result with its reason.
 */
export function createPublishActivities(deps: Pick<ActivityDeps, 'loadEnvironment'>): PublishActivities {
  return {
    /** Into the worker's log; the run's page shows the same text. A repetition logs it again, under the same key. */
    notify: async ({ environment, severity, title, text, key }) => {
      const fields = { environment: environment.name, severity, text, key };
      if (severity === 'HIGH' || severity === 'CRITICAL') log.error(title, fields);
      else if (severity === 'MEDIUM') log.warn(title, fields);
      else log.info(title, fields);
      return { status: 'done', detail: "told in the worker's log" };
    },
    updateTracker: (input) =>
      beating(async () => {
        const { settings } = await deps.loadEnvironment(input.environment.name, input.environment.digest);
        const { tracker } = settings.publish;
        return tracker === null
          ? { status: 'not-configured', detail: 'publish.tracker is not set' }
          : putIntoTracker({ file: tracker, block: input.block, folderName: input.evidence.name });
      }),
    commitEvidence: (input) =>
      beating(async (signal) => {
        const { settings } = await deps.loadEnvironment(input.environment.name, input.environment.digest);
        return settings.publish.gitCommit
          ? commitFolder({ folder: input.evidence.path, message: input.message }, signal)
          : { status: 'not-configured', detail: 'publish.gitCommit is false' };
      }),
  };
}
