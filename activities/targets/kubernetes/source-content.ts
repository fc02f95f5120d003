import { apiFailure, isForbidden, isNotFound } from './api-failure.js';
import { call, type KubernetesClient } from './client.js';
import { nameOf, type SourceContent, type SourceObject } from './container-environment.js';
import type { Limits } from './workload.js';

/** What a ConfigMap or a Secret holds; that it is not there, or may not be read, is an answer. @throws as `apiFailure`. */
export async function contentOf(
  client: KubernetesClient,
  { kind, name, namespace }: SourceObject & { readonly namespace: string },
  limits: Limits,
): Promise<SourceContent> {
  const what = `read ${nameOf({ kind, name })} in ${namespace}`;
  try {
    const request = { ...limits, what, kind };
    const data =
      kind === 'ConfigMap'
        ? (
            await call(client, request, (options) =>
              client.core.readNamespacedConfigMap({ name, namespace }, options),
            )
          ).data
        : decoded(
            (
              await call(client, request, (options) =>
                client.core.readNamespacedSecret({ name, namespace }, options),
              )
            ).data,
          );
    return { state: 'present', data: data ?? {} };
  } catch (error) {
    limits.signal.throwIfAborted();
    if (isNotFound(error)) return { state: 'absent' };
    if (isForbidden(error)) return { state: 'unreadable', reason: 'the worker has no right to get it' };
    throw apiFailure(error, { what, server: client.server });
  }
}

function decoded(data: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
  );
}
