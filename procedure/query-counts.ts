import { observationsOf, type Observation, type QueriesObservation } from './observations.js';

/**
 * The rows of seed §6.1 with the flow that makes each request, and the number of queries that the seed expects, the same
 * before and after enabling: it puts the copying into a commit hook. What a target really needs is measured.
 */
export const QUERY_OPERATIONS = [
  { operation: 'team_create', title: 'Team Create', flow: 1, expected: [5, 8] },
  { operation: 'member_add', title: 'Member Add', flow: 2, expected: [3, 5] },
  { operation: 'team_update', title: 'Team Update', flow: 4, expected: [2, 4] },
] as const;

export type QueryOperation = (typeof QUERY_OPERATIONS)[number]['operation'];

/** Operations whose request makes fewer or more queries than seed §6.1 expects. Pure. */
export function outsideRange(counted: readonly OperationQueries[]): QueryOperation[] {
  return QUERY_OPERATIONS.filter(({ operation, expected: [least, most] }) =>
    counted.some((one) => one.operation === operation && (one.request < least || one.request > most)),
  ).map(({ operation }) => operation);
}

/** Statements of one request, as the framework's own capture counted them. */
export interface OperationQueries {
  readonly operation: QueryOperation;
  /** Of the request itself, without those that only mark a transaction (BEGIN, COMMIT, SAVEPOINT and their like). */
  readonly request: number;
  /** Those that only mark a transaction, in the request. */
  readonly transaction: number;
  /** Functions that the request left for after its commit. */
  readonly hooks: number;
  /** Statements of these functions, counted likewise; `null` = one of them ended with an error. */
  readonly commitHooks: number | null;
}

/**
 * Queries a create as the database itself counted them during the performance test: request and commit hooks together,
 * and whatever else anybody ran.
 */
export interface OutsideQueries {
  readonly requests: number;
  /** `null` = not to be told, with the reason. */
  readonly perRequest: number | null;
  readonly reason: string | null;
}

/** One operation with the flag off and on. */
export interface QueryPair {
  readonly title: string;
  readonly expected: readonly [number, number];
  readonly before: OperationQueries;
  readonly after: OperationQueries;
}

/** The counts of one side; `null` = they were not made. */
export function queriesOf(
  observations: readonly Observation[],
  side: 'baseline' | 'after',
): QueriesObservation | null {
  return observationsOf(observations, 'queries').find((one) => one.side === side) ?? null;
}

/**
 * Operations that were counted on both sides, by a process that saw the flag off before and on after: anything else
 * compares nothing.
 */
export function queryPairs(observations: readonly Observation[]): QueryPair[] {
  const before = queriesOf(observations, 'baseline');
  const after = queriesOf(observations, 'after');
  if (before?.dualWrite !== false || after?.dualWrite !== true) return [];
  return QUERY_OPERATIONS.flatMap(({ operation, title, expected }) => {
    const off = before.operations.find((one) => one.operation === operation);
    const on = after.operations.find((one) => one.operation === operation);
    return off === undefined || on === undefined ? [] : [{ title, expected, before: off, after: on }];
  });
}
