import { readFileSync } from 'node:fs';
import { sha256 } from '../../plan/canonical.js';
import { createKubernetesClient, type KubernetesClient } from './client.js';
import { loadConnection, type ConnectionSettings } from './connection.js';

interface Kept {
  /** Of the kubeconfig's content. */
  readonly digest: string;
  readonly client: KubernetesClient;
}

/** Of this process. Nothing has to be closed: a client holds credentials, and no connection between two calls. */
const clients = new Map<string, Kept>();

/**
 * The client of a kubeconfig and context, the same one for every activity of this worker, so that a credential plugin runs
 * when its credentials have run out and not at each step. A kubeconfig with another content is another client; certificates
 * and tokens in files of their own are read anew by the client itself.
 * @throws as `loadConnection`.
 */
export function clientOf({ kubeconfig, context }: ConnectionSettings): KubernetesClient {
  const settings = { kubeconfig, context };
  const key = JSON.stringify(settings);
  const digest = kubeconfig === null ? '' : digestOf(kubeconfig);
  const kept = clients.get(key);
  if (digest !== null && kept?.digest === digest) return kept.client;
  const connect = () => loadConnection(settings);
  const client = createKubernetesClient(connect(), connect);
  if (digest === null) clients.delete(key);
  else clients.set(key, { digest, client });
  return client;
}

/** `null` when it cannot be read, which `loadConnection` tells. */
function digestOf(kubeconfig: string): string | null {
  try {
    return sha256(readFileSync(kubeconfig, 'utf8'));
  } catch {
    return null;
  }
}
