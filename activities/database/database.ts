import { Pool, type PoolClient } from 'pg';
import { checkDatabaseUrl } from '../../environment/safety.js';
import type { LoadedEnvironment, SecretRef } from '../../environment/settings.js';
import { TERMINAL } from '../../procedure/failures.js';
import { listProblems } from '../../procedure/problem.js';
import type { ActivityDeps } from '../support/deps.js';
import { failure } from '../support/failure.js';
import { databaseFailure, isServerAnswer, sqlErrorText, type DatabaseName } from './database-errors.js';
import type { Row } from './rows.js';

export interface Answer {
  readonly rows: readonly Row[];
  /** Rows read, or rows changed. */
  readonly rowCount: number;
}

/** One connection of a pool, for one step at a time. */
export interface Session {
  /** Runs one statement; `what` says in an error what was being done (`reading free games`). Throws failures of ours only. */
  query(what: string, sql: string, values?: readonly unknown[]): Promise<Answer>;
  /** Runs one statement whose refusal by the server is a result: the exact error. Still throws when the server is gone. */
  attempt(
    what: string,
    sql: string,
    values?: readonly unknown[],
  ): Promise<{ readonly ok: true; readonly answer: Answer } | { readonly ok: false; readonly error: string }>;
}

/** The databases of all environments of a worker, one pool each. */
export interface Databases {
  /**
   * Lends a connection to `fn`. A cancelled `signal` cancels the running statement at the server and ends the loan with
   * the signal's reason. Throws EnvironmentProblem for an address that is not on the allow-list; DatabaseUnreachable
   * (retryable), Unauthorized, NotFound or UnexpectedAnswer (terminal).
   */
  withDatabase<T>(
    environment: LoadedEnvironment,
    signal: AbortSignal,
    fn: (session: Session) => Promise<T>,
  ): Promise<T>;
  /**
   * The same as the role of `database.adminUrl`, for the one step that takes a right away and gives it back. Throws
   * EnvironmentProblem where the environment names none.
   */
  withAdmin<T>(
    environment: LoadedEnvironment,
    signal: AbortSignal,
    fn: (session: Session) => Promise<T>,
  ): Promise<T>;
  /** Ends all pools; running loans are waited for. */
  close(): Promise<void>;
}

/** Connections a worker holds to one target database at most; a staging database has few, and the target needs them. */
const CONNECTIONS = 4;
const CONNECT_TIMEOUT_MS = 5000;
const LOCK_TIMEOUT_MS = 5000;
const IDLE_IN_TRANSACTION_MS = 60_000;
/** How much later than the server's own time limit the driver gives up: then the network is gone. */
const NETWORK_GRACE_MS = 5000;

interface KnownPool {
  readonly pool: Pool;
  readonly url: string;
}

/** Makes pools on first use. The URL is resolved for every loan, so a rotated password is taken up without a restart. */
export function createDatabases(deps: Pick<ActivityDeps, 'resolveSecret'>): Databases {
  const pools = new Map<string, KnownPool>();

  const poolOf = async (environment: LoadedEnvironment, reference: SecretRef): Promise<Pool> => {
    const key = `${environment.settings.name}@${environment.digest}@${reference}`;
    const url = await deps.resolveSecret(reference);
    const known = pools.get(key);
    if (known?.url === url) return known.pool;
    // Here, where it is resolved: a secret that was changed after the plan must not lead a clean-up to another database.
    const problems = checkDatabaseUrl(url, environment.settings);
    if (problems.length > 0)
      throw failure(TERMINAL.environment, listProblems(problems).replaceAll('\n', ' '));
    const pool = createPool(url, environment.settings.database.statementTimeoutMs);
    pools.set(key, { pool, url });
    await known?.pool.end();
    return pool;
  };

  const withRole = async <T>(
    {
      environment,
      reference,
      signal,
    }: { environment: LoadedEnvironment; reference: SecretRef; signal: AbortSignal },
    fn: (session: Session) => Promise<T>,
  ): Promise<T> => {
    signal.throwIfAborted();
    const name = { environment: environment.settings.name, reference };
    const pool = await poolOf(environment, reference);
    const client = await pool.connect().catch((error: unknown) => {
      throw databaseFailure(error, 'connecting', name);
    });
    return lend({ pool, client, signal, name }, fn);
  };

  return {
    withDatabase: (environment, signal, fn) =>
      withRole({ environment, reference: environment.settings.database.url, signal }, fn),
    async withAdmin(environment, signal, fn) {
      const reference = environment.settings.database.adminUrl;
      if (reference === null)
        throw failure(
          TERMINAL.environment,
          `environments/${environment.settings.name}.yaml names no database.adminUrl, whose role takes a right away and gives it back.`,
        );
      return withRole({ environment, reference, signal }, fn);
    },
    async close() {
      const all = [...pools.values()];
      pools.clear();
      await Promise.all(all.map(({ pool }) => pool.end()));
    },
  };
}

function createPool(url: string, statementTimeoutMs: number): Pool {
  const pool = new Pool({
    connectionString: url,
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: 30_000,
    statement_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs + NETWORK_GRACE_MS,
    lock_timeout: Math.min(LOCK_TIMEOUT_MS, Math.ceil(statementTimeoutMs / 2)),
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    application_name: 'readiness',
    keepAlive: true,
  });
  // Without a listener a dropped idle connection ends the worker. The pool has removed it; the next loan connects anew.
  pool.on('error', () => undefined);
  return pool;
}

interface Loan {
  readonly pool: Pool;
  readonly client: PoolClient;
  readonly signal: AbortSignal;
  readonly name: DatabaseName;
}

async function lend<T>(loan: Loan, fn: (session: Session) => Promise<T>): Promise<T> {
  const { client, signal } = loan;
  let broken = false;
  const markBroken = (): void => {
    broken = true;
  };
  const cancel = (): void => void cancelStatement(loan);
  client.on('error', markBroken);
  signal.addEventListener('abort', cancel, { once: true });
  try {
    return await fn(sessionOf(loan, markBroken));
  } finally {
    signal.removeEventListener('abort', cancel);
    client.off('error', markBroken);
    // A connection in an unfinished transaction, or after the driver's own time limit, must not be lent again.
    client.release(broken || signal.aborted || client.getTransactionStatus() !== 'I');
  }
}

function sessionOf(loan: Loan, markBroken: () => void): Session {
  const { client, signal, name } = loan;
  const run = async (sql: string, values: readonly unknown[]): Promise<Answer> => {
    signal.throwIfAborted();
    try {
      const result = await client.query<Record<string, unknown>>(sql, [...values]);
      return { rows: result.rows, rowCount: result.rowCount ?? 0 };
    } catch (error) {
      if (!isServerAnswer(error)) markBroken();
      signal.throwIfAborted();
      throw error;
    }
  };
  const translated = (error: unknown, what: string): Error =>
    signal.aborted && error === signal.reason && error instanceof Error
      ? error
      : databaseFailure(error, what, name);
  return {
    async query(what, sql, values = []) {
      try {
        return await run(sql, values);
      } catch (error) {
        throw translated(error, what);
      }
    },
    async attempt(what, sql, values = []) {
      try {
        return { ok: true, answer: await run(sql, values) };
      } catch (error) {
        if (isServerAnswer(error)) return { ok: false, error: sqlErrorText(error) };
        throw translated(error, what);
      }
    },
  };
}

/** `pg` has no cancel of its own: another connection asks the server. When that fails, the time limits end the statement. */
async function cancelStatement({ pool, client }: Loan): Promise<void> {
  if (!('processID' in client) || typeof client.processID !== 'number') return;
  await pool.query('SELECT pg_cancel_backend($1)', [client.processID]).catch(() => undefined);
}
