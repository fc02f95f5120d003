import { expect, test } from '@jest/globals';
import { applicationsText, EXHAUSTION_LINES, tellsExhaustion } from '../../../procedure/connections.js';
import { createLogParser } from '../../../procedure/log-events.js';
import type { Observation } from '../../../procedure/observations.js';
import { findingsOf } from '../../../procedure/rules/table.js';
import { RECORDED } from '../../support/recorded-go.js';

const LEAK = { application: 'gunicorn', count: 82, active: 1, idleInTransaction: 70, waiting: 2 };
const QUIET = {
  application: '(no name, user deltacrown)',
  count: 1,
  active: 0,
  idleInTransaction: 0,
  waiting: 0,
};

test('who holds them, in words', () => {
  expect(applicationsText([LEAK, QUIET])).toBe(
    'gunicorn 82 (1 active, 70 idle in transaction, 2 waiting for a lock), (no name, user deltacrown) 1',
  );
});

test.each([
  'django.db.utils.OperationalError: FATAL:  sorry, too many clients already',
  '    raise OperationalError("FATAL: too many connections for role \\"deltacrown\\"")',
  'psycopg2.OperationalError: FATAL:  remaining connection slots are reserved for non-replication superuser connections',
  'ERROR: no more connections allowed (max_client_conn)',
  'sqlalchemy.exc.TimeoutError: QueuePool limit of size 5 overflow 10 reached, connection timed out',
  'psycopg2.pool.PoolError: connection pool exhausted',
  "psycopg_pool.PoolTimeout: couldn't get a connection after 30.00 sec",
  '{"levelname":"ERROR","message":"x","exc_info":"Traceback …\\nOperationalError: FATAL: sorry, too many clients already"}',
])('a critical line, also inside a traceback or a JSON line: %s', (line) => {
  const event = createLogParser(EXHAUSTION_LINES)(line);
  expect(event?.critical).toEqual(expect.any(String));
  expect(tellsExhaustion(event?.critical ?? '')).toBe(true);
});

test.each(['Dual-write strict mode: raising exception', 'INFO swimming p00l', ''])(
  'is none of exhaustion: %j',
  (line) => {
    expect(tellsExhaustion(line)).toBe(false);
  },
);

test('the finding tells who holds the connections', () => {
  const observations = RECORDED.observations.map((one): Observation =>
    one.id === 'after-database' && one.kind === 'database'
      ? { ...one, connections: 83, usableConnections: 97, applications: [LEAK, QUIET] }
      : one,
  );
  const findings = findingsOf({ observations, thresholds: RECORDED.thresholds });
  const finding = findings.find((one) => one.rule === 'pool-exhaustion');
  expect(finding?.because).toContain('83 of 97 usable connections in use, by gunicorn 82 (1 active, 70 idle');
});
