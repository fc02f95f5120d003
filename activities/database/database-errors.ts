import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { DatabaseError } from 'pg';
import { RETRYABLE, TERMINAL, type FailureType } from '../../procedure/failures.js';
import { failure, textOf } from '../support/failure.js';
import { redact } from '../support/redact.js';

/** Which database a message speaks of: never more than the environment's name and the reference of its URL. */
export interface DatabaseName {
  readonly environment: string;
  readonly reference: string;
}

/** SQLSTATE, or class of it, → our type and what to do next. The first that fits counts. */
const STATES: readonly (readonly [prefix: string, type: FailureType, advice: string])[] = [
  ['28', TERMINAL.unauthorized, 'Check user and password in {reference}.'],
  ['42501', TERMINAL.unauthorized, 'Grant the user of {reference} this right.'],
  ['3D', TERMINAL.notFound, 'Check the database name in {reference}.'],
  ['3F', TERMINAL.notFound, 'Check the schema names in database.tables.'],
  ['42P01', TERMINAL.notFound, 'Check database.tables in the environment file.'],
  ['42703', TERMINAL.notFound, 'Check database.tables in the environment file.'],
  ['57014', RETRYABLE.databaseUnreachable, 'The statement ran into its time limit; it is tried again.'],
  ['55P03', RETRYABLE.databaseUnreachable, 'Another session holds a lock; it is tried again.'],
  ['40', RETRYABLE.databaseUnreachable, 'Another transaction was in the way; it is tried again.'],
  [
    '53',
    RETRYABLE.databaseUnreachable,
    'The server is out of connections, memory or disk; it is tried again.',
  ],
  ['57P', RETRYABLE.databaseUnreachable, 'The server is restarting or ended the session; it is tried again.'],
  ['08', RETRYABLE.databaseUnreachable, 'The connection broke; it is tried again.'],
  ['25P', RETRYABLE.databaseUnreachable, 'The server ended an idle transaction; it is tried again.'],
];

/**
 * Turns whatever `pg` throws into a failure of ours. `what` names the step (`reading the copies`). Errors without a
 * SQLSTATE come from the network or the driver's own time limits: they are retryable.
 */
export function databaseFailure(error: unknown, what: string, name: DatabaseName): Error {
  if (error instanceof ApplicationFailure || error instanceof CancelledFailure) return error;
  const place = `database of environment ${name.environment} (${name.reference})`;
  if (!(error instanceof DatabaseError)) {
    const text = `Not reachable while ${what}: ${place}: ${reasonOf(error)}. Check host, port and network; it is tried again.`;
    return failure(RETRYABLE.databaseUnreachable, text, error);
  }
  const state = error.code ?? '';
  const known = STATES.find(([prefix]) => state.startsWith(prefix));
  const [, type, advice] = known ?? [
    '',
    TERMINAL.unexpected,
    'This is not expected: look at the statement in the worker log.',
  ];
  const text = `${what}: ${place} answered ${sqlErrorText(error)}. ${advice.replace('{reference}', name.reference)}`;
  return failure(type, text.charAt(0).toUpperCase() + text.slice(1), error);
}

/** `ERROR 42P01: relation "x" does not exist`: the exact answer of the server, without its detail, which holds row values. */
export function sqlErrorText(error: unknown): string {
  if (!(error instanceof DatabaseError)) return reasonOf(error);
  return `${error.severity ?? 'ERROR'} ${error.code ?? '?????'}: ${redact(textOf(error))}`;
}

/** Whether the server said so itself: then the session is usable, and the answer is exact. */
export function isServerAnswer(error: unknown): boolean {
  return error instanceof DatabaseError && error.code !== undefined && !/^(08|57P)/.test(error.code);
}

/** Several addresses of one host are tried and fail together, with an empty message of their own. */
function reasonOf(error: unknown): string {
  const first: unknown = error instanceof AggregateError ? (error.errors as readonly unknown[])[0] : error;
  return redact(textOf(first));
}
