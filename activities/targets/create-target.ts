import type { LoadedEnvironment } from '../../environment/settings.js';
import type { ActivityDeps } from '../support/deps.js';
import { createEnvFileTarget } from './env-file/env-file-target.js';
import { createKubernetesTarget } from './kubernetes/kubernetes-target.js';
import { problemWithPage } from './readiness.js';
import type { Target } from './target.js';

/** The target of an environment, by the method that its file names. */
export function createTarget(
  environment: LoadedEnvironment,
  deps: Pick<ActivityDeps, 'resolveSecret'>,
): Target {
  const { target, api, flags } = environment.settings;
  switch (target.method) {
    case 'env-file':
      return createEnvFileTarget(target, {
        resolveSecret: deps.resolveSecret,
        readinessProblem: (signal) => problemWithPage(api, api.readinessPath, signal),
        baseline: flags.baseline,
      });
    case 'kubernetes-env':
    case 'kubernetes-config-map':
      return createKubernetesTarget(target, {
        readinessProblem: (signal) => problemWithPage(api, api.readinessPath, signal),
        baseline: flags.baseline,
      });
  }
}
