import type { EnvironmentSettings, KubernetesTargetSettings } from '../../environment/settings.js';
import { formatDuration } from '../../procedure/durations.js';
import { ENABLE_CHANGE, FLAG_NAMES } from '../../procedure/flags.js';
import type { PlannedStep } from '../../procedure/plan.js';
import { RESTARTED_AT } from '../targets/kubernetes/env-patch.js';

/** What methods A and B read before anything is changed. */
export function kubernetesAccessSteps(
  target: KubernetesTargetSettings,
  settings: EnvironmentSettings,
): PlannedStep[] {
  const { namespace, deployment, container, manage } = target;
  return [
    read(`deployment ${namespace}/${deployment}, its replica sets, pods and events of failing probes`),
    read(
      `what the container ${container} takes variables from (ConfigMaps and Secrets: only ${FLAG_NAMES.join(', ')})`,
    ),
    read(`in every ready pod /proc/<pid>/environ of the serving processes: only these four`),
    read(`in one of them ${manage.command.join(' ')} shell -c …`),
    read('the logs of all its pods and containers'),
    read('every right that is used, by SelfSubjectAccessReview'),
    read(`free room under ${settings.artifacts.root}`),
  ];
}

/** The exact change, and what takes it back. */
export function kubernetesChangeSteps(target: KubernetesTargetSettings): PlannedStep[] {
  const { namespace, deployment, container, configMap } = target;
  const what = `deployment ${namespace}/${deployment}`;
  const wanted = Object.entries(ENABLE_CHANGE).map(([name, value]) => `${name}=${value}`);
  const wait = `waits up to ${formatDuration(target.restartTimeoutMs)} until all replicas are new and ready`;
  const changes =
    target.method === 'kubernetes-env'
      ? [
          `patch ${what}: env of container ${container} ${wanted.join(', ')} (replaced in its place, or added), and the annotation ${RESTARTED_AT}, in one patch: one rollout; ${wait}`,
        ]
      : [
          `patch config map ${namespace}/${configMap}: data ${wanted.join(', ')}, every other key left alone`,
          `patch ${what}: the annotation ${RESTARTED_AT}: one rollout; ${wait}`,
        ];
  const place =
    target.method === 'kubernetes-env' ? `env of ${what}` : `config map ${namespace}/${configMap}`;
  return [
    {
      ...{ phase: 'enable', effect: 'write-evidence' },
      what: `where the four variables stand in ${place} (baseline/flags_captured.json)`,
    },
    ...changes.map((one): PlannedStep => ({ phase: 'enable', effect: 'change-target', what: one })),
    { phase: 'enable', effect: 'read', what: 'the flags in every serving process of every ready pod' },
    {
      ...{ phase: 'enable', effect: 'change-target' },
      what: `on any rollback: the captured state back into the ${place}, absent variables absent again, and one rollout`,
    },
  ];
}

function read(what: string): PlannedStep {
  return { phase: 'preconditions', effect: 'read', what };
}
