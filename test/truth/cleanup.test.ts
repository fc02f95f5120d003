/**
 * Clean-up on the tables of the real application, with everything there that may refer to a test team: either the whole
 * database is as it was before the run, or nothing at all has changed. Every row of every table is looked at.
 */
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import pg from 'pg';
import type { CleanupRowsOutput } from '../../activities/contract.js';
import { createDatabaseActivities } from '../../activities/database/database-activities.js';
import { createDatabases, type Databases } from '../../activities/database/database.js';
import type { Lab } from '../../lab/lab.js';
import { startLab } from '../../lab/start-lab.js';
import { stopLab } from '../../lab/stop-lab.js';
import { allowing, testEnvironment } from '../unit/database/environment.js';
import { makeLabFolder } from '../support/lab-folder.js';

const TAG = '0a1b2c3d';
const NAME = `Staging Test ${TAG} smoke`;
let folder = '';
let lab: Lab;
let database: pg.Pool;
let databases: Databases;
let untouched: Record<string, string>;
let team = 0;

beforeAll(async () => {
  folder = await makeLabFolder('readiness-truth-cleanup-');
  lab = await startLab({ folder });
  database = new pg.Pool({ connectionString: lab.applicationDatabaseUrl, max: 1 });
  databases = createDatabases({ resolveSecret: () => Promise.resolve(lab.readinessDatabaseUrl) });
});
afterAll(async () => {
  await databases.close();
  await database.end();
  await stopLab(folder);
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  untouched = await everyRow();
});

/** A digest of the rows of every table. */
async function everyRow(): Promise<Record<string, string>> {
  const tables = await database.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1`,
  );
  const digests: Record<string, string> = {};
  for (const { name } of tables.rows) {
    const { rows } = await database.query<{ rows: string }>(
      `SELECT count(*) || ' ' || coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '-') AS rows FROM ${pg.escapeIdentifier(name)} t`,
    );
    digests[name] = rows[0]?.rows ?? '';
  }
  expect(Object.keys(digests).length).toBeGreaterThan(15);
  return digests;
}

/** A copied team as the application makes it, and a row in every table that refers to it. */
async function makeTeam(): Promise<void> {
  const { rows } = await database.query<{ id: string; legacy: string }>(
    `WITH t AS (INSERT INTO organizations_team (name, slug, owner_id, game_id, region, status, description, created_at, updated_at)
                SELECT $1::varchar, 'staging-test', min(id), 150, 'EU', 'ACTIVE', '', now(), now() FROM auth_user RETURNING id),
          l AS (INSERT INTO teams_team (name, tag, slug, game, region, description, is_active, is_public, created_at, updated_at)
                VALUES ($1, 'STEST', 'staging-test', '', 'EU', '', true, true, now(), now()) RETURNING id)
     INSERT INTO organizations_migration_map (legacy_team_id, vnext_team_id, legacy_slug, migration_date, verified, verification_notes)
       SELECT l.id, t.id, 'staging-test', now(), false, '' FROM t, l RETURNING vnext_team_id AS id, legacy_team_id AS legacy`,
    [NAME],
  );
  team = Number(rows[0]?.id);
  const legacy = Number(rows[0]?.legacy);
  const statements = [
    `INSERT INTO organizations_membership (team_id, user_id, role, roster_slot, status, joined_at, left_reason)
       SELECT ${String(team)}, id, 'PLAYER', '', 'ACTIVE', now(), '' FROM auth_user`,
    `INSERT INTO organizations_ranking (team_id, current_cp, tier, updated_at) VALUES (${String(team)}, 0, 'UNRANKED', now())`,
    `INSERT INTO organizations_activity_log (team_id, actor_id, action, details, created_at)
       SELECT ${String(team)}, id, 'joined', '{}', now() FROM auth_user`,
    `INSERT INTO teams_teammembership (team_id, profile_id, role, status, joined_at)
       SELECT ${String(legacy)}, id, 'PLAYER', 'ACTIVE', now() FROM user_profile_userprofile`,
    `INSERT INTO teams_teaminvite (team_id, invited_profile_id, status, created_at)
       SELECT ${String(legacy)}, id, 'PENDING', now() FROM user_profile_userprofile`,
    `INSERT INTO teams_teamstats (team_id, matches_played, matches_won) VALUES (${String(legacy)}, 2, 1)`,
    `INSERT INTO teams_teamrankingbreakdown (team_id, final_total) VALUES (${String(legacy)}, 7)`,
  ];
  for (const statement of statements) await database.query(statement);
}

function cleanUp(): Promise<CleanupRowsOutput> {
  const environment = testEnvironment(allowing(lab.readinessDatabaseUrl));
  const activities = createDatabaseActivities(
    { loadEnvironment: () => Promise.resolve(environment) },
    databases,
  );
  return new MockActivityEnvironment().run(activities.cleanupRows, {
    environment: { name: 'unit', digest: environment.digest },
    evidence: { name: 'x', path: folder },
    tag: TAG,
    startedAt: new Date(Date.now() - 60_000).toISOString(),
    teamIds: [team],
  });
}

test('a mapping that points to a real team: nothing goes, and the reason is told', async () => {
  await makeTeam();
  // The real team has lost its own mapping, so that the constraint lets the wrong one stand.
  await database.query(
    `WITH lost AS (DELETE FROM organizations_migration_map WHERE vnext_team_id <> $1
       AND legacy_team_id = (SELECT id FROM teams_team WHERE name = 'Testament') RETURNING legacy_team_id)
     SELECT * FROM lost`,
    [team],
  );
  await database.query(
    `UPDATE organizations_migration_map SET legacy_team_id = (SELECT id FROM teams_team WHERE name = 'Testament') WHERE vnext_team_id = $1`,
    [team],
  );
  const before = await everyRow();
  expect(await cleanUp()).toMatchObject({
    status: 'refused',
    reason: expect.stringMatching(
      /Nothing was deleted: .*points to legacy team\(s\) \d+ that do not carry/,
    ) as unknown,
  });
  expect(await everyRow()).toEqual(before);
  // Mended by a person; what is left of the run goes with the next clean-up.
  await database.query(
    `UPDATE organizations_migration_map SET legacy_team_id = (SELECT id FROM teams_team WHERE name = $2) WHERE vnext_team_id = $1`,
    [team, NAME],
  );
  expect(await cleanUp()).toMatchObject({ status: 'deleted' });
});

test('foreign tables that refer to the team: all of this run goes, and nothing else', async () => {
  await makeTeam();
  const result = await cleanUp();
  expect(result).toMatchObject({ status: 'deleted', reason: null });
  expect(Object.keys(result.counts).sort()).toEqual([
    'organizations_activity_log',
    'organizations_membership',
    'organizations_migration_map',
    'organizations_ranking',
    'organizations_team',
    'teams_team',
    'teams_teaminvite',
    'teams_teammembership',
    'teams_teamrankingbreakdown',
    'teams_teamstats',
  ]);
  expect(await everyRow()).toEqual(untouched);
});

test('a row of somebody else that hangs on the team: nothing goes, and the reason is told', async () => {
  await database.query(
    `CREATE TABLE IF NOT EXISTS news (id bigint PRIMARY KEY, about_id bigint REFERENCES teams_team DEFERRABLE INITIALLY DEFERRED)`,
  );
  await makeTeam();
  await database.query(`INSERT INTO news SELECT 1, id FROM teams_team WHERE name = $1`, [NAME]);
  const before = await everyRow();
  expect(await cleanUp()).toMatchObject({
    status: 'refused',
    reason: expect.stringContaining('row(s) of news refer to rows of this run') as unknown,
  });
  expect(await everyRow()).toEqual(before);
});
