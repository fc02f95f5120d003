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

  test('duplicate-legacy-ids: NO_GO, and the finding names the duplicate', async () => {
    await rig.lab.setFaults(['duplicate-legacy-ids']);
    const run = await rig.run({});
    await rig.decide(run, 'enable');
    const { result } = await rig.end(run);
    expect(result).toMatchObject({ outcome: 'ROLLED_BACK', verdict: 'NO_GO' });
    expect(result.findings.map(({ because }) => because).join(' ')).toMatch(/duplicate in legacy_team_id/);
  });
});
