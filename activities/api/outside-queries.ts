import type { OutsideQueries } from '../../procedure/query-counts.js';
import { statementCalls } from '../database/statement-calls.js';
import type { FlowServices } from './run-flow.js';

/** Called after the last of so many requests. */
export type EndOfCount = (requests: number) => Promise<OutsideQueries>;

/**
 * seed §6.1 from outside: begins to count the queries that the database runs, by its own statistics, and gives the
 * function that ends it. Everybody's queries are in it, and those of the framework itself (a check of the connection,
 * say), so it is a second look at the counts from inside, and never more.
 */
export async function countOutside({
  databases,
  environment,
  signal,
}: Pick<FlowServices, 'databases' | 'environment' | 'signal'>): Promise<EndOfCount> {
  const look = (): Promise<number | string> => databases.withDatabase(environment, signal, statementCalls);
  const before = await look();
  return async (requests) => {
    const after = typeof before === 'string' ? before : await look();
    return outsideQueries(requests, before, after);
  };
}

/** What two looks say of the requests between them. */
export function outsideQueries(
  requests: number,
  before: number | string,
  after: number | string,
): OutsideQueries {
  const none = (reason: string): OutsideQueries => ({ requests, perRequest: null, reason });
  if (typeof before === 'string') return none(before);
  if (typeof after === 'string') return none(after);
  if (requests === 0) return none('no request was made');
  if (after < before)
    return none('the statistics of pg_stat_statements were reset, or forgot statements, meanwhile');
  if (after === before)
    return none('no query of another role was seen: the target may use the same role as the worker');
  return { requests, perRequest: Math.round((10 * (after - before)) / requests) / 10, reason: null };
}
