import { FLAG_NAMES } from '../../../procedure/flags.js';
import type { AccessCheck, AccessFinding } from '../target.js';
import { missingRights } from './access-review.js';
import { sourcesOf } from './container-environment.js';
import { containerOf } from './env-patch.js';
import type { KubernetesParts } from './kubernetes-target.js';
import { isInLastApplied, isKeyInLastApplied } from './last-applied.js';
import { envPath, isReconciled, keepersOf, ownershipProblem } from './ownership.js';
import { rightsFor, rightText } from './rights.js';
import { rolloutProblemText, rolloutState } from './rollout-state.js';

/** What methods A and B need. None of them changes anything. */
export function kubernetesAccessChecks(parts: () => KubernetesParts): readonly AccessCheck[] {
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
      title: 'Nothing hides the four variables where the run would write them',
      seed: '§2',
      run: (signal) => nothingHides(parts(), signal),
    },
    {
      id: 'kubernetes-owner',
      title: 'No other tool puts its own values back',
      seed: null,
      run: (signal) => nobodyElseKeeps(parts(), signal),
    },
  ];
}

async function rolloutComplete(
  { settings, workload }: KubernetesParts,
  signal: AbortSignal,
): Promise<AccessFinding> {
  const objects = await workload.readRollout({ signal });
  containerOf(objects.deployment, settings.container);
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

async function nothingHides({ flags }: KubernetesParts, signal: AbortSignal): Promise<AccessFinding> {
  const problems = await flags.problems({ signal });
  const carried = await flags.carried({ signal });
  const found = FLAG_NAMES.map((name) => `${name}=${carried[name] ?? '(absent)'}`);
  return {
    ok: problems.length === 0,
    detail: problems.length === 0 ? `${flags.place}: ${found.join(', ')}` : problems.join('; '),
    advice: 'Remove the entry that hides the variable, or use the method that writes there.',
  };
}

async function nobodyElseKeeps(
  { settings, workload }: KubernetesParts,
  signal: AbortSignal,
): Promise<AccessFinding> {
  const isConfigMap = settings.method === 'kubernetes-config-map';
  const { metadata } = isConfigMap
    ? await workload.readConfigMap(settings.configMap, { signal })
    : await workload.readDeployment({ signal });
  const { container } = settings;
  const pathOf = (name: string): readonly string[] =>
    isConfigMap ? ['f:data', `f:${name}`] : envPath(container, name);
  const told = [
    ...keepersOf(metadata).map(({ tool, mark }) => `${tool} keeps it (${mark})`),
    ...FLAG_NAMES.flatMap((name) => {
      const owned = ownershipProblem(metadata, { path: pathOf(name), what: name });
      if (owned !== null) return [owned];
      const applied = isConfigMap
        ? isKeyInLastApplied(metadata, name)
        : isInLastApplied(metadata, { container, variable: name });
      return applied
        ? [`${name} stands in the manifest of the last kubectl apply, which the next one writes again`]
        : [];
    }),
  ];
  return {
    // What somebody would have to run first is told; who comes back by himself would undo the change in the middle of the run.
    ok: !FLAG_NAMES.some((name) => isReconciled(metadata, pathOf(name))),
    detail: told.length === 0 ? 'nobody but people wrote the variables' : told.join('; '),
    advice:
      'Have that tool leave these variables alone for the time of the run (its own ignore list, or suspend it).',
  };
}
