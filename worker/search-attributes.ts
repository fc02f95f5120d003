import proto from '@temporalio/proto';
import type { NativeConnection } from '@temporalio/worker';
import { SEARCH_ATTRIBUTES } from '../procedure/search-attributes.js';

/** Told to a person before anything runs; no stack trace. */
export class WorkerProblem extends Error {
  override readonly name = 'WorkerProblem';
}

/**
 * Refuses a namespace in which a search attribute of ours is missing: every run there would hang in its first task.
 * The message holds the command that registers them.
 */
export async function requireSearchAttributes(
  connection: NativeConnection,
  namespace: string,
): Promise<void> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const keyword = proto.temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD;
  const missing = SEARCH_ATTRIBUTES.filter((name) => customAttributes[name] !== keyword);
  if (missing.length === 0) return;
  const options = missing.map((name) => `--name ${name} --type Keyword`).join(' ');
  throw new WorkerProblem(
    [
      `Namespace ${namespace} lacks the search attributes ${missing.join(', ')} (type Keyword), so no run could start there.`,
      'Register them, then start the worker again:',
      `  temporal operator search-attribute create --namespace ${namespace} ${options}`,
      'or: readiness init --search-attributes',
    ].join('\n'),
  );
}
