/** What the validation report claims, counted on a real PostgreSQL. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createDatabases, type Databases } from '../../../activities/database/database.js';
import { countingFor } from '../../../activities/database/report-counts.js';
import { allowing, testEnvironment } from './environment.js';
import { run, startScratchPostgres, type ScratchPostgres } from './scratch-postgres.js';
import { TARGET_SCHEMA, teamSql } from './target-schema.js';

let server: ScratchPostgres;
let url = '';
let databases: Databases;

beforeAll(async () => {
  server = await startScratchPostgres();
  url = await server.database('recount', TARGET_SCHEMA);
  databases = createDatabases({ resolveSecret: () => Promise.resolve(url) });
});
afterAll(async () => {
  await databases.close();
  await server.stop();
});

test('whole where the report cuts, and with the mismatches while the sample is everything', async () => {
  const count = countingFor(databases, testEnvironment(allowing(url)));
  const fresh = { legacy_teams: 1, vnext_teams: 1, mapped_teams: 1, coverage_pct: 100, unmapped_legacy: 0 };
  const healthy = { total_mappings: 1, duplicate_legacy: 0, duplicate_vnext: 0, orphan_mappings: 0 };
  const quiet = { recent_teams: 0, missing_legacy: 0, name_mismatches: 0, member_mismatches: 0 };
  const { signal } = new AbortController();
  expect(await count(signal)).toEqual({ ...fresh, ...healthy, ...quiet });

  // One copied rightly, one not at all, one with another name and without its members, thirteen orphans of both sides.
  await run(url, teamSql({ name: 'Right', gameId: 1, copied: true }));
  await run(url, teamSql({ name: 'Alone', gameId: 30 }));
  await run(url, teamSql({ name: 'Other', gameId: 3, copied: true }));
  await run(url, `UPDATE teams_team SET name = 'Renamed' WHERE name = 'Other'`);
  await run(
    url,
    `DELETE FROM teams_teammembership WHERE team_id = (SELECT id FROM teams_team WHERE name = 'Renamed')`,
  );
  await run(
    url,
    `INSERT INTO organizations_migration_map (vnext_team_id, legacy_team_id) SELECT 9000 + i, 9000 + i FROM generate_series(1, 13) i`,
  );
  await run(url, `INSERT INTO teams_team (name, slug, game, region) VALUES ('Old', 'old', 'csgo', 'EU')`);
  expect(await count(signal)).toEqual({
    ...{ legacy_teams: 4, vnext_teams: 4, mapped_teams: 3, coverage_pct: 75, unmapped_legacy: 1 },
    ...{ total_mappings: 16, duplicate_legacy: 0, duplicate_vnext: 0, orphan_mappings: 26 },
    ...{ recent_teams: 3, missing_legacy: 1, name_mismatches: 1, member_mismatches: 1 },
  });

  await run(
    url,
    `INSERT INTO organizations_migration_map (vnext_team_id, legacy_team_id) SELECT 9100 + i, 9100 + i FROM generate_series(1, 90) i`,
  );
  // The report samples a hundred: its mismatches say nothing about all of them any more.
  const large = await count(signal);
  expect(large).toMatchObject({ total_mappings: 106 });
  expect(large).not.toHaveProperty('name_mismatches');
});

test('what cannot be counted is told with its reason', async () => {
  const count = countingFor(databases, testEnvironment(allowing(url)));
  await run(url, 'ALTER TABLE teams_team RENAME TO teams_gone');
  expect(await count(new AbortController().signal)).toMatch(/teams_team/);
});
