/**
 * Who holds the connections when they run out: the run says it by name and number, and PostgreSQL says the same to a
 * session of the test's own. While people look at gate soak, others use the staging; every write of theirs leaks.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type pg from 'pg';
import { secretsFolder } from '../../lab/database.js';
import { readPasswords } from '../../lab/database-template.js';
import { connectAsSuperuser } from '../../lab/postgres-server.js';
import { seedQueriesFile } from '../../procedure/evidence-names.js';
import { observationsOf, type DatabaseObservation } from '../../procedure/observations.js';
import { cleanUp, DETECTION_ENVIRONMENT } from '../support/detect.js';
import { Rig } from '../support/rig.js';
import { enabledRun, recordOf } from '../support/steering.js';
import { lockTeam, StagingUser } from '../support/staging-user.js';

/** As the lab's PostgreSQL is configured: 60, three of them for superusers. */
const USABLE = 57;
/** More than 80 % of them. */
const CROWDED = 46;
const LEAKED_A_WRITE = 2;
/** With dual-write on: one of each flow, and seven creates of the performance test. */
const WRITES_OF_THE_RUN = 12;

let rig: Rig;
let envFile: string;
let server: pg.Client;

beforeAll(async () => {
  rig = await Rig.start({ environment: DETECTION_ENVIRONMENT });
  envFile = await readFile(rig.lab.envFile, 'utf8');
  const { superuser } = await readPasswords(secretsFolder(rig.lab.folder));
  const port = Number(new URL(rig.lab.applicationDatabaseUrl).port);
  server = await connectAsSuperuser({ port, superuserPassword: superuser });
});
afterAll(async () => {
  await server.end();
  await rig.close();
});
afterEach(async () => {
  await writeFile(rig.lab.envFile, envFile);
  await cleanUp(rig);
});

interface Held {
  readonly total: number;
  /** Without the product's own, which come and go as it looks. */
  readonly others: number;
  readonly count: number;
  readonly active: number;
  readonly idle: number;
  readonly waiting: number;
}

/** All sessions as the superuser sees them, counted here and not in SQL; of one application where it is named so, or of the application's nameless ones. */
async function held(application: string): Promise<Held> {
  const { rows } = await server.query<Record<'name' | 'who' | 'state' | 'event' | 'kind', string | null>>(
    `SELECT application_name AS name, usename AS who, state, wait_event_type AS event, backend_type AS kind
       FROM pg_stat_activity`,
  );
  const clients = rows.filter((one) => one.kind === 'client backend');
  const its = clients.filter(({ name, who }) => name === application && who === 'deltacrown');
  return {
    total: clients.length,
    others: clients.filter(({ who }) => who !== 'readiness').length,
    count: its.length,
    active: its.filter((one) => one.state === 'active').length,
    idle: its.filter((one) => one.state === 'idle in transaction').length,
    waiting: its.filter((one) => one.event === 'Lock').length,
  };
}

/** Asks again until it holds; a failing database call ends it. */
async function heldUntil(application: string, wanted: (held: Held) => boolean): Promise<Held> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const now = await held(application);
    if (wanted(now)) return now;
    if (Date.now() > deadline) throw new Error(`not so within 30 s: ${JSON.stringify(now)}`);
  }
}

/** The application connects as it does on the real staging, or gives a name; a request may wait for a lock for two minutes. */
async function connectAs(name: string): Promise<void> {
  const named =
    name === '' ? envFile : envFile.replace(/^(DATABASE_URL=.*)$/m, `$1?application_name=${name}`);
  await writeFile(rig.lab.envFile, `${named}WEB_TIMEOUT=120\n`);
  await rig.lab.restartWeb();
}

test.each([
  { name: 'deltacrown-web', told: 'deltacrown-web' },
  { name: '', told: '(no name, user deltacrown)' },
])('$told holds them: told by name and number, as PostgreSQL itself counts', async ({ name, told }) => {
  await connectAs(name);
  await rig.lab.setFaults([`leaks-connections:${String(LEAKED_A_WRITE)}`]);
  const { run, folder } = await enabledRun(rig, { soak: '10m', soakInterval: '2s' });

  // Up to here the leak is below the limit: no finding, but the run's own count tells it already.
  const quiet = await held(name);
  expect(quiet.idle).toBe(LEAKED_A_WRITE * WRITES_OF_THE_RUN);
  expect((await rig.status(run)).findings.map(({ rule }) => rule)).not.toContain('pool-exhaustion');
  const before = observationsOf((await recordOf(folder)).observations, 'database');
  const after = before.find((one) => one.id === 'after-database');
  expect(after?.usableConnections).toBe(USABLE);
  expect(after?.applications?.[0]).toMatchObject({ application: told, idleInTransaction: quiet.idle });
  const file = await readFile(join(folder, seedQueriesFile('after')), 'utf8');
  expect(file).toMatch(/^connections: \d+ of 57 usable: /m);
  expect(file).toContain(` usable: ${told} ${String(after?.applications?.[0]?.count)} (`);
  expect(file).toContain(`${String(quiet.idle)} idle in transaction`);

  const lock = await lockTeam(rig, 'Testament', 'nightly-report');
  const [waiting, writing] = await Promise.all([
    StagingUser.signIn(rig, 'captain2'),
    StagingUser.signIn(rig, 'captain1'),
  ]);
  const waits = waiting.changeSettings('testament');
  try {
    await heldUntil(name, (now) => now.waiting === 1);
    let now = await held(name);
    while (now.others < CROWDED) {
      expect(await writing.changeSettings('crimson-wolves')).toBe(200);
      now = await held(name);
    }
    expect(now.total).toBeLessThanOrEqual(USABLE);
    await rig.until(run, (status) => status.outcome !== null);
    const { result } = await rig.end(run);

    expect(result).toMatchObject({ verdict: 'NO_GO', outcome: 'ROLLED_BACK', rollback: { complete: true } });
    const finding = result.findings.find(({ rule }) => rule === 'pool-exhaustion');
    expect(finding).toMatchObject({ severity: 'CRITICAL', action: 'disable' });
    expect(now).toMatchObject({ active: 1, waiting: 1 });
    expect(finding?.because).toContain(
      ` of ${String(USABLE)} usable connections in use, by ${told} ${String(now.count)} (1 active, ${String(now.idle)} idle in transaction, 1 waiting for a lock)`,
    );
    expect(finding?.because).toMatch(/nightly-report 1 \(1 idle in transaction\)/);
    // Seen by counting, before the server had to refuse anybody.
    expect(finding?.because).not.toContain('log:');

    const { observations } = await recordOf(folder);
    const proof = observations.filter((one): one is DatabaseObservation => one.id === finding?.proof[0]);
    expect(proof).toEqual([expect.objectContaining({ kind: 'database', usableConnections: USABLE })]);
    expect(proof[0]?.applications?.[0]).toEqual({
      ...{ application: told, count: now.count, active: 1, idleInTransaction: now.idle, waiting: 1 },
    });
    expect(finding?.because).toContain(`${String(proof[0]?.connections)} of ${String(USABLE)} usable`);
    // The rollback restarts the application, and with its processes all that leaked is gone.
    expect(await rig.servedFlags()).not.toContain('true');
    expect((await held(name)).idle).toBe(0);
  } finally {
    await lock.release();
    await waits;
  }
});
