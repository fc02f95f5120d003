/** The queries of a request, counted inside the sample application: they are plausible, and nothing of them stays. */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { environmentDeps } from '../../activities/plan/load-environment.js';
import { createDatabases, type Databases } from '../../activities/database/database.js';
import { createTargetActivities } from '../../activities/targets/target-activities.js';
import { createEnvironmentLoader, type EnvironmentLoader } from '../../environment/load.js';
import { writeLabEnvironment } from '../../lab/environment-file.js';
import type { Lab } from '../../lab/lab.js';
import { projectFolder } from '../../lab/project.js';
import { startLab } from '../../lab/start-lab.js';
import type { QueriesObservation } from '../../procedure/observations.js';
import { findingsOf } from '../../procedure/rules/table.js';
import { RECORDED } from '../support/recorded-go.js';
import { makeLabFolder } from '../support/lab-folder.js';

let lab: Lab;
let database: pg.Pool;
let databases: Databases;
let loader: EnvironmentLoader;
let evidence: string;
let envFile: string;

beforeAll(async () => {
  const folder = await makeLabFolder('readiness-queries-');
  lab = await startLab({ folder, temporal: false });
  evidence = join(folder, 'evidence');
  envFile = await readFile(lab.envFile, 'utf8');
  const directory = join(folder, 'environments');
  await writeLabEnvironment(lab, projectFolder(), { environmentsFolder: directory });
  loader = createEnvironmentLoader({ directory });
  process.env['STAGING_DATABASE_URL'] = lab.readinessDatabaseUrl;
  databases = createDatabases(environmentDeps(loader));
  database = new pg.Pool({ connectionString: lab.applicationDatabaseUrl, max: 1, allowExitOnIdle: true });
});
afterEach(async () => {
  await lab.setFaults([]);
  await writeFile(lab.envFile, envFile);
});
afterAll(async () => {
  await database.end();
  await databases.close();
  await lab.stop();
  await rm(lab.folder, { recursive: true, force: true });
});

/** The counting process reads the env file: what serves does not matter to it. */
async function setFlag(value: 'true' | 'false'): Promise<void> {
  const name = 'TEAM_VNEXT_DUAL_WRITE_ENABLED';
  await writeFile(lab.envFile, envFile.replace(new RegExp(`^${name}=.*$`, 'm'), `${name}=${value}`));
}

async function count(
  side: 'baseline' | 'after',
  baseline: QueriesObservation | null = null,
  name = 'lab',
): Promise<QueriesObservation> {
  const deps = { ...environmentDeps(loader), client: new Client() };
  const { digest } = await deps.loadEnvironment(name);
  return new MockActivityEnvironment().run(createTargetActivities(deps, databases).countQueries, {
    environment: { name, digest },
    evidence: { name: 'evidence', path: evidence },
    tag: 'rd-queries',
    observationId: `${side}-queries`,
    side,
    baseline,
    outside: { off: null, on: null },
  });
}

/** Every row of every table, as a count and a digest over the rows. */
async function contents(): Promise<Record<string, string>> {
  const { rows } = await database.query<{ table: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS table FROM pg_tables
      WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1`,
  );
  const found: Record<string, string> = {};
  for (const { table } of rows) {
    const answer = await database.query<{ content: string }>(
      `SELECT count(*) || ' ' || coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') AS content FROM ${table} t`,
    );
    found[table] = answer.rows[0]?.content ?? '';
  }
  return found;
}

const file = (side: 'baseline' | 'after'): Promise<string> =>
  readFile(join(evidence, side, 'query_counts.txt'), 'utf8');
const requestsOf = ({ operations }: QueriesObservation): number[] => operations.map((one) => one.request);

describe('on a healthy application', () => {
  let before: QueriesObservation;
  let after: QueriesObservation;
  let rows: { readonly before: Record<string, string>; readonly after: Record<string, string> };

  beforeAll(async () => {
    const first = await contents();
    await setFlag('false');
    before = await count('baseline');
    await setFlag('true');
    after = await count('after', before);
    rows = { before: first, after: await contents() };
    await setFlag('false');
  });

  test('each operation is counted on both sides, by a process that saw the flag as it stands', () => {
    for (const [one, dualWrite] of [
      [before, false],
      [after, true],
    ] as const) {
      expect(one).toMatchObject({ status: 'counted', dualWrite, reason: null });
      expect(one.operations.map(({ operation }) => operation)).toEqual([
        'team_create',
        'member_add',
        'team_update',
      ]);
    }
  });

  test('the request makes the same queries with the flag on, what is measured of real applications', () => {
    // docs/target.md: create 6, member add 10, settings 6.
    expect(requestsOf(before)).toEqual([6, 10, 6]);
    expect(requestsOf(after)).toEqual([6, 10, 6]);
    // More than the seed's table says, with the flag off already: told as a fact about the application, and nothing else.
    expect(findingsOf({ observations: [before, after], thresholds: RECORDED.thresholds })).toEqual([
      expect.objectContaining({
        rule: 'baseline-queries-out-of-range',
        because:
          'With the flag off already: Member Add: 10 queries in the request, expected 3-5. Team Update: 6 queries in the request, expected 2-4.',
      }),
    ]);
  });

  test('commit hooks are there only with the flag on, one a request, with the queries of a copy', () => {
    expect(before.operations.map((one) => [one.hooks, one.commitHooks])).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
    for (const one of after.operations) {
      expect(one.hooks).toBe(1);
      expect(one.commitHooks).toBeGreaterThanOrEqual(3);
      expect(one.commitHooks).toBeLessThan(15);
    }
  });

  test('nothing stays: every row of every table is what it was', () => {
    expect(Object.keys(rows.before).length).toBeGreaterThan(10);
    expect(rows.after).toEqual(rows.before);
  });

  test('the evidence has the table, each statement by word and table, and no value', async () => {
    expect(await file('baseline')).toMatch(/^Team Create +6 +– +5-8 +none, –$/m);
    const text = await file('after');
    expect(text).toMatch(/^Team Create +6 +6 +5-8 +none, \d+ in 1 function$/m);
    expect(text).toMatch(/^Member Add +10 +10 +3-5 /m);
    expect(text).toMatch(/^ {2}INSERT organizations_team$/m);
    expect(text).toMatch(/commit hooks\n( {2}.*\n)* {2}INSERT teams_team$/m);
    expect(text).toContain('before false, after true');
    expect(text).not.toMatch(/player1|captain|rd-queries/);
  });

  test('it does not use up requests of the user whom it counts for', async () => {
    // The throttle of the application counts in a cache of files.
    const counts = await readdir(join(lab.folder, 'web', 'throttle')).catch(() => []);
    expect(counts).toEqual([]);
  });

  test('run again it says the same', async () => {
    await setFlag('true');
    const again = await count('after', before);
    expect(again).toEqual({ ...after, at: again.at });
    expect(await contents()).toEqual(rows.before);
  });
});

describe('what stands in the way is a reason', () => {
  test('a flow that answers 500: the others are counted', async () => {
    await lab.setFaults(['flow-broken:2']);
    const broken = await count('baseline');
    expect(broken).toMatchObject({ status: 'counted' });
    expect(broken.operations.map(({ operation }) => operation)).toEqual(['team_create', 'team_update']);
    expect(broken.reason).toMatch(/^Member Add: HTTP 500/);
  });

  test('a copy that fails: hooks are told as not wholly counted, and nothing stays', async () => {
    const first = await contents();
    await setFlag('true');
    await writeFile(
      lab.envFile,
      (await readFile(lab.envFile, 'utf8')).replace(/(STRICT_MODE)=false/, '$1=true'),
    );
    await lab.setFaults(['dual-write-fails']);
    const failing = await count('after');
    expect(failing.operations.map((one) => one.commitHooks)).toEqual([null, null, null]);
    expect(failing.reason).toMatch(/Team Create: a commit hook failed: /);
    expect(await contents()).toEqual(first);
    // The application logs each failure; a line of a team that never was would be taken for one of a real team.
    expect(await file('after')).toMatch(/end of stderr\n(?!.*(ERROR|Dual-write))/s);
  });

  test('another database connection is refused: what is written there would stay', async () => {
    await setFlag('true');
    await lab.setFaults(['leaks-connections:1']);
    const { status, reason } = await count('after');
    expect(status).toBe('unknown');
    expect(reason).toMatch(/Team Create: HTTP 500.*; Team Create: it wanted another database connection/);
  });

  test('a user that is not there, an application that does not start, a host that is not allowed', async () => {
    const yaml = await readFile(join(lab.folder, 'environments', 'lab.yaml'), 'utf8');
    const changed = async (name: string, from: RegExp, to: string): Promise<QueriesObservation> => {
      const text = yaml.replace('name: lab', `name: ${name}`).replace(from, to);
      await writeFile(join(lab.folder, 'environments', `${name}.yaml`), text);
      return count('baseline', null, name);
    };
    expect(await changed('stranger', /username: captain4/, 'username: nobody-here')).toMatchObject({
      ...{ status: 'unknown', operations: [], reason: 'there is no user nobody-here' },
    });
    expect(await changed('elsewhere', /- manage\.py/, '- not-there.py')).toMatchObject({
      ...{ status: 'unknown', dualWrite: null, reason: expect.stringMatching(/no answer .*not-there\.py/) },
    });
    expect(await file('baseline')).toMatch(/Not counted[^]*not-there\.py/);
    await writeFile(lab.envFile, `${envFile}\nALLOWED_HOSTS=staging.example.org\n`);
    const { reason } = await count('baseline');
    expect(reason).toMatch(/^Team Create: HTTP 400.*; Member Add: it needs the team/);
  });
});
