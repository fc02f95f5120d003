import type { EnvironmentLoader } from '../../environment/load.js';
import { SecretProblem, resolveSecret } from '../../environment/secrets.js';
import { TERMINAL } from '../../procedure/failures.js';
import { listProblems } from '../../procedure/problem.js';
import type { ActivityDeps } from '../support/deps.js';
import { failure } from '../support/failure.js';

/**
 * The two functions by which activities reach the environment, with its problems as terminal failures: made once by the
 * worker from its loader.
 */
export function environmentDeps(
  loader: EnvironmentLoader,
): Pick<ActivityDeps, 'loadEnvironment' | 'resolveSecret'> {
  return {
    loadEnvironment: async (name, digest) => {
      const loaded = await loader.load(name);
      if (!loaded.ok) {
        throw failure(
          TERMINAL.environment,
          `The environment ${name} cannot be used:\n${listProblems(loaded.problems)}`,
        );
      }
      const { environment } = loaded;
      if (digest === undefined || digest === environment.digest) return environment;
      throw failure(
        TERMINAL.environment,
        `${environment.file} is not the file that this run was planned with (planned ${digest.slice(0, 12)}, found ${environment.digest.slice(0, 12)}). Put the former content back, or end the run and start another.`,
      );
    },
    resolveSecret: async (ref) => {
      try {
        return await resolveSecret(ref);
      } catch (error) {
        if (!(error instanceof SecretProblem)) throw error;
        throw failure(TERMINAL.environment, error.message);
      }
    },
  };
}
