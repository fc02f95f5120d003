import { FLAG_NAMES } from '../../../procedure/flags.js';
import type { AccessCheck, AccessFinding } from '../target.js';
import { missingRights } from './access-review.js';
import { configMapUsers, configMapUsersText } from './config-map-users.js';
import { environmentOf, sourcesOf } from './container-environment.js';
import { containerOf } from './env-patch.js';
import type { KubernetesParts } from './kubernetes-target.js';
import { nobodyElseKeeps } from './ownership-check.js';
import { rightsFor, rightText } from './rights.js';
import { rolloutProblemText, rolloutState } from './rollout-state.js';
import { carriedOtherwise } from './safe-values.js';
import { servingInPods } from './serving-pods.js';
import { flagKeysOf, pendingValues, whyNotRolledOut, whyNotWritable } from './written-place.js';

/** What methods A and B need. None of them changes anything. */
export function kubernetesAccessChecks(
  parts: () => KubernetesParts,
  isConfigMap: boolean,
): readonly AccessCheck[] {
  return [
    {
      id: 'kubernetes-deployment',
      title: 'The Deployment is there, its container too, and its rollout is complete',
      seed: '§3.1 Kubernetes Access',
      run: (signal) => rolloutComplete(parts(), signal),
    },
    {
      id: 'kubernetes-rights',
      title: 'Every right that the run uses is granted',
      seed: '§3.1 Kubernetes Access',
      run: (signal) => rightsGranted(parts(), signal),
    },
    {
      id: 'kubernetes-variables',
      title:
        'Nothing hides the four variables where the run would write them, and the processes carry what stands there',
      seed: '§2',
      run: (signal) => nothingHides(parts(), signal),
    },
    {
      id: 'kubernetes-pending',
      title: 'New pods would carry the baseline, as those that serve do',
      seed: '§3.1 Feature Flags Baseline',
      run: (signal) => nothingPending(parts(), signal),
    },
    {
      id: 'kubernetes-patch',
      title: 'The exact change can be worked out from the objects as they are',
      seed: '§2',
      run: (signal) => changeKnown(parts(), signal),
    },
    {
      id: 'kubernetes-owner',
      title: 'No other tool puts its own values back',
      seed: null,
      run: (signal) => nobodyElseKeeps(parts(), signal),
    },
    ...(isConfigMap
      ? [
          {
            id: 'kubernetes-config-map-users',
            title: 'Who else takes the variables from the ConfigMap is known',
            seed: null,
            run: (signal: AbortSignal) => usersKnown(parts(), signal),
          },
        ]
      : []),
  ];
}

async function rolloutComplete(
  { settings, workload }: KubernetesParts,
  signal: AbortSignal,
): Promise<AccessFinding> {
  const objects = await workload.readRollout({ signal });
  containerOf(objects.deployment, settings.container);
  const stopped = whyNotRolledOut(objects.deployment);
  if (stopped !== null)
    return { ok: false, detail: stopped, advice: 'Resume it, and let its rollout end; then start again.' };
  const state = rolloutState(objects);
  return {
    ok: state.kind === 'complete',
    detail:
      state.kind === 'complete'
        ? `${settings.namespace}/${settings.deployment}, revision ${state.revision ?? '?'}, ${String(state.replicas)} replica(s)`
        : `${state.waitingFor}${state.problems.length === 0 ? '' : `: ${rolloutProblemText(state.problems)}`}`,
    advice: `kubectl -n ${settings.namespace} rollout status deployment/${settings.deployment}; a run never begins on a rollout that is not complete.`,
  };
}

async function rightsGranted(
  { settings, client, workload }: KubernetesParts,
  signal: AbortSignal,
): Promise<AccessFinding> {
  const { namespace, deployment, configMap, method } = settings;
  const { container } = containerOf(await workload.readDeployment({ signal }), settings.container);
  const rights = rightsFor({
    deployment,
    configMap: method === 'kubernetes-config-map' ? configMap : null,
    sources: sourcesOf(container),
  });
  const missing = await missingRights(client, rights, { namespace, signal });
  return {
    ok: missing.length === 0,
    detail:
      missing.length === 0
        ? `${String(rights.length)} rights in ${namespace}`
        : `missing in ${namespace}: ${missing.map(({ right }) => `${rightText(right)} (to ${right.why})`).join('; ')}`,
    advice: 'Grant them: deploy/kubernetes/role.yaml holds them all.',
  };
}

async function nothingHides(parts: KubernetesParts, signal: AbortSignal): Promise<AccessFinding> {
  const { flags, client, workload, settings, baseline } = parts;
  const problems = [
    ...(await flags.problems({ signal })),
    ...(settings.method === 'kubernetes-config-map' ? await notWritable({ settings, workload }, signal) : []),
  ];
  // Whether they can be read is another check's question.
  const processes = await servingInPods({ client, workload, place: settings }, signal).catch(() => []);
  signal.throwIfAborted();
  problems.push(...carriedOtherwise(await flags.environment({ signal }), processes, baseline));
  const carried = await flags.carried({ signal });
  const found = FLAG_NAMES.map((name) => `${name}=${carried[name] ?? '(absent)'}`);
  return {
    ok: problems.length === 0,
    detail: problems.length === 0 ? `${flags.place}: ${found.join(', ')}` : problems.join('; '),
    advice:
      'Remove the entry that hides or blocks the variable, or use the method that writes there; restart the application where it has not read its variables yet.',
  };
}

async function notWritable(
  { settings, workload }: Pick<KubernetesParts, 'settings' | 'workload'>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { container } = containerOf(await workload.readDeployment({ signal }), settings.container);
  const configMap = await workload.readConfigMap(settings.configMap, { signal });
  return whyNotWritable(configMap, flagKeysOf(container, settings.configMap));
}

/** The processes are compared with the baseline elsewhere; this is what the next pods would be given. */
async function nothingPending(
  { settings, workload, baseline }: KubernetesParts,
  signal: AbortSignal,
): Promise<AccessFinding> {
  const { container } = containerOf(await workload.readDeployment({ signal }), settings.container);
  const environment = environmentOf(container, await workload.readSources(container, { signal }));
  const pending = pendingValues(container, environment, baseline);
  return {
    ok: pending.length === 0,
    detail: pending.length === 0 ? 'what no pod carries yet changes none of the four' : pending.join('; '),
    advice:
      "The run's own restart would switch this on. Put the entry back to its baseline; when its baseline is another one, say so in flags.baseline and restart the application first.",
  };
}

/** What whoever approves is asked to allow, to the letter. */
async function changeKnown({ flags }: KubernetesParts, signal: AbortSignal): Promise<AccessFinding> {
  return { ok: true, detail: (await flags.preview({ signal })).join('; then '), advice: '' };
}

/** It keeps nobody from a run: whoever approves has to know whom else it reaches. */
async function usersKnown(
  { settings, workload }: KubernetesParts,
  signal: AbortSignal,
): Promise<AccessFinding> {
  const { configMap, namespace } = settings;
  const deployment = await workload.readDeployment({ signal });
  const { container } = containerOf(deployment, settings.container);
  const keys = flagKeysOf(container, configMap);
  const users = configMapUsers(await workload.readNamespace({ signal }), {
    ...{ configMap, keys, own: deployment.metadata },
  });
  const notice = configMapUsersText(configMap, users);
  return {
    ok: true,
    detail: notice ?? `no Deployment and no pod of ${namespace} but the target's own`,
    advice: '',
    ...(notice === null ? {} : { notice }),
  };
}
