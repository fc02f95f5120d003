/** Orphans and duplicates in the mapping table, beyond what one line of the detection table tells. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Rig } from '../support/rig.js';

let rig: Rig;

beforeAll(async () => {
  rig = await Rig.start({
    environment: { samples: { measured: 6, warmUp: 1 }, thresholds: { lagBudget: '1s' } },
  });
});
afterAll(() => rig.close());
afterEach(async () => {
  await rig.reset();
  // What the faults leave behind in the mapping would be found by every later run.
  await rig.database.query('DELETE FROM organizations_migration_map WHERE vnext_team_id >= 800000000');
});

describe('the mapping table', () => {
  test('orphans that somebody leaves in a soak: INCONCLUSIVE, the run goes on', async () => {
    const run = await rig.run({ soak: '10s', soakInterval: '2s' });
    await rig.decide(run, 'enable');
    await rig.decide(run, 'soak');
    // Nobody writes in a soak; the orphans come from somewhere.
    let more = 0;
    const timer = setInterval(() => {
      more += 1;
      void rig.database.query(
        'INSERT INTO organizations_migration_map (legacy_team_id, vnext_team_id, legacy_slug, migration_date, verified, verification_notes) VALUES ($1, $1, $2, now(), false, $3)',
        [950_000_000 + more, 'orphan', ''],
      );
    }, 1000);
    try {
      const { findings, verdict } = await rig.gate(run, 'finish');
      expect(findings).toContainEqual(
        expect.objectContaining({ rule: 'orphans-increasing', severity: 'MEDIUM', action: 'investigate' }),
      );
      expect(verdict).toBe('INCONCLUSIVE');
    } finally {
      clearInterval(timer);
    }
    await rig.decide(run, 'finish', { command: 'reject' });
    await rig.end(run);
  });

  test('a legacy id that somebody maps once more in a soak: people are asked, and whoever goes on gets no GO', async () => {
    const run = await rig.run({ soak: '10m', soakInterval: '2s' });
    await rig.decide(run, 'enable');
    await rig.decide(run, 'soak');
    // Applications whose migrations never had the constraint hold such rows; it stays away in this database.
    await rig.database.query(
      `DO $$ DECLARE c record; BEGIN
         FOR c IN SELECT conname FROM pg_constraint JOIN pg_attribute a ON attrelid = conrelid AND attnum = ANY (conkey)
                   WHERE conrelid = 'organizations_migration_map'::regclass AND contype = 'u' AND attname = 'legacy_team_id'
         LOOP EXECUTE format('ALTER TABLE organizations_migration_map DROP CONSTRAINT %I', c.conname); END LOOP; END $$`,
    );
    await rig.database.query(
      `INSERT INTO organizations_migration_map (legacy_team_id, vnext_team_id, legacy_slug, migration_date, verified, verification_notes)
       SELECT legacy_team_id, 800000001, 'twice', now(), false, '' FROM organizations_migration_map ORDER BY id LIMIT 1`,
    );
    const { waiting } = await rig.attention(run);
    expect(waiting?.title).toBe('Duplicate legacy IDs detected');
    // The look at all teams finds it too, and asks for itself.
    const over = rig.end(run);
    for (let asked = true; asked;) {
      await run.executeUpdate('skip', { args: [{ by: 'Ada', reason: 'goes on' }] }).catch(() => undefined);
      const now = await rig.until(run, (one) => one.outcome !== null || one.waiting?.kind === 'attention');
      asked = now.outcome === null;
    }
    const { result } = await over;
    expect(result).toMatchObject({ outcome: 'ROLLED_BACK', verdict: 'NO_GO' });
    const found = result.findings.find(({ rule }) => rule === 'duplicate-legacy-ids');
    expect(found).toMatchObject({ severity: 'MEDIUM', action: 'pause' });
    expect(found?.because).toMatch(/^1 legacy ids stand more than once in the mapping table/);
  });

  test('duplicate-legacy-ids: NO_GO, and the finding names the duplicate', async () => {
    await rig.lab.setFaults(['duplicate-legacy-ids']);
    const run = await rig.run({});
    await rig.decide(run, 'enable');
    const { result } = await rig.end(run);
    expect(result).toMatchObject({ outcome: 'ROLLED_BACK', verdict: 'NO_GO' });
    expect(result.findings.map(({ because }) => because).join(' ')).toMatch(/duplicate in legacy_team_id/);
  });
});
