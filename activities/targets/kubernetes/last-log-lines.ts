import { textOf } from '../../support/failure.js';
import { redact } from '../../support/redact.js';
import { apiFailure } from './api-failure.js';
import { callUnchecked, type KubernetesClient } from './client.js';
import type { Limits } from './workload.js';

/** A guard against endless lines only: the server counts it from the first of the lines, so that it would cut the last. */
const MAXIMUM_BYTES = 1024 * 1024;
const LINE_LIMIT = 500;

export interface LogOf {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** How many lines. */
  readonly lines: number;
}

/**
 * The last lines of a container that dies again and again: of its life before this one, where the reason stands, or of the
 * present one when the kubelet has thrown the former away. Secrets masked, long lines cut. A log that cannot be read is told
 * in one line: it goes into the text of a failure that is known already.
 */
export async function lastLogLines(
  client: KubernetesClient,
  { namespace, pod, container, lines }: LogOf,
  limits: Limits,
): Promise<readonly string[]> {
  const read = (previous: boolean): Promise<string> =>
    callUnchecked(client, limits, (options) =>
      client.core.readNamespacedPodLog(
        { name: pod, namespace, container, previous, tailLines: lines, limitBytes: MAXIMUM_BYTES },
        options,
      ),
    );
  try {
    const former = await read(true).catch(() => {
      limits.signal.throwIfAborted();
      return '';
    });
    return linesOf(isNoLog(former) ? await read(false) : former, lines);
  } catch (error) {
    limits.signal.throwIfAborted();
    const what = `read the log of pod ${namespace}/${pod}, container ${container}`;
    return [`(${textOf(apiFailure(error, { what, server: client.server }))})`];
  }
}

/** Of a log that is not there any more, container or file, the kubelet tells so in the place of the log, with 200. */
function isNoLog(text: string): boolean {
  return text === '' || NO_LOG.test(text.trim());
}
const NO_LOG = /^(unable to retrieve container logs for \S+|failed to try resolving symlinks in path .*)$/;

function linesOf(text: string, count: number): readonly string[] {
  return redact(text)
    .split('\n')
    .map((line) => line.trimEnd().slice(0, LINE_LIMIT))
    .filter((line) => line !== '')
    .slice(-count);
}
