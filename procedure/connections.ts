/** Who holds how many connections to the target's database server. */
export interface ApplicationConnections {
  /** `application_name` as the client gave it; `(no name, user deltacrown)` when it gave none, as many Django applications. */
  readonly application: string;
  readonly count: number;
  readonly active: number;
  /** In a transaction without doing anything in it: what a leak looks like. */
  readonly idleInTransaction: number;
  /** Waiting for a lock of another one. */
  readonly waiting: number;
}

/** So many stand in an observation; the evidence file has all. */
export const APPLICATIONS_KEPT = 5;

/** `gunicorn 61 (3 active, 40 idle in transaction, 2 waiting for a lock), psql 1`. */
export function applicationsText(applications: readonly ApplicationConnections[]): string {
  return applications
    .map(({ application, count, active, idleInTransaction, waiting }) => {
      const parts = [
        ...(active > 0 ? [`${String(active)} active`] : []),
        ...(idleInTransaction > 0 ? [`${String(idleInTransaction)} idle in transaction`] : []),
        ...(waiting > 0 ? [`${String(waiting)} waiting for a lock`] : []),
      ];
      return `${application} ${String(count)}${parts.length > 0 ? ` (${parts.join(', ')})` : ''}`;
    })
    .join(', ');
}

/**
 * Lines by which an application or a pooler says that there are no connections left: PostgreSQL itself, PgBouncer,
 * psycopg's and SQLAlchemy's pools.
 */
export const EXHAUSTION_LINES = [
  'too many clients already',
  'too many connections for',
  'remaining connection slots are reserved',
  'no more connections allowed',
  'QueuePool limit',
  'connection pool exhausted',
  "couldn't get a connection after",
] as const;

/** Whether a critical line tells of exhaustion; patterns of an environment's own may have other words for it. */
export function tellsExhaustion(line: string): boolean {
  const text = line.toLowerCase();
  return text.includes('pool') || EXHAUSTION_LINES.some((known) => text.includes(known.toLowerCase()));
}
