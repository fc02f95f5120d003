import type { V1ConfigMap, V1Deployment } from '@kubernetes/client-node';
import { effectiveFlag, FLAG_NAMES, type FlagName } from '../../../procedure/flags.js';
import { TERMINAL } from '../../../procedure/failures.js';
import type { CapturedVariable, FlagCapture } from '../../contract.js';
import { canonicalJson, sha256 } from '../../plan/canonical.js';
import { failure } from '../../support/failure.js';
import { configMapValues, type ConfigMapKeys } from './config-map-patch.js';
import type { ContainerEnvironment } from './container-environment.js';
import { containerOf, RESTARTED_AT } from './env-patch.js';
import { capturedOf, settingIn } from './env-setting.js';
import { placeOfVariable } from './variable-place.js';

export interface CaptureOptions {
  /** How the capture names the place, for people and for a restore that has to find the same one. */
  readonly place: string;
  /** What the container's processes see, for whether going back to it is safe. */
  readonly environment: ContainerEnvironment;
  readonly baseline: Readonly<Record<FlagName, 'true' | 'false'>>;
  /** ISO 8601. */
  readonly capturedAt: string;
}

/**
 * How the four variables stand in a container's `env` list (method A): absent, a value or a reference. Pure.
 * @throws UnexpectedAnswer when one stands twice or as a reference that could not be put back; NotFound without the container.
 */
export function captureOfDeployment(
  deployment: V1Deployment,
  options: CaptureOptions & { readonly container: string },
): FlagCapture {
  const { container } = containerOf(deployment, options.container);
  const unclear = FLAG_NAMES.flatMap(
    (name) => placeOfVariable(container, options.environment, { name, place: { kind: 'env' } }).problems,
  );
  if (unclear.length > 0)
    throw failure(TERMINAL.unexpected, `${options.place}: ${unclear.join('; ')}. Nothing was changed.`);
  const variables = FLAG_NAMES.map((name) => capturedOf(name, settingIn(container.env ?? [], name)));
  const content = deployment.spec;
  return { ...captured(options, { content, variables }), restartedAt: restartedAtOf(deployment) };
}

function restartedAtOf({ spec }: V1Deployment): string | null {
  return spec?.template.metadata?.annotations?.[RESTARTED_AT] ?? null;
}

/**
 * How the four variables stand in a ConfigMap's data (method B), and when the pods that read it were restarted; a variable
 * without a key there is absent. Pure.
 */
export function captureOfConfigMap(
  { configMap, deployment }: { readonly configMap: V1ConfigMap; readonly deployment: V1Deployment },
  options: CaptureOptions & { readonly keys: ConfigMapKeys },
): FlagCapture {
  const values = configMapValues(configMap, options.keys);
  const variables = FLAG_NAMES.map((name): CapturedVariable => {
    const value = values[name];
    return { name, state: value === null ? 'absent' : 'value', value };
  });
  const content = { data: configMap.data ?? {}, binaryData: configMap.binaryData ?? {} };
  return { ...captured(options, { content, variables }), restartedAt: restartedAtOf(deployment) };
}

function captured(
  options: CaptureOptions,
  found: { readonly content: unknown; readonly variables: readonly CapturedVariable[] },
): FlagCapture {
  return {
    place: options.place,
    digest: sha256(canonicalJson(found.content)),
    variables: found.variables,
    safe: FLAG_NAMES.every((name) => isSafe(name, options)),
    capturedAt: options.capturedAt,
  };
}

/** A value that nobody here knows proves nothing. */
function isSafe(name: FlagName, { environment, baseline }: CaptureOptions): boolean {
  const claim = environment.claims(name).at(-1);
  if (claim?.value === null) return false;
  return effectiveFlag(name, claim?.value ?? null) === (baseline[name] === 'true');
}
