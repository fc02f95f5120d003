import type { ApplicationConnections } from '../../procedure/connections.js';
import type { Session } from './database.js';
import { onlyRow } from './own-counts.js';
import { text, wholeNumber } from './rows.js';

export interface Connections {
  readonly used: number;
  /** max_connections without those that are kept for superusers and reserved roles. */
  readonly usable: number;
  /** By `application_name`, or by user where a client gave none, largest first. */
  readonly applications: readonly ApplicationConnections[];
}

/** An unprivileged user sees other users' sessions without their kind; those of a database are clients. */
const CLIENTS = `(backend_type = 'client backend' OR (backend_type IS NULL AND datname IS NOT NULL))`;

/**
 * Client connections of the whole server: max_connections is the server's, not one database's. State and waiting of other
 * users' sessions are hidden from a user without pg_read_all_stats; then they count as neither. Throws UnexpectedAnswer
 * when the server refuses.
 */
export async function countConnections(session: Session): Promise<Connections> {
  const totals = await onlyRow(
    session,
    'counting connections',
    `SELECT (SELECT count(*) FROM pg_stat_activity WHERE ${CLIENTS}) AS used,
            current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
              - coalesce(current_setting('reserved_connections', true), '0')::int AS usable`,
  );
  const { rows } = await session.query(
    'counting connections by application',
    `SELECT coalesce(nullif(application_name, ''), '(no name, user ' || usename || ')', '(no name)') AS application, count(*) AS count,
            count(*) FILTER (WHERE state = 'active') AS active,
            count(*) FILTER (WHERE state LIKE 'idle in transaction%') AS idle,
            count(*) FILTER (WHERE wait_event_type = 'Lock') AS waiting
       FROM pg_stat_activity WHERE ${CLIENTS} GROUP BY 1 ORDER BY 2 DESC, 1`,
  );
  return {
    used: wholeNumber(totals, 'used'),
    usable: wholeNumber(totals, 'usable'),
    applications: rows.map((row) => ({
      application: text(row, 'application'),
      count: wholeNumber(row, 'count'),
      active: wholeNumber(row, 'active'),
      idleInTransaction: wholeNumber(row, 'idle'),
      waiting: wholeNumber(row, 'waiting'),
    })),
  };
}
