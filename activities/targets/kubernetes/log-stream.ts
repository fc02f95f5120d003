import { once } from 'node:events';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { ApiException } from '@kubernetes/client-node';
import { LINE_LIMIT } from '../../logs/log-source.js';
import { LineSplitter } from '../../logs/line-splitter.js';
import { apiFailure, isNotFound } from './api-failure.js';
import { orAborted, type KubernetesClient } from './client.js';

/** Which log, and from when on. */
export interface LogRequest {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** Of the instance before the present one. */
  readonly previous?: boolean;
  /** RFC 3339; the server knows whole seconds only, so older lines may come. */
  readonly sinceTime?: string;
  readonly tailLines?: number;
}

/** A whole log may be long; nothing of it for so long is no log any more. */
const IDLE_MS = 20_000;
/** Lines longer than a container runtime writes them carry their time in front. */
const TIME_ROOM = 64;
const BEGINS_WITH_TIME = /^\d{4}-/;

/**
 * Streams a container's log as it is now, whole lines with the time of each in front, in bounded memory; a last line without
 * its end is left out, but for words of the kubelet's own. The client's own call takes no start time and gives one string.
 * `false` = there is no such log (yet): a container that waits for its start, a former instance that was removed.
 * @throws as `apiFailure`.
 */
export async function streamLog(
  client: KubernetesClient,
  log: LogRequest,
  { onLine, signal }: { readonly onLine: (line: string) => void; readonly signal: AbortSignal },
): Promise<boolean> {
  const what = `read the log of pod ${log.namespace}/${log.pod}, container ${log.container}`;
  try {
    const response = await open(client, log, signal);
    if (response.statusCode !== 200) {
      const error = await answerOf(response);
      if (isNotFound(error) || error.code === 400) return false;
      throw error;
    }
    let over = false;
    const lines = new LineSplitter(LINE_LIMIT + TIME_ROOM, (line) => {
      // What the kubelet says in the place of a log has no end; a log's own last line comes whole the next time.
      if (!over || !BEGINS_WITH_TIME.test(line)) onLine(line);
    });
    for await (const chunk of response) lines.push(chunk as Buffer);
    over = true;
    if (lines.pending > 0) lines.flush();
    return true;
  } catch (error) {
    signal.throwIfAborted();
    throw apiFailure(error, { what, server: client.server });
  }
}

async function open(
  client: KubernetesClient,
  log: LogRequest,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const { namespace, pod, container, previous, sinceTime, tailLines } = log;
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/log`;
  const url = new URL(`${client.server.replace(/\/+$/, '')}${path}`);
  url.searchParams.set('container', container);
  url.searchParams.set('timestamps', 'true');
  if (previous === true) url.searchParams.set('previous', 'true');
  if (sinceTime !== undefined) url.searchParams.set('sinceTime', sinceTime);
  if (tailLines !== undefined) url.searchParams.set('tailLines', String(tailLines));
  const options: RequestOptions = { headers: { 'User-Agent': 'readiness' } };
  // It brings an agent of its own, which knows the certificates and the proxy of the kubeconfig.
  const limit = AbortSignal.any([signal, AbortSignal.timeout(IDLE_MS)]);
  await orAborted(client.config.applyToHTTPSOptions(options), limit);
  const asked = httpsRequest(url, { ...options, signal, timeout: IDLE_MS });
  asked.on('timeout', () => asked.destroy(new Error(`no answer for ${String(IDLE_MS)} ms`)));
  // What goes wrong after the answer began, the answer itself tells.
  asked.on('error', () => undefined);
  asked.end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  return response;
}

async function answerOf(response: IncomingMessage): Promise<ApiException<string>> {
  const parts: Buffer[] = [];
  for await (const chunk of response) parts.push(chunk as Buffer);
  const body = Buffer.concat(parts).toString('utf8').slice(0, 4000);
  return new ApiException(response.statusCode ?? 0, 'log', body, {});
}
