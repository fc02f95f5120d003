import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import pg from 'pg';
import { createDatabaseActivities } from '../../../activities/database/database-activities.js';
import { createDatabases, type Databases } from '../../../activities/database/database.js';
import type { CleanupRowsOutput } from '../../../activities/contract.js';
import { cutAfterCommit } from './commit-proxy.js';
import { allowing, testEnvironment } from './environment.js';
import { run, startScratchPostgres, type ScratchPostgres } from './scratch-postgres.js';
import { TARGET_SCHEMA, teamSql } from './target-schema.js';

const TAG = '0a1b2c3d';
const MINUTE_AGO = (): string => new Date(Date.now() - 60_000).toISOString();
const NAME = `Staging Test ${TAG} smoke`;
const PERF = `Perf Test ${TAG} a01`;
/** Rows of TARGET_SCHEMA's real team: what has to be left after every clean-up. */
const REAL = { teams: 1, legacy: 1, mappings: 1, members: 1, legacyMembers: 1 };

let server: ScratchPostgres;
let url = '';
let made = 0;
let databases: Databases;

beforeAll(async () => {
  server = await startScratchPostgres();
});
afterAll(() => server.stop());
beforeEach(async () => {
  await databases?.close();
  made += 1;
  url = await server.database(`cleanup_${String(made)}`, TARGET_SCHEMA);
  databases = createDatabases({ resolveSecret: () => Promise.resolve(url) });
});
afterAll(() => databases.close());

function cleanUp(
  teamIds: readonly number[],
  changes: { tag?: string; startedAt?: string } = {},
): Promise<CleanupRowsOutput> {
  const environment = testEnvironment(allowing(url));
  const activities = createDatabaseActivities(
    { loadEnvironment: () => Promise.resolve(environment) },
    databases,
  );
  const input = {
    environment: { name: 'unit', digest: environment.digest },
    evidence: { name: 'x', path: '/nowhere' },
    tag: TAG,
    startedAt: MINUTE_AGO(),
    teamIds,
    ...changes,
  };
  return new MockActivityEnvironment().run(activities.cleanupRows, input);
}

async function left(): Promise<Record<string, number>> {
  const [row] = await run(
    url,
    `SELECT (SELECT count(*) FROM organizations_team)::int AS teams, (SELECT count(*) FROM teams_team)::int AS legacy,
            (SELECT count(*) FROM organizations_migration_map)::int AS mappings,
            (SELECT count(*) FROM organizations_membership)::int AS members,
            (SELECT count(*) FROM teams_teammembership)::int AS "legacyMembers"`,
  );
  return Object.fromEntries(Object.entries(row ?? {}).map(([name, count]) => [name, Number(count)]));
}

describe('clean-up with deferred constraints', () => {
  test('deletes every row of the run, and nothing else', async () => {
    await run(
      url,
      teamSql({ name: NAME, gameId: 1, copied: true, members: true }) +
        teamSql({ name: PERF, gameId: 5, copied: true }),
    );
    const result = await cleanUp([2, 3]);
    expect(result).toEqual({
      status: 'deleted',
      reason: null,
      counts: {
        organizations_migration_map: 2,
        organizations_activity_log: 2,
        organizations_ranking: 2,
        organizations_membership: 3,
        organizations_team: 2,
        teams_teammembership: 3,
        teams_team: 2,
      },
    });
    expect(await left()).toEqual(REAL);
  });

  test('a second time finds nothing', async () => {
    await run(url, teamSql({ name: NAME, gameId: 1, copied: true }));
    expect((await cleanUp([2])).status).toBe('deleted');
    expect(await cleanUp([2])).toEqual({ status: 'nothing-to-delete', counts: {}, reason: null });
    expect(await left()).toEqual(REAL);
  });

  test('a team whose creation answer was lost is found by its name and told', async () => {
    await run(url, teamSql({ name: NAME, gameId: 1, copied: true }) + teamSql({ name: PERF, gameId: 5 }));
    const result = await cleanUp([2]);
    expect(result.status).toBe('deleted');
    expect(result.reason).toContain('team(s) 3 were not recorded');
    expect(await left()).toEqual(REAL);
  });

  test('deletes rows that the application added under the teams, also those that hang on them', async () => {
    await run(
      url,
      teamSql({ name: NAME, gameId: 1, copied: true }) +
        teamSql({ name: PERF, gameId: 5, copied: true }) +
        `INSERT INTO teams_teaminvite (team_id) VALUES (502);
         INSERT INTO teams_match (home_id, away_id) VALUES (502, 503);
         INSERT INTO teams_matchresult (match_id) VALUES (1);`,
    );
    const result = await cleanUp([2, 3]);
    expect(result.status).toBe('deleted');
    expect(result.counts).toMatchObject({
      teams_teaminvite: 1,
      teams_match: 1,
      teams_matchresult: 1,
      teams_team: 2,
    });
    expect(await left()).toEqual(REAL);
  });

  test('an orphan mapping of this run goes, one of others stays and is told', async () => {
    await run(
      url,
      teamSql({ name: NAME, gameId: 1, copied: true }) +
        `SET session_replication_role = replica; DELETE FROM organizations_team WHERE id = 2;
         DELETE FROM organizations_membership WHERE team_id = 2; DELETE FROM organizations_ranking; DELETE FROM organizations_activity_log;
         INSERT INTO organizations_migration_map (vnext_team_id, legacy_team_id) VALUES (77, 778);`,
    );
    const result = await cleanUp([2]);
    expect(result).toEqual({
      status: 'deleted',
      counts: { organizations_migration_map: 1, teams_teammembership: 1, teams_team: 1 },
      reason: '1 orphan mapping(s) that are not of this run were left alone',
    });
    expect(await left()).toEqual({ ...REAL, mappings: 2 });
  });

  test('a legacy team with the tag but without a mapping goes too and is told', async () => {
    await run(
      url,
      `${teamSql({ name: NAME, gameId: 1, copied: true })} DELETE FROM organizations_migration_map WHERE vnext_team_id = 2;`,
    );
    const result = await cleanUp([2]);
    expect(result.status).toBe('deleted');
    expect(result.reason).toContain(
      "legacy team(s) 502 carried the run's tag without a mapping: deleted too",
    );
    expect(await left()).toEqual(REAL);
  });
});

describe('clean-up that refuses leaves everything', () => {
  const cases: {
    title: string;
    sql: string;
    ids?: number[];
    changes?: { tag?: string; startedAt?: string };
    reason: RegExp;
  }[] = [
    {
      title: 'a recorded team without our tag',
      sql: '',
      ids: [1, 2],
      reason: /recorded team\(s\) 1 do not carry the tag/,
    },
    {
      title: 'a mapping that points to a real team',
      sql: `DELETE FROM organizations_migration_map WHERE vnext_team_id = 1;
            UPDATE organizations_migration_map SET legacy_team_id = 501 WHERE vnext_team_id = 2;`,
      reason: /points to legacy team\(s\) 501 that do not carry the tag/,
    },
    {
      title: 'a second copy that a mapping of others names',
      sql: `INSERT INTO teams_team (id, name, slug, game, region) VALUES (600, '${NAME} (2)', 'x2', 'valorant', 'EU');
            INSERT INTO organizations_migration_map (vnext_team_id, legacy_team_id) VALUES (77, 600);`,
      reason: /mapping\(s\) \d+ of other teams name the same legacy teams/,
    },
    {
      title: 'a second copy that is older than the run',
      sql: `INSERT INTO teams_team (id, name, slug, game, region, created_at)
              VALUES (600, '${NAME} (2)', 'x2', 'valorant', 'EU', now() - interval '1 day');`,
      reason: /legacy team\(s\) 600 are older than the run/,
    },
    {
      title: 'a match against a real team',
      sql: 'INSERT INTO teams_match (home_id, away_id) VALUES (502, 501);',
      reason: /rows of teams_match \(1\) refer to rows of this run and also to rows of others in teams_team/,
    },
    {
      title: 'a person whose favourite is the test team',
      sql: 'UPDATE user_profile_userprofile SET primary_team_id = 502 WHERE id = 1002;',
      reason: /1 row\(s\) of user_profile_userprofile .* they are people/,
    },
    {
      title: 'a row that could stand without the team',
      sql: `CREATE TABLE news (id int PRIMARY KEY, team_id bigint REFERENCES teams_team); INSERT INTO news VALUES (9, 502);`,
      reason: /1 row\(s\) of news .* through a column that may be empty/,
    },
    {
      title: 'a table without a primary key',
      sql: `CREATE TABLE plain (team_id bigint NOT NULL REFERENCES teams_team); INSERT INTO plain VALUES (502);`,
      reason: /plain .* no single primary key/,
    },
    {
      title: 'a team that is older than the run',
      sql: `UPDATE organizations_team SET created_at = now() - interval '1 day' WHERE id = 2;`,
      reason: /team\(s\) 2 are older than the run/,
    },
    {
      title: 'a legacy team that is older than the run',
      sql: `UPDATE teams_team SET created_at = now() - interval '1 day' WHERE id = 502;`,
      reason: /legacy team\(s\) 502 are older than the run/,
    },
    {
      title: 'a trigger that forbids it',
      sql: `CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'teams are kept'; END $$;
            CREATE TRIGGER no BEFORE DELETE ON teams_team FOR EACH ROW EXECUTE FUNCTION no();`,
      reason: /teams are kept/,
    },
    {
      title: 'a trigger that swallows a deletion',
      sql: `CREATE FUNCTION skip() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
            CREATE TRIGGER skip BEFORE DELETE ON teams_team FOR EACH ROW EXECUTE FUNCTION skip();`,
      reason: /teams_team: 0 rows deleted where 1 were found/,
    },
    { title: 'a tag that is none', sql: '', changes: { tag: '' }, reason: /not eight hexadecimal digits/ },
    { title: 'a start that is none', sql: '', changes: { startedAt: 'soon' }, reason: /not a time/ },
  ];
  test.each(cases)('$title', async ({ sql, ids, changes, reason }) => {
    await run(url, teamSql({ name: NAME, gameId: 1, copied: true, members: true }) + sql);
    const before = await left();
    const result = await cleanUp(ids ?? [2], changes);
    expect(result.status).toBe('refused');
    expect(result.reason).toMatch(reason);
    expect(await left()).toEqual(before);
  });
});

describe('an outage', () => {
  test('in the middle changes nothing, and the repetition does it', async () => {
    await run(url, teamSql({ name: NAME, gameId: 1, copied: true }));
    await server.crash();
    await expect(cleanUp([2])).rejects.toMatchObject({ type: 'DatabaseUnreachable', nonRetryable: false });
    await server.start();
    expect((await cleanUp([2])).status).toBe('deleted');
    expect(await left()).toEqual(REAL);
  });

  test('a COMMIT whose answer is lost is asked after, not repeated', async () => {
    await run(url, teamSql({ name: NAME, gameId: 1, copied: true }));
    const proxy = await cutAfterCommit(Number(new URL(url).port));
    const direct = url;
    url = url.replace(/:\d+\//, `:${String(proxy.port)}/`);
    const result = await cleanUp([2]);
    proxy.close();
    url = direct;
    expect(proxy.commits()).toBe(1);
    expect(result).toMatchObject({ status: 'deleted', counts: { organizations_team: 1 } });
    expect(await left()).toEqual(REAL);
  });

  test('a row that somebody holds is waited for, then the step can be tried again', async () => {
    await run(url, teamSql({ name: NAME, gameId: 1, copied: true }));
    const holder = new pg.Client({ connectionString: url });
    await holder.connect();
    await holder.query('BEGIN; SELECT * FROM organizations_team WHERE id = 2 FOR UPDATE');
    await expect(cleanUp([2])).rejects.toMatchObject({ type: 'DatabaseUnreachable', nonRetryable: false });
    await holder.query('ROLLBACK');
    await holder.end();
    expect((await cleanUp([2])).status).toBe('deleted');
  });
});
