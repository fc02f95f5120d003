/** Connections by application, on a real PostgreSQL. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { countConnections } from '../../../activities/database/connections.js';
import { createDatabases, type Databases } from '../../../activities/database/database.js';
import { allowing, testEnvironment } from './environment.js';
import { run, startScratchPostgres, type ScratchPostgres } from './scratch-postgres.js';

let server: ScratchPostgres;
let url = '';
let databases: Databases;
const clients: pg.Client[] = [];

beforeAll(async () => {
  server = await startScratchPostgres();
  url = await server.database(
    'connections',
    'CREATE TABLE a (id int PRIMARY KEY); INSERT INTO a VALUES (1);',
  );
  databases = createDatabases({ resolveSecret: () => Promise.resolve(url) });
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.end()));
  await databases.close();
  await server.stop();
});

async function client(application?: string): Promise<pg.Client> {
  const one = new pg.Client({
    connectionString: url,
    ...(application === undefined ? {} : { application_name: application }),
  });
  one.on('error', () => undefined);
  clients.push(one);
  await one.connect();
  return one;
}

test('who is idle in a transaction, and who waits for its lock', async () => {
  const [holder, waiter] = [await client('leaky-web'), await client('leaky-web')];
  await client('quiet');
  await client();
  await holder.query('BEGIN; UPDATE a SET id = 1 WHERE id = 1');
  const waits = waiter.query('UPDATE a SET id = 1 WHERE id = 1');
  for (;;) {
    const rows = await run(url, `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'`);
    if (rows.length > 0) break;
  }
  const counted = await databases.withDatabase(
    testEnvironment(allowing(url)),
    new AbortController().signal,
    countConnections,
  );
  await holder.query('ROLLBACK');
  await waits;
  const of = (name: string): unknown => counted.applications.find((one) => one.application === name);
  expect(of('leaky-web')).toEqual({
    ...{ application: 'leaky-web', count: 2, active: 1, idleInTransaction: 1, waiting: 1 },
  });
  expect(of('quiet')).toMatchObject({ count: 1, active: 0, idleInTransaction: 0, waiting: 0 });
  // Many a Django application gives no name: its user is what tells it from the others.
  expect(of(`(no name, user ${new URL(url).username})`)).toBeDefined();
  expect(of('(no name)')).toBeUndefined();
  expect(counted.used).toBe(counted.applications.reduce((sum, one) => sum + one.count, 0));
  expect(counted.usable).toBeGreaterThan(counted.used);
});
