import { existsSync, readFileSync } from 'node:fs';
import { KubeConfig } from '@kubernetes/client-node';
import { TERMINAL } from '../../../procedure/failures.js';
import { failure, textOf } from '../../support/failure.js';

/** How the cluster is reached: a kubeconfig file, or the pod's own service account when there is none. */
export interface ConnectionSettings {
  /** Path; `null` = the service account of the pod that the worker runs in. */
  readonly kubeconfig: string | null;
  /** Name of a context in that file; `null` = its current one. */
  readonly context: string | null;
}

const TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token';
/** A server whose certificate nobody checks may be anybody: he would get the token, and could answer what he likes. */
const TO_ANYBODY = 'credentials would be sent to whoever answers';
const IN_CLUSTER = 'Run the worker in a pod with a service account, or name a kubeconfig file';

/**
 * Reads how to reach the cluster; asks it nothing. `root` stands before the service account's folder, for tests.
 * @throws NotFound, Unauthorized or EnvironmentProblem, each saying what to correct; never with the file's content.
 */
export function loadConnection(settings: ConnectionSettings, root = ''): KubeConfig {
  if (process.env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0')
    throw failure(
      TERMINAL.environment,
      `This worker runs with NODE_TLS_REJECT_UNAUTHORIZED=0, so the cluster's certificate would not be checked: ${TO_ANYBODY}. Start the worker without it; certificate-authority in the kubeconfig says whom to trust.`,
    );
  return settings.kubeconfig === null ? inCluster(root) : fromFile(settings.kubeconfig, settings.context);
}

function inCluster(root: string): KubeConfig {
  if ((process.env['KUBERNETES_SERVICE_HOST'] ?? '') === '')
    throw failure(
      TERMINAL.environment,
      `No kubeconfig is named, and this worker does not run in a cluster (KUBERNETES_SERVICE_HOST is not set). ${IN_CLUSTER}.`,
    );
  if (!existsSync(`${root}${TOKEN}`))
    throw failure(
      TERMINAL.notFound,
      `The pod of this worker has no service account token (${root}${TOKEN}). ${IN_CLUSTER}.`,
    );
  const config = new KubeConfig();
  config.loadFromCluster(root);
  return config;
}

function fromFile(path: string, context: string | null): KubeConfig {
  const config = parsed(path);
  const names = config.getContexts().map((one) => one.name);
  const name = context ?? config.getCurrentContext();
  const there = names.length === 0 ? 'it has none' : `it has: ${names.join(', ')}`;
  // Files of many tools say nothing, others `""`.
  if ((name as string | undefined) === undefined || name === '')
    throw failure(
      TERMINAL.environment,
      `The kubeconfig ${path} has no current context; ${there}. Name one in the environment file.`,
    );
  if (!names.includes(name))
    throw failure(TERMINAL.notFound, `The kubeconfig ${path} has no context ${name}; ${there}.`);
  config.setCurrentContext(name);
  checkContext(config, `The context ${name} of the kubeconfig ${path}`);
  return config;
}

function parsed(path: string): KubeConfig {
  const config = new KubeConfig();
  try {
    readFileSync(path);
  } catch (error) {
    const denied = ['EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '');
    throw failure(
      denied ? TERMINAL.unauthorized : TERMINAL.notFound,
      `The kubeconfig ${path} cannot be read: ${textOf(error)}. Correct the path, or give the worker's user permission to read it.`,
      error,
    );
  }
  try {
    config.loadFromFile(path);
    return config;
  } catch (error) {
    // A parser quotes what it stumbles over, and that may be a token.
    throw failure(TERMINAL.environment, `The kubeconfig ${path} is not a valid one.`, error);
  }
}

function checkContext(config: KubeConfig, who: string): void {
  const cluster = config.getCurrentCluster();
  if (cluster === null)
    throw failure(TERMINAL.environment, `${who} names a cluster that is not in the file.`);
  if (config.getCurrentUser() === null)
    throw failure(TERMINAL.environment, `${who} names a user that is not in the file.`);
  if (!cluster.server.startsWith('https://'))
    throw failure(
      TERMINAL.environment,
      `${who} leads to ${cluster.server}, which is not https: credentials would be sent in the open.`,
    );
  if (cluster.skipTLSVerify)
    throw failure(
      TERMINAL.environment,
      `${who} says insecure-skip-tls-verify for ${cluster.server}: ${TO_ANYBODY}. Nothing was sent. Put the certificate authority of the cluster in its place (kubectl config set-cluster ${cluster.name} --certificate-authority=FILE --embed-certs), and remove insecure-skip-tls-verify.`,
    );
}
