import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { CompareCopiesInput, DatabaseActivities, StepScope } from '../../../activities/contract.js';
import { createDatabaseActivities } from '../../../activities/database/database-activities.js';
import { createDatabases, type Databases } from '../../../activities/database/database.js';
import { findTables, requireTable } from '../../../activities/database/tables.js';
import { tablesFound } from '../../../activities/preconditions/database-checks.js';
import type { EnvironmentSettings } from '../../../environment/settings.js';
import { allowing, testEnvironment } from './environment.js';
import { run, startScratchPostgres, type ScratchPostgres } from './scratch-postgres.js';
import { TARGET_SCHEMA, teamSql } from './target-schema.js';

let server: ScratchPostgres;
let folder = '';
const open: Databases[] = [];

beforeAll(async () => {
  server = await startScratchPostgres();
  folder = await mkdtemp(join(tmpdir(), 'readiness-unit-'));
});
afterAll(async () => {
  await Promise.all(open.map((databases) => databases.close()));
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

function databasesOf(url: string): Databases {
  const databases = createDatabases({ resolveSecret: () => Promise.resolve(url) });
  open.push(databases);
  return databases;
}

function activitiesOn(url: string, changes: Partial<EnvironmentSettings> = {}): DatabaseActivities {
  const environment = testEnvironment({ ...allowing(url), ...changes });
  return createDatabaseActivities({ loadEnvironment: () => Promise.resolve(environment) }, databasesOf(url));
}

/** Runs a step as an activity. */
function within<I, O>(step: (input: I) => Promise<O>, input: I): Promise<O> {
  return new MockActivityEnvironment().run(() => step(input));
}

const scope = (): StepScope => ({
  environment: { name: 'unit', digest: 'd' },
  evidence: { name: 'x', path: folder },
  tag: '0a1b2c3d',
});
const copies = (changes: Partial<CompareCopiesInput>): CompareCopiesInput => ({
  ...scope(),
  observationId: 'after.copy.1',
  side: 'after',
  write: 1,
  teamIds: [2],
  lagBudgetMs: 0,
  ...changes,
});

describe('tables', () => {
  test('are found by the first candidate that exists, with the time column of the mapping', async () => {
    const url = await server.database('tables_found', TARGET_SCHEMA);
    const environment = testEnvironment(allowing(url));
    await databasesOf(url).withDatabase(environment, new AbortController().signal, async (session) => {
      const found = await findTables(session, environment.settings.database.tables);
      expect(found.missing).toEqual([]);
      expect(found.mappingTime).toBe('migration_date');
      expect(requireTable(found, 'mapping')).toMatchObject({
        fullName: 'public.organizations_migration_map',
        candidate: 'organizations_migration_map',
        readable: true,
        missingColumns: [],
      });
      expect(() => requireTable(found, 'team', ['nickname'])).toThrow('has no column nickname');
    });
  });

  test('that are missing are told with similar names', async () => {
    const url = await server.database('tables_missing', TARGET_SCHEMA);
    const { settings } = testEnvironment();
    const tables = { ...settings.database.tables, mapping: ['organizations_teammigrationmap'] };
    await databasesOf(url).withDatabase(
      testEnvironment(allowing(url)),
      new AbortController().signal,
      async (session) => {
        const found = await findTables(session, tables);
        expect(found.missing[0]?.nearMisses[0]).toBe('public.organizations_migration_map');
        expect(() => requireTable(found, 'mapping')).toThrow(
          /Similar names: public.organizations_migration_map/,
        );
      },
    );
  });
});

describe('a column that is not there', () => {
  const RENAMED = 'ALTER TABLE teams_team RENAME COLUMN game TO game_slug;';

  test('is named by the comparison, which cannot see a wrong game then', async () => {
    const url = await server.database(
      'column_missing',
      `${TARGET_SCHEMA} ${teamSql({ name: 'A', gameId: 1, copied: true })}
       UPDATE teams_team SET game = 'dota2' WHERE id = 502; ${RENAMED}`,
    );
    const { compareCopies } = activitiesOn(url);
    expect(await within(compareCopies, copies({}))).toMatchObject({
      status: 'copied',
      notCompared: ['public.teams_team.game'],
    });
  });

  test('is shown by the precondition, with the names in use and where they came from', async () => {
    const environment = testEnvironment();
    const shown = async (name: string, sql: string): Promise<string> => {
      const url = await server.database(name, TARGET_SCHEMA + sql);
      return databasesOf(url).withDatabase(
        testEnvironment(allowing(url)),
        new AbortController().signal,
        async (session) => {
          const { tables } = environment.settings.database;
          return tablesFound(await findTables(session, tables), tables).detail;
        },
      );
    };
    const whole = await shown('columns_whole', '');
    expect(whole).toContain(
      'mapping = public.organizations_migration_map (candidate 2 of database.tables.mapping; columns id, legacy_team_id, vnext_team_id)',
    );
    expect(whole).toContain(
      'legacyTeam = public.teams_team (the only candidate of database.tables.legacyTeam;',
    );
    expect(whole).toContain(
      'time of the mapping = migration_date (candidate 2 of database.tables.mappingTime)',
    );
    expect(whole).not.toContain('not compared');
    expect(await shown('columns_lacking', RENAMED)).toContain(
      'no column public.teams_team.game: not compared, so no GO comes of a run',
    );
  });
});

describe('free games', () => {
  test('mapped ones first, without those that the user owns, then from the range', async () => {
    const url = await server.database('games', TARGET_SCHEMA + teamSql({ name: 'Perf Test x', gameId: 100 }));
    const { findFreeGames } = activitiesOn(url);
    const result = await within(findFreeGames, {
      environment: scope().environment,
      count: 6,
    });
    expect(result.gameIds).toEqual([1, 3, 4, 101, 102, 103]);
  });
});

describe('copies', () => {
  test('a right copy is told at once, with its rows in the evidence', async () => {
    const url = await server.database(
      'copy_right',
      TARGET_SCHEMA + teamSql({ name: 'A', gameId: 1, copied: true, members: true }),
    );
    const { compareCopies } = activitiesOn(url);
    const observation = await within(compareCopies, copies({}));
    expect(observation).toMatchObject({
      status: 'copied',
      attempted: 1,
      copied: 1,
      differences: [],
      confirmed: true,
      reason: null,
    });
    const file = await readFile(join(folder, 'logs/copies_after.copy.1.json'), 'utf8');
    expect(JSON.parse(file)).toMatchObject({
      rows: { legacyMembers: [{ person: 'captain1' }, { person: 'player1' }] },
    });
  });

  test('a copy that comes late is waited for, and the lag measured', async () => {
    const url = await server.database(
      'copy_late',
      TARGET_SCHEMA + teamSql({ name: 'A', gameId: 1, copied: true }),
    );
    await run(url, 'UPDATE teams_teammembership SET role = $$PLAYER$$ WHERE team_id = 502');
    const timer = setTimeout(
      () => void run(url, 'UPDATE teams_teammembership SET role = $$OWNER$$ WHERE team_id = 502'),
      700,
    );
    const { compareCopies } = activitiesOn(url);
    const observation = await within(compareCopies, copies({ lagBudgetMs: 5000 }));
    clearTimeout(timer);
    expect(observation.status).toBe('copied');
    expect(observation.lagMs).toBeGreaterThan(600);
    expect(observation.lagMs).toBeLessThan(3000);
  });

  test('a copy that stays away is confirmed missing', async () => {
    const url = await server.database('copy_missing', TARGET_SCHEMA + teamSql({ name: 'A', gameId: 1 }));
    const { compareCopies } = activitiesOn(url);
    const observation = await within(compareCopies, copies({ lagBudgetMs: 600 }));
    expect(observation).toMatchObject({ status: 'missing', copied: 0, confirmed: true, lagMs: null });
    expect(observation.differences).toHaveLength(1);
  });

  test('a second legacy team of a copy that was made twice is wrong, whichever team is compared', async () => {
    const name = 'Perf Test 0a1b2c3d a01';
    const url = await server.database(
      'copy_twice',
      TARGET_SCHEMA +
        teamSql({ name, gameId: 1, copied: true }) +
        teamSql({ name: 'Staging Test 0a1b2c3d after', gameId: 5, copied: true }) +
        `INSERT INTO teams_team (id, name, slug, game, region) VALUES (600, '${name} (2)', 'a01-2', 'valorant', 'EU'),
           (601, 'Perf Test 0a1b2c3d a02', 'a02', 'valorant', 'EU'), (602, 'Perf Test 99999999 a01', 'z', 'valorant', 'EU');
         INSERT INTO organizations_migration_map (vnext_team_id, legacy_team_id) VALUES (77, 601);`,
    );
    const { compareCopies } = activitiesOn(url);
    const observation = await within(compareCopies, copies({ teamIds: [3], lagBudgetMs: 600 }));
    expect(observation).toMatchObject({ status: 'wrong', attempted: 1, copied: 1, confirmed: true });
    expect(observation.differences).toMatchObject([
      { class: 'surplus-in-legacy', row: `legacy team 600 (${name} (2))`, found: 'no mapping' },
      { class: 'surplus-in-legacy', row: 'legacy team 601 (Perf Test 0a1b2c3d a02)' },
    ]);
    // A probe after a rollback asks whether one write was copied, and nothing else.
    expect((await within(compareCopies, copies({ teamIds: [3], side: 'rollback' }))).differences).toEqual([]);
  });

  test('a copy without its mapping is missing, and not told a second time as surplus', async () => {
    const url = await server.database(
      'copy_unmapped',
      `${TARGET_SCHEMA} ${teamSql({ name: 'Perf Test 0a1b2c3d a01', gameId: 1, copied: true })}
       DELETE FROM organizations_migration_map WHERE vnext_team_id = 2;`,
    );
    const { compareCopies } = activitiesOn(url);
    expect(await within(compareCopies, copies({}))).toMatchObject({
      status: 'missing',
      differences: [{ class: 'missing-in-legacy' }],
    });
  });

  describe('a difference in place of another one', () => {
    /** The role is late and comes; the region goes wrong meanwhile, and is mended after `mended` ms or never. */
    async function changing(name: string, mended: number | null) {
      const url = await server.database(
        name,
        TARGET_SCHEMA + teamSql({ name: 'A', gameId: 1, copied: true }),
      );
      await run(url, `UPDATE teams_teammembership SET role = 'PLAYER' WHERE team_id = 502`);
      const timers = [
        setTimeout(
          () =>
            void run(
              url,
              `UPDATE teams_teammembership SET role = 'OWNER' WHERE team_id = 502;
               UPDATE teams_team SET region = 'NA' WHERE id = 502`,
            ),
          1500,
        ),
        ...(mended === null
          ? []
          : [setTimeout(() => void run(url, `UPDATE teams_team SET region = 'EU' WHERE id = 502`), mended)]),
      ];
      const observation = await within(activitiesOn(url).compareCopies, copies({ lagBudgetMs: 3000 }));
      timers.forEach(clearTimeout);
      return observation;
    }

    test('is not confirmed when it goes too, and late all the same', async () => {
      expect(await changing('copy_changing', 3800)).toMatchObject({
        ...{ status: 'wrong', confirmed: false, lagMs: null, copied: 0 },
        differences: [{ class: 'field-differs', field: 'region' }],
      });
    });

    test('is confirmed when it has stood for the lag budget itself', async () => {
      const started = performance.now();
      expect(await changing('copy_staying', null)).toMatchObject({
        ...{ status: 'wrong', confirmed: true },
        differences: [{ class: 'field-differs', field: 'region' }],
      });
      expect(performance.now() - started).toBeGreaterThan(4400);
    });
  });

  test('only the first differences are in the result, all in the evidence', async () => {
    const teams = Array.from({ length: 30 }, (_, at) =>
      teamSql({ name: `T${String(at)}`, gameId: 10 + at }),
    ).join('');
    const url = await server.database('copy_many', TARGET_SCHEMA + teams);
    const { compareCopies } = activitiesOn(url);
    const teamIds = Array.from({ length: 30 }, (_, at) => at + 2);
    const observation = await within(compareCopies, copies({ observationId: 'many', teamIds }));
    expect(observation.differences).toHaveLength(20);
    expect(observation.reason).toContain('20 of 30 differences');
    const saved: unknown = JSON.parse(await readFile(join(folder, 'logs/copies_many.json'), 'utf8'));
    expect(saved).toMatchObject({ observation: { differences: { length: 30 } } });
  });

  test('no teams is none; a missing table is unknown with the reason', async () => {
    const url = await server.database(
      'copy_unknown',
      `${TARGET_SCHEMA} DROP TABLE organizations_migration_map;`,
    );
    const { compareCopies } = activitiesOn(url);
    expect(await within(compareCopies, copies({ teamIds: [] }))).toMatchObject({
      status: 'none',
    });
    const observation = await within(compareCopies, copies({}));
    expect(observation.status).toBe('unknown');
    expect(observation.reason).toContain('There is no table for database.tables.mapping');
  });

  test('a cancel ends the wait', async () => {
    const url = await server.database('copy_cancel', TARGET_SCHEMA + teamSql({ name: 'A', gameId: 1 }));
    const { compareCopies } = activitiesOn(url);
    const environment = new MockActivityEnvironment();
    setTimeout(() => environment.cancel(), 300);
    await expect(environment.run(() => compareCopies(copies({ lagBudgetMs: 60_000 })))).rejects.toMatchObject(
      {
        name: 'CancelledFailure',
      },
    );
  });
});

describe('seed queries', () => {
  test('verbatim and corrected, each with result or exact error, and our own counts', async () => {
    const extra =
      'INSERT INTO organizations_migration_map (vnext_team_id, legacy_team_id) VALUES (77, 501) ON CONFLICT DO NOTHING;';
    const orphan =
      'INSERT INTO organizations_migration_map (vnext_team_id, legacy_team_id) VALUES (78, 999);';
    const url = await server.database(
      'seed',
      TARGET_SCHEMA + teamSql({ name: 'A', gameId: 1, copied: true }) + extra + orphan,
    );
    const { runSeedQueries } = activitiesOn(url);
    const observation = await within(runSeedQueries, {
      ...scope(),
      label: 'before',
      observationId: 'q',
    });
    expect(observation).toMatchObject({
      kind: 'database',
      orphanMappings: 1,
      duplicateLegacyIds: 0,
      usableConnections: 97,
      reason: null,
    });
    expect(observation.connections).toBeGreaterThan(0);
    const text = await readFile(join(folder, 'baseline/seed_queries_before.txt'), 'utf8');
    expect(text).toContain('→ ERROR 42P01: relation "organizations_teammigrationmap" does not exist');
    expect(text).toContain('"organizations_migration_map"\nWHERE "migration_date"::date = CURRENT_DATE;\n→ ');
    expect(text).toContain('orphan mappings: 1 (new team missing: 1, legacy team missing: 1)');
  });

  test('a label of the soak gets its own folder', async () => {
    const { runSeedQueries } = activitiesOn(server.url('seed'));
    await within(runSeedQueries, {
      ...scope(),
      label: 'soak-0001',
      observationId: 'q2',
    });
    expect(await readFile(join(folder, 'logs/soak/seed_queries_soak-0001.txt'), 'utf8')).toContain(
      'connections:',
    );
  });
});

describe('connections', () => {
  test('a cancel ends a running statement at the server', async () => {
    const url = await server.database('cancelled', 'SELECT 1');
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error('stopped')), 200);
    const waiting = databasesOf(url).withDatabase(
      testEnvironment(allowing(url)),
      controller.signal,
      (session) => session.query('sleeping', 'SELECT pg_sleep(30)'),
    );
    const started = Date.now();
    await expect(waiting).rejects.toThrow('stopped');
    expect(Date.now() - started).toBeLessThan(15_000);
    expect(
      await run(
        url,
        `SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND state = 'active' AND pid <> pg_backend_pid()`,
      ),
    ).toEqual([]);
  });

  test('errors are translated by SQLSTATE, without a secret', async () => {
    const url = server.url('nowhere_at_all').replace(':none@', ':s3cret-value@');
    const databases = databasesOf(url);
    const asked = databases.withDatabase(
      testEnvironment(allowing(url)),
      new AbortController().signal,
      (session) => session.query('x', 'SELECT 1'),
    );
    const error: unknown = await asked.catch((caught: unknown) => caught);
    expect(error).toMatchObject({ type: 'NotFound', nonRetryable: true });
    expect(String(error)).toContain('env:STAGING_DATABASE_URL');
    expect(JSON.stringify(error) + String(error)).not.toContain('s3cret-value');
  });

  test('an address that is not on the allow-list is never connected to', async () => {
    const url = server.url('somewhere_else');
    const environment = testEnvironment(allowing(server.url('the_planned_one')));
    const asked = databasesOf(url).withDatabase(environment, new AbortController().signal, () =>
      Promise.resolve(1),
    );
    await expect(asked).rejects.toMatchObject({
      type: 'EnvironmentProblem',
      message: expect.stringContaining('not in allow.databases (the_planned_one)'),
    });
  });
});
