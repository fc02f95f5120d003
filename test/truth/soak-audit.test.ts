/** A team that stood before the run and changes on one side only while the soak goes on: no write of the run meets it. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { Rig } from '../support/rig.js';
import { recordOf } from '../support/steering.js';

const TEAM = 700_000_001;
let rig: Rig;

beforeAll(async () => {
  rig = await Rig.start({
    environment: {
      ...{ samples: { measured: 6, warmUp: 1 }, thresholds: { lagBudget: '1s' } },
      // Far away: what is seen earlier is seen because the look was quick at the baseline.
      soak: { auditEvery: 1000 },
    },
  });
});
afterAll(() => rig.close());
afterEach(() => rig.reset());

test('is found by the look at all teams, also on a second read; the flag is taken back', async () => {
  // Rows of the application's own, under another id and name: so they hold whatever its tables require.
  await rig.database.query(
    `INSERT INTO organizations_team SELECT (jsonb_populate_record(NULL::organizations_team,
       to_jsonb(t) || jsonb_build_object('id', $1::int, 'name', 'Old hands', 'slug', 'old-hands', 'game_id', 99))).*
     FROM (SELECT * FROM organizations_team ORDER BY id LIMIT 1) t`,
    [TEAM],
  );
  await rig.database.query(
    `INSERT INTO teams_team SELECT (jsonb_populate_record(NULL::teams_team, to_jsonb(l) || jsonb_build_object(
       'id', t.id, 'name', t.name, 'tag', 'OLDHANDS', 'slug', t.slug, 'game', '', 'region', t.region, 'is_active', t.status = 'ACTIVE'))).*
     FROM (SELECT * FROM teams_team ORDER BY id LIMIT 1) l, organizations_team t WHERE t.id = $1`,
    [TEAM],
  );
  await rig.database.query(
    `INSERT INTO organizations_migration_map (legacy_team_id, vnext_team_id, legacy_slug, migration_date, verified, verification_notes) VALUES ($1, $1, 'old-hands', now(), true, '')`,
    [TEAM],
  );
  const run = await rig.run({ soak: '10m', soakInterval: '5s' });
  await rig.decide(run, 'enable');
  await rig.decide(run, 'soak');
  await rig.database.query(`UPDATE teams_team SET region = 'elsewhere' WHERE id = $1`, [TEAM]);
  const { result } = await rig.end(run);
  expect(result).toMatchObject({ outcome: 'ROLLED_BACK', verdict: 'NO_GO', rollback: { complete: true } });
  const found = result.findings.find(({ rule }) => rule === 'audit-new-differences');
  expect(found?.because).toContain(`(team ${String(TEAM)}: field-differs in region;`);
  expect(found?.proof).toEqual([expect.stringMatching(/^soak-\d{4}-database$/)]);
  const record = await recordOf(result.evidence?.path ?? '');
  const looks = record.observations.flatMap((one) =>
    one.kind === 'database' && one.id.startsWith('soak-') ? [one.audit?.status] : [],
  );
  expect(new Set(looks)).toEqual(new Set(['complete']));
  const soak = record.observations.find((one) => one.kind === 'soak');
  expect(soak).toMatchObject({ gaps: 0 });
});
